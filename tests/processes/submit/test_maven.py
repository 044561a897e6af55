"""Jars by their coordinates: with a `java` that pretends to be Ivy, and with the Ivy of the installed Spark."""

import json
import logging
import os
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from dagster_pipes_jvm.errors import InvalidParameterError, JarsNotFetchedError, JavaNotFoundError
from dagster_pipes_jvm.submit.maven import Dependency, resolve_jars, s3a_dependencies, s3a_jars
from dagster_pipes_jvm.submit.spark_home import find_spark_home
from dagster_pipes_jvm.texts import PAGE_URL

# Stands where `java` would: notes how it was called, and leaves one jar per dependency where Ivy would retrieve it.
_PRETENDED_JAVA = """\
#!{python}
import json, shutil, sys
from pathlib import Path
from xml.etree import ElementTree
args = sys.argv[1:]
ivy_file = Path(args[args.index("-ivy") + 1])
here = Path({here!r})
with (here / "calls").open("a") as calls:
    calls.write(json.dumps(args) + "\\n")
shutil.copy(ivy_file, here / "ivy.xml")
{behaviour}
folder = Path(args[args.index("-retrieve") + 1]).parent
for d in ElementTree.parse(ivy_file).iter("dependency"):
    (folder / (d.get("name") + "-" + d.get("rev") + ".jar")).write_text("jar")
{afterwards}
"""


@dataclass
class PretendedIvy:
    """A Spark home with an `ivy-*.jar`, and a `java` that only looks like one."""

    folder: Path

    def behaves(self, behaviour: str = "", afterwards: str = "") -> None:
        java = self.folder / "jdk" / "bin" / "java"
        java.parent.mkdir(parents=True, exist_ok=True)
        java.write_text(
            _PRETENDED_JAVA.format(
                python=sys.executable, here=str(self.folder), behaviour=behaviour, afterwards=afterwards
            )
        )
        java.chmod(0o755)

    @property
    def spark_home(self) -> Path:
        return self.folder / "spark"

    @property
    def cache(self) -> Path:
        return self.folder / "cache"

    @property
    def environment(self) -> dict[str, str]:
        return {"JAVA_HOME": str(self.folder / "jdk"), "XDG_CACHE_HOME": str(self.cache)}

    @property
    def calls(self) -> list[list[str]]:
        file = self.folder / "calls"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def resolve(self, *coordinates: str, **more: Any) -> list[Path]:
        dependencies = [Dependency(c) for c in coordinates or ("org.acme:anvil:1.0",)]
        defaults = {"spark_home": self.spark_home, "environment": self.environment}
        return resolve_jars("anvils", dependencies, **{**defaults, **more})


@pytest.fixture
def ivy(tmp_path: Path) -> PretendedIvy:
    pretended = PretendedIvy(tmp_path)
    (pretended.spark_home / "jars").mkdir(parents=True)
    (pretended.spark_home / "jars" / "ivy-2.5.3.jar").touch()
    pretended.behaves()
    return pretended


def put_jars(spark_home: Path, names: Sequence[str]) -> None:
    for name in names:
        (spark_home / "jars" / name).touch()


def test_jars_are_fetched_once_and_the_second_call_starts_no_java(
    ivy: PretendedIvy, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "dagster_pipes_jvm"):
        first = ivy.resolve("org.acme:rocket:2.0", "org.acme:anvil:1.0")
        again = ivy.resolve("org.acme:rocket:2.0", "org.acme:anvil:1.0")

    assert [jar.name for jar in first] == ["anvil-1.0.jar", "rocket-2.0.jar"]
    assert all(jar.read_text() == "jar" for jar in first)
    assert first[0].parent.parent == ivy.cache / "dagster-pipes-jvm" / "jars"
    assert again == first
    assert len(ivy.calls) == 1
    fetching, fetched = caplog.messages
    assert "Fetching the jars for anvils from Maven Central, once, into" in fetching
    assert "org.acme:rocket:2.0, org.acme:anvil:1.0" in fetching
    assert fetched.startswith("Fetched the jars for anvils: 2 files, 0.0 MB, in ")


def test_what_is_in_the_cache_needs_neither_java_nor_ivy(ivy: PretendedIvy, tmp_path: Path) -> None:
    first = ivy.resolve()
    assert ivy.resolve(spark_home=tmp_path, environment={**ivy.environment, "JAVA_HOME": str(tmp_path)}) == first


def test_of_many_callers_at_once_one_fetches(ivy: PretendedIvy) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: ivy.resolve(), range(8)))
    assert all(answer == answers[0] for answer in answers)
    assert len(ivy.calls) == 1


def test_of_two_processes_at_once_one_fetches(ivy: PretendedIvy) -> None:
    program = (
        "from dagster_pipes_jvm.submit.maven import *\n"
        f"print(resolve_jars('anvils', [Dependency('org.acme:anvil:1.0')], spark_home={str(ivy.spark_home)!r}))"
    )
    environment = {**os.environ, **ivy.environment}
    both = [
        subprocess.Popen([sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE) for _ in range(2)
    ]
    answers = {process.communicate()[0] for process in both}
    assert [process.returncode for process in both] == [0, 0]
    assert len(answers) == 1
    assert len(ivy.calls) == 1


def test_each_request_has_a_folder_of_its_own(ivy: PretendedIvy, tmp_path: Path) -> None:
    settings = tmp_path / "ivysettings.xml"
    settings.write_text("<ivysettings/>")
    folders = {ivy.resolve()[0].parent, ivy.resolve(exclude=["io.netty"])[0].parent}
    folders.add(ivy.resolve(ivy_settings=settings)[0].parent)
    settings.write_text("<ivysettings><!-- changed --></ivysettings>")
    folders.add(ivy.resolve(ivy_settings=settings)[0].parent)
    assert len(folders) == 4
    assert ["-settings", str(settings)] == ivy.calls[-1][4:6]


def test_jars_that_somebody_deleted_are_fetched_again(ivy: PretendedIvy) -> None:
    (jar,) = ivy.resolve()
    jar.unlink()
    assert ivy.resolve() == [jar]
    assert jar.exists()
    assert len(ivy.calls) == 2


def test_ivy_is_told_what_to_leave_out(ivy: PretendedIvy) -> None:
    resolve_jars(
        "anvils",
        [Dependency("org.acme:anvil:1.0", transitive=False), Dependency("org.acme:rocket:2.0")],
        exclude=["io.netty", "commons-codec:commons-codec"],
        spark_home=ivy.spark_home,
        environment=ivy.environment,
    )
    told = ElementTree.parse(ivy.folder / "ivy.xml")
    assert [(d.get("name"), d.get("transitive")) for d in told.iter("dependency")] == [
        ("anvil", "false"),
        ("rocket", "true"),
    ]
    assert [(e.get("org"), e.get("module")) for e in told.iter("exclude")] == [
        ("io.netty", "*"),
        ("commons-codec", "commons-codec"),
    ]


def test_a_failed_fetch_leaves_nothing_and_says_ivys_last_words(ivy: PretendedIvy) -> None:
    ivy.behaves(afterwards="print(':: not found :: \\nUNRESOLVED anvil'); sys.exit(1)")
    with pytest.raises(JarsNotFetchedError) as caught:
        ivy.resolve()
    assert str(caught.value).startswith(
        "The jars for anvils could not be fetched from Maven Central: Ivy ended with exit code 1. Wanted:"
        " org.acme:anvil:1.0. Ivy's last words:\n:: not found ::\nUNRESOLVED anvil\nCheck the network; a proxy goes into"
    )
    assert str(caught.value).endswith(f"See {PAGE_URL}#jars-not-fetched")
    assert caught.value.ivy_tail == (":: not found ::", "UNRESOLVED anvil")
    assert list((ivy.cache / "dagster-pipes-jvm" / "jars").iterdir()) == []

    ivy.behaves()
    assert len(ivy.resolve()) == 1


def test_what_a_killed_fetch_left_is_cleared_by_the_next(ivy: PretendedIvy) -> None:
    left = ivy.cache / "dagster-pipes-jvm" / "jars" / ".fetching-killed"
    left.mkdir(parents=True)
    ivy.resolve()
    assert not left.exists()


def test_an_ivy_that_hangs_is_ended(ivy: PretendedIvy) -> None:
    ivy.behaves("import signal; print('downloading', flush=True); signal.pause()")
    with pytest.raises(JarsNotFetchedError, match="Ivy did not end within 2 s") as caught:
        ivy.resolve(timeout_seconds=2)
    assert caught.value.ivy_tail == ("downloading",)


def test_an_ivy_that_finds_no_jar_is_a_failure(ivy: PretendedIvy) -> None:
    ivy.behaves("sys.exit(0)")
    with pytest.raises(JarsNotFetchedError, match="Ivy found no jar"):
        ivy.resolve()


def test_without_java_the_message_says_so(ivy: PretendedIvy, tmp_path: Path) -> None:
    with pytest.raises(JavaNotFoundError):
        ivy.resolve(environment={**ivy.environment, "JAVA_HOME": str(tmp_path / "none")})


def test_a_spark_without_ivy_is_named(ivy: PretendedIvy, tmp_path: Path) -> None:
    with pytest.raises(JarsNotFetchedError) as caught:
        ivy.resolve(spark_home=tmp_path / "elsewhere")
    assert str(caught.value).startswith(
        "Invalid value for parameter `spark_home` of `resolve_jars`. Expected a Spark installation with jars/ivy-*.jar,"
        f" got '{tmp_path / 'elsewhere'}'"
    )


def test_a_cache_that_cannot_be_written_is_named(ivy: PretendedIvy) -> None:
    ivy.cache.write_text("a file where the folder should be")
    with pytest.raises(JarsNotFetchedError, match=r"cannot be kept in .*XDG_CACHE_HOME"):
        ivy.resolve()


@pytest.mark.parametrize("coordinates", ["org.acme:anvil", "org.acme::1.0", "org.acme:anvil:1.0:sources", ""])
def test_coordinates_that_are_none_are_refused(ivy: PretendedIvy, coordinates: str) -> None:
    with pytest.raises(InvalidParameterError) as caught:
        ivy.resolve("org.acme:anvil:1.0", coordinates)
    assert "Expected coordinates of the form group:artifact:version, got " + repr(coordinates) in str(caught.value)
    assert ivy.calls == []


def test_ivy_settings_that_cannot_be_read_are_refused(ivy: PretendedIvy, tmp_path: Path) -> None:
    with pytest.raises(InvalidParameterError, match="`ivy_settings` of `resolve_jars`"):
        ivy.resolve(ivy_settings=tmp_path / "none.xml")


def test_a_relative_cache_folder_is_ignored_as_the_specification_asks(
    ivy: PretendedIvy, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (jar,) = ivy.resolve(environment={**ivy.environment, "XDG_CACHE_HOME": "cache"})
    assert jar.is_relative_to(tmp_path / "home" / ".cache" / "dagster-pipes-jvm" / "jars")


@pytest.mark.parametrize(
    "jars",
    [
        pytest.param(["hadoop-client-api-3.4.1.jar", "hadoop-aws-3.4.1.jar"], id="it has S3A"),
        pytest.param(["spark-core_2.12-3.5.9.jar"], id="its Hadoop comes from the cluster"),
    ],
)
def test_nothing_is_fetched_for_a_spark_that_lacks_nothing(ivy: PretendedIvy, jars: list[str]) -> None:
    put_jars(ivy.spark_home, jars)
    assert s3a_jars(ivy.spark_home, environment=ivy.environment) == []
    assert ivy.calls == []


def test_s3a_comes_without_what_spark_has(ivy: PretendedIvy) -> None:
    put_jars(ivy.spark_home, ["hadoop-client-api-3.3.4.jar", "joda-time-2.12.5.jar", "httpclient-4.5.14.jar"])
    jars = s3a_jars(ivy.spark_home, environment=ivy.environment)
    assert [jar.name for jar in jars] == [
        "aws-java-sdk-dynamodb-1.12.262.jar",
        "aws-java-sdk-s3-1.12.262.jar",
        "aws-java-sdk-sts-1.12.262.jar",
        "hadoop-aws-3.3.4.jar",
    ]
    excluded = [e.get("module") or "" for e in ElementTree.parse(ivy.folder / "ivy.xml").iter("exclude")]
    assert {"joda-time", "httpclient"} <= set(excluded)
    assert "httpcore" not in excluded


@pytest.mark.parametrize(
    ("hadoop", "sdk", "accelerator"),
    [
        ("3.3.2", "com.amazonaws:aws-java-sdk-s3:1.11.1026", None),
        ("3.3.4", "com.amazonaws:aws-java-sdk-s3:1.12.262", None),
        ("3.3.6", "com.amazonaws:aws-java-sdk-s3:1.12.262", None),  # between two entries: the older
        ("3.3.6-amzn-2", "com.amazonaws:aws-java-sdk-s3:1.12.262", None),
        ("3.4.1", "software.amazon.awssdk:s3:2.24.6", None),
        ("3.4.2", "software.amazon.awssdk:s3:2.29.52", "1.2.1"),
        ("3.5.0", "software.amazon.awssdk:s3:2.35.4", "1.3.1"),
        ("3.9.1", "software.amazon.awssdk:s3:2.35.4", "1.3.1"),  # newer than all: the newest
    ],
)
def test_the_sdk_is_the_one_that_this_hadoop_was_built_with(hadoop: str, sdk: str, accelerator: str | None) -> None:
    coordinates = [dependency.coordinates for dependency in s3a_dependencies(hadoop)]
    assert coordinates[0] == f"org.apache.hadoop:hadoop-aws:{hadoop}"
    assert sdk in coordinates
    accelerators = [c.rpartition(":")[2] for c in coordinates if "analyticsaccelerator-s3" in c]
    assert accelerators == ([accelerator] if accelerator else [])
    assert not any("bundle" in c for c in coordinates)


def test_the_ivy_of_the_installed_spark_fetches_a_small_jar(tmp_path: Path) -> None:
    """The one case that needs the network, or the mirror that this machine has for Maven Central: 11 kB."""
    (jar,) = resolve_jars(
        "small",
        [Dependency("org.reactivestreams:reactive-streams:1.0.4")],
        spark_home=find_spark_home(None, os.environ),
        cache_folder=tmp_path,
    )
    assert jar.name == "reactive-streams-1.0.4.jar"
    assert "org/reactivestreams/Publisher.class" in zipfile.ZipFile(jar).namelist()


def test_the_ivy_of_the_installed_spark_uses_the_settings_given(tmp_path: Path) -> None:
    repository = tmp_path / "mirror"
    publish(repository, "anvil", "1.0", depends_on=["rocket"])
    publish(repository, "rocket", "1.0")
    settings = tmp_path / "ivysettings.xml"
    settings.write_text(
        '<ivysettings><settings defaultResolver="mirror"/><resolvers>'
        f'<ibiblio name="mirror" m2compatible="true" root="{repository.as_uri()}/"/>'
        "</resolvers></ivysettings>"
    )

    def names(*dependencies: Dependency, exclude: Sequence[str] = ()) -> list[str]:
        found = resolve_jars(
            "anvils",
            dependencies,
            exclude=exclude,
            spark_home=find_spark_home(None, os.environ),
            ivy_settings=settings,
            cache_folder=tmp_path / "cache",
        )
        return [jar.name for jar in found]

    assert names(Dependency("org.acme:anvil:1.0")) == ["anvil-1.0.jar", "rocket-1.0.jar"]
    assert names(Dependency("org.acme:anvil:1.0", transitive=False)) == ["anvil-1.0.jar"]
    assert names(Dependency("org.acme:anvil:1.0"), exclude=["org.acme:rocket"]) == ["anvil-1.0.jar"]
    with pytest.raises(JarsNotFetchedError) as caught:
        names(Dependency("org.acme:anvil:7.0"))
    assert any("org.acme#anvil;7.0: not found" in line for line in caught.value.ivy_tail)


def publish(repository: Path, artifact: str, version: str, depends_on: Sequence[str] = ()) -> None:
    """A jar and its pom, where a Maven repository has them."""
    folder = repository / "org" / "acme" / artifact / version
    folder.mkdir(parents=True)
    dependencies = "".join(
        f"<dependency><groupId>org.acme</groupId><artifactId>{other}</artifactId><version>{version}</version></dependency>"
        for other in depends_on
    )
    (folder / f"{artifact}-{version}.pom").write_text(
        "<project><modelVersion>4.0.0</modelVersion><groupId>org.acme</groupId>"
        f"<artifactId>{artifact}</artifactId><version>{version}</version>"
        f"<dependencies>{dependencies}</dependencies></project>"
    )
    with zipfile.ZipFile(folder / f"{artifact}-{version}.jar", "w") as jar:
        jar.writestr("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n")
