"""The files for Maven Central: two builds give the same bytes, gpg signs them, and MiMa compares the API."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dagster_pipes_jvm._version import __version__
from tests.conftest import REPOSITORY
from tests.release.bundle import faults

pytestmark = [pytest.mark.matrix, pytest.mark.timeout(1800)]

KEY = "Test <test@example.org>"


def copied(folder: Path) -> Path:
    """A copy of the files of the repository, with no file that a build made."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout.split("\0")
    for name in filter(None, names):
        if (REPOSITORY / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPOSITORY / name, folder / name)
    return folder


def sbt(root: Path, *commands: str, **environment: str) -> str:
    """Run sbt, with an empty `SOURCE_DATE_EPOCH`; returns its output, the exit code in the last line."""
    variables = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}
    done = subprocess.run(
        [root / "sbt", "-Dsbt.color=false", "-Dsbt.supershell=false", *commands],
        cwd=root,
        env={**variables, "VIRTUAL_ENV": sys.prefix, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return f"{done.stdout}\n{done.returncode}"


def staged(root: Path) -> dict[str, bytes]:
    """The content of each file for Maven Central, by its path in a Maven repository."""
    staging = root / "target" / "sona-staging"
    return {path.relative_to(staging).as_posix(): path.read_bytes() for path in staging.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build without a key."""
    root = copied(tmp_path_factory.mktemp("plain"))
    output = sbt(root, "stage", "sonaBundle", TZ="UTC")
    assert output.endswith("\n0"), output
    return root


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The home of a gpg with a key of this test."""
    if shutil.which("gpg") is None:
        pytest.skip("signatures need gpg (Debian: apt-get install gnupg)")
    home = tmp_path_factory.mktemp("gpg")  # its path is short, as the socket of gpg's agent needs it
    home.chmod(0o700)
    making = ["gpg", "--batch", "--pinentry-mode", "loopback", "--passphrase", "secret", "--quick-gen-key", KEY]
    subprocess.run(making, env={**os.environ, "GNUPGHOME": str(home)}, capture_output=True, check=True)
    yield home
    subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], capture_output=True, check=False)


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> Path:
    """A build with a key, in another folder, and in a time zone where it is another day."""
    root = copied(tmp_path_factory.mktemp("with-a-key") / "elsewhere")
    environment = {"GNUPGHOME": str(keys), "PGP_PASSPHRASE": "secret", "TZ": "Pacific/Auckland"}
    output = sbt(root, "stageSigned", "sonaBundle", **environment)
    assert output.endswith("\n0"), output
    return root


def test_maven_central_takes_the_bundle(plain: Path) -> None:
    bundle = plain / "target" / "sona-bundle" / "bundle.zip"
    assert faults(bundle, version=__version__, signed=False) == []
    unsigned = faults(bundle, version=__version__, signed=True)
    assert {re.sub(r".*-0\.1\.0", "", fault) for fault in unsigned} == {
        f"{end}.asc is missing" for end in (".pom", ".jar", "-sources.jar", "-javadoc.jar")
    }


def test_the_jars_and_poms_of_the_bundle_are_those_of_the_wheel(plain: Path) -> None:
    maven = REPOSITORY / "build" / "maven"
    carried = {
        path.relative_to(maven).as_posix(): path.read_bytes()
        for kind in ("jar", "pom")
        for path in maven.rglob(f"{__version__}/*-{__version__}.{kind}")
    }
    assert len(carried) == 8
    assert {name: content == staged(plain)[name] for name, content in carried.items()} == dict.fromkeys(carried, True)


def test_maven_central_takes_the_signed_bundle_and_gpg_verifies_each_file(signed: Path, keys: Path) -> None:
    assert faults(signed / "target" / "sona-bundle" / "bundle.zip", version=__version__, signed=True) == []
    signatures = sorted((signed / "target" / "sona-staging").rglob("*.asc"))
    assert len(signatures) == 16
    for signature in signatures:
        verify = ["gpg", "--batch", "--verify", signature, signature.with_suffix("")]
        done = subprocess.run(
            verify,
            env={**os.environ, "GNUPGHOME": str(keys), "LC_ALL": "C"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert f'Good signature from "{KEY}"' in done.stderr, done.stderr


def test_two_builds_in_two_folders_and_time_zones_give_the_same_bytes(plain: Path, signed: Path) -> None:
    again = {name: content for name, content in staged(signed).items() if ".asc" not in name}
    first = staged(plain)
    assert set(again) == set(first)
    assert [name for name, content in first.items() if again[name] != content] == []


def test_a_method_that_is_gone_since_the_last_release_is_found(plain: Path, tmp_path: Path) -> None:
    release = shutil.copytree(plain / "target" / "sona-staging", tmp_path / "release")
    replace(plain / "project" / "Publishing.scala", "previousVersions: Seq[String] = Nil", "previousVersions = Seq(V)")
    replace(plain / "project" / "Publishing.scala", "Seq(V)", f'Seq("{__version__}")')
    repository = f'set ThisBuild / resolvers += "release" at "{release.as_uri()}"'
    version = 'set ThisBuild / version := "99.0.0"'
    assert sbt(plain, repository, version, "compatible").endswith("\n0")
    # The Java method and the Scala method get another name.
    java = plain / "jvm/core/src/main/java/dagsterpipes/report/MetadataValue.java"
    replace(java, "MetadataValue notebook(", "MetadataValue jupyter(")
    scala = plain / "jvm/scaladsl/src/main/scala/dagsterpipes/scaladsl/Metadata.scala"
    replace(
        scala,
        "def notebook(path: String): Metadata = Metadata(MetadataValue.notebook",
        "def jupyter(path: String): Metadata = Metadata(MetadataValue.jupyter",
    )
    for module, method in (("bridge", "report.MetadataValue"), ("scaladsl", "scaladsl.Metadata")):
        output = sbt(plain, repository, version, f"{module}/mimaReportBinaryIssues")
        assert output.endswith("\n1")
        assert re.search(
            rf"method notebook\(java\.lang\.String\)dagsterpipes\.{method} in .* does not have a correspondent", output
        ), output


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
