"""A bundle that misses a requirement of Maven Central is found here, and not by a release."""

from pathlib import Path

import pytest

from tests.release.bundle import faults, main
from tests.unit.release.bundles import VERSION, folder, good, jar, path, pom, signed, sums, written

POM, JAR, SOURCES, JAVADOC = path(".pom"), path(".jar"), path("-sources.jar"), path("-javadoc.jar")


def found(tmp_path: Path, files: dict[str, bytes], *, is_signed: bool = False) -> list[str]:
    bundle = written(files, tmp_path / "bundle.zip")
    return [fault.removeprefix(f"{folder()}: ") for fault in faults(bundle, version=VERSION, signed=is_signed)]


def test_a_complete_bundle_has_no_fault(tmp_path: Path) -> None:
    assert found(tmp_path, sums(good())) == []
    assert found(tmp_path, sums(signed(good())), is_signed=True) == []


@pytest.mark.parametrize("missing", [POM, JAR, SOURCES, JAVADOC])
def test_each_file_of_an_artifact_is_required(tmp_path: Path, missing: str) -> None:
    files = good()
    del files[missing]
    assert found(tmp_path, sums(files)) == [f"{missing.rpartition('/')[2]} is missing"]


@pytest.mark.parametrize("kind", ["md5", "sha1"])
def test_each_file_has_both_checksums_and_they_are_right(tmp_path: Path, kind: str) -> None:
    files = sums(good())
    name = JAR.rpartition("/")[2]
    assert found(tmp_path, {**files, f"{JAR}.{kind}": b"0" * 32}) == [f"{name}.{kind} has a wrong checksum"]
    del files[f"{JAR}.{kind}"]
    assert found(tmp_path, files) == [f"{name}.{kind} is missing"]


def test_a_checksum_that_central_does_not_require_is_right_too(tmp_path: Path) -> None:
    files = {**sums(good()), f"{JAR}.sha512": b"0" * 128}
    assert found(tmp_path, files) == [f"{JAR.rpartition('/')[2]}.sha512 has a wrong checksum"]


def test_a_signed_bundle_has_a_signature_of_each_file(tmp_path: Path) -> None:
    files = sums(signed(good()))
    del files[f"{POM}.asc"], files[f"{POM}.asc.md5"], files[f"{POM}.asc.sha1"]
    files[f"{JAR}.asc"] = b"something else"
    assert found(tmp_path, files, is_signed=True) == [
        f"{POM.rpartition('/')[2]}.asc is missing",
        f"{JAR.rpartition('/')[2]}.asc is no signature",
        *(f"{JAR.rpartition('/')[2]}.asc.{kind} has a wrong checksum" for kind in ("md5", "sha1")),
    ]


def test_a_file_elsewhere_or_with_another_name_is_a_fault(tmp_path: Path) -> None:
    files = sums({**good(), "README.md": b"", f"{folder()}/other-0.1.0.jar": jar("a")})
    assert found(tmp_path, files) == [
        *(f"README.md{end} is outside the folders of the artifacts" for end in ("", ".md5", ".sha1")),
        *(f"other-0.1.0.jar{end} has another name than dagster-pipes-jvm-0.1.0" for end in ("", ".md5", ".sha1")),
    ]


def test_a_bundle_of_another_version_is_a_fault(tmp_path: Path) -> None:
    bundle = written(sums(good()), tmp_path / "bundle.zip")
    first, *others = faults(bundle, version="0.2.0-SNAPSHOT", signed=False)
    assert first == f"{POM} is outside the folders of the artifacts"
    assert any(fault.endswith("a version that ends with -SNAPSHOT") for fault in others)


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        (SOURCES, jar("a/A.class"), "has no file that ends with .java or .scala"),
        (JAVADOC, jar("a/A.java"), "has no file that ends with index.html"),
        (JAR, jar("README.md"), "has no file that ends with .class"),
        (JAR, b"no zip", "cannot be read: File is not a zip file"),
    ],
)
def test_a_jar_holds_what_its_name_says(tmp_path: Path, name: str, content: bytes, fault: str) -> None:
    assert found(tmp_path, sums({**good(), name: content})) == [f"{name.rpartition('/')[2]} {fault}"]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("<name>n</name><description>", "<description>", "the POM has no name"),
        ("<description>d</description>", "", "the POM has no description"),
        ("<url>https://example.org</url>\n", "\n", "the POM has no url"),
        ("<name>Apache-2.0</name>", "", "the POM has no licenses/license/name"),
        ("<url>https://example.org/license</url>", "", "the POM has no licenses/license/url"),
        ("<developer><name>n</name>", "<developer>", "the POM has no developers/developer/name"),
        ("<email>n@example.org</email>", "", "the POM has no developers/developer/email"),
        ("<connection>c</connection>", "", "the POM has no scm/connection"),
        ("<developerConnection>d</developerConnection>", "", "the POM has no scm/developerConnection"),
        ("<scm><url>u</url>", "<scm>", "the POM has no scm/url"),
        ("<modelVersion>4.0.0</modelVersion>", "", "the POM has no modelVersion"),
        ("<version>0.1.0</version>", "<version>0.1.1</version>", "the POM has the version 0.1.1, expected 0.1.0"),
        (
            "<name>n</name><d",
            "<packaging>pom</packaging><name>n</name><d",
            "the POM has the packaging pom, expected jar",
        ),
        ("  <dependencies>", "<repositories/><dependencies>", "the POM has repositories"),
        ("<version>1</version>", "", "the POM depends on g:a:, which is no release"),
        (
            "<version>1</version>",
            "<version>1-SNAPSHOT</version>",
            "the POM depends on g:a:1-SNAPSHOT, which is no release",
        ),
        ("<version>1</version>", "<version>1</version><scope>system</scope>", "the POM depends on a file: g:a:1"),
        ("<description>d<", "<description>${d}<", "the POM has a property that nobody replaced"),
    ],
)
def test_a_pom_is_complete(tmp_path: Path, old: str, new: str, fault: str) -> None:
    assert old in pom()
    assert found(tmp_path, sums({**good(), POM: pom().replace(old, new).encode()})) == [fault]


def test_a_pom_is_xml(tmp_path: Path) -> None:
    (fault,) = found(tmp_path, sums({**good(), POM: b"<project>"}))
    assert fault.startswith("the POM is no XML: ")


def test_the_command_names_each_fault_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([str(written(sums(good()), tmp_path / "good.zip"))])
    assert "4 artifacts, NOT signed" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="does not meet 16 requirement"):
        main(["--signed", str(tmp_path / "good.zip")])
    assert f"{POM.rpartition('/')[2]}.asc is missing" in capsys.readouterr().err
