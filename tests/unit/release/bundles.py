"""A bundle that Maven Central would take, made in memory, for tests that break it."""

import hashlib
import io
import zipfile
from pathlib import Path

from tests.release.bundle import ARTIFACTS, GROUP

VERSION = "0.1.0"
_POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>{group}</groupId><artifactId>{artifact}</artifactId><version>{version}</version>
  <name>n</name><description>d</description><url>https://example.org</url>
  <licenses><license><name>Apache-2.0</name><url>https://example.org/license</url></license></licenses>
  <developers><developer><name>n</name><email>n@example.org</email></developer></developers>
  <scm><url>u</url><connection>c</connection><developerConnection>d</developerConnection></scm>
  <dependencies>
    <dependency><groupId>g</groupId><artifactId>a</artifactId><version>1</version></dependency>
  </dependencies>
</project>
"""


def folder(artifact: str = ARTIFACTS[0]) -> str:
    return f"{GROUP.replace('.', '/')}/{artifact}/{VERSION}"


def path(end: str, artifact: str = ARTIFACTS[0]) -> str:
    """The path of a file of an artifact, such as the one that ends with `.pom`."""
    return f"{folder(artifact)}/{artifact}-{VERSION}{end}"


def jar(*names: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as opened:
        for name in names:
            opened.writestr(name, name)
    return content.getvalue()


def sums(files: dict[str, bytes]) -> dict[str, bytes]:
    """The files with a checksum of each required kind beside each."""
    found = {
        f"{name}.{kind}": hashlib.new(kind, content).hexdigest().encode()
        for name, content in files.items()
        for kind in ("md5", "sha1")
    }
    return {**files, **found}


def pom(artifact: str = ARTIFACTS[0]) -> str:
    return _POM.format(group=GROUP, artifact=artifact, version=VERSION)


def good() -> dict[str, bytes]:
    """The files without checksums."""
    files = {}
    for artifact in ARTIFACTS:
        files[path(".pom", artifact)] = pom(artifact).encode()
        files[path(".jar", artifact)] = jar("a/A.class")
        files[path("-sources.jar", artifact)] = jar("a/A.java")
        files[path("-javadoc.jar", artifact)] = jar("index.html")
    return files


def signed(files: dict[str, bytes]) -> dict[str, bytes]:
    return {**files, **{f"{name}.asc": b"-----BEGIN PGP SIGNATURE-----\n" for name in files}}


def written(files: dict[str, bytes], target: Path) -> Path:
    with zipfile.ZipFile(target, "w") as opened:
        for name, content in files.items():
            opened.writestr(name, content)
    return target
