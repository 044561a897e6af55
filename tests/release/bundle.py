"""`make bundle`: checks the zip for Maven Central's portal by the requirements that Central publishes.

`python -m tests.release.bundle [--signed] ZIP` prints each fault. The requirements:
https://central.sonatype.org/publish/requirements/
"""

import hashlib
import io
import sys
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from tests.release.pom import pom_faults

GROUP = "io.github.dagster-pipes-jvm"
ARTIFACTS = ("dagster-pipes-jvm", *(f"dagster-pipes-scala_{scala}" for scala in ("2.12", "2.13", "3")))
_REQUIRED_CHECKSUMS = ("md5", "sha1")
_CHECKSUMS = (*_REQUIRED_CHECKSUMS, "sha256", "sha512")
_SIGNATURE = b"-----BEGIN PGP SIGNATURE-----"


def faults(bundle: Path, *, version: str, signed: bool) -> list[str]:
    """The requirements that a bundle does not meet.

    Args:
        bundle: the zip.
        version: the version that each artifact must have.
        signed: whether each file must have a signature. Central requires it, and only a release has the key.
    """
    with zipfile.ZipFile(bundle) as opened:
        files = {name: opened.read(name) for name in opened.namelist() if not name.endswith("/")}
    folders = {artifact: f"{GROUP.replace('.', '/')}/{artifact}/{version}" for artifact in ARTIFACTS}
    found = [
        f"{name} is outside the folders of the artifacts"
        for name in files
        if str(PurePosixPath(name).parent) not in folders.values()
    ]
    for artifact, folder in folders.items():
        inside = {PurePosixPath(name).name: content for name, content in files.items() if name.startswith(f"{folder}/")}
        found += [f"{folder}: {fault}" for fault in _artifact_faults(artifact, version, inside, signed=signed)]
    return found


def _artifact_faults(artifact: str, version: str, files: Mapping[str, bytes], *, signed: bool) -> Iterator[str]:
    if version.endswith("-SNAPSHOT"):
        yield "a version that ends with -SNAPSHOT"
    stem = f"{artifact}-{version}"
    required = [f"{stem}{end}" for end in (".pom", ".jar", "-sources.jar", "-javadoc.jar")]
    for name in required:
        if name not in files:
            yield f"{name} is missing"
    for name, content in files.items():
        if not name.startswith(stem):
            yield f"{name} has another name than {stem}"
        suffix = name.rpartition(".")[2]
        if suffix in _CHECKSUMS:
            yield from _checksum_faults(name, content, files)
        elif suffix == "asc":
            if not content.startswith(_SIGNATURE):
                yield f"{name} is no signature"
        else:
            yield from (f"{name}.{kind} is missing" for kind in _REQUIRED_CHECKSUMS if f"{name}.{kind}" not in files)
            if signed and f"{name}.asc" not in files:
                yield f"{name}.asc is missing"
    for name in required:
        if name in files and name.endswith(".jar"):
            yield from _jar_faults(name, files[name])
    if required[0] in files:
        yield from pom_faults(files[required[0]], group=GROUP, artifact=artifact, version=version)


def _checksum_faults(name: str, content: bytes, files: Mapping[str, bytes]) -> Iterator[str]:
    summed, _, kind = name.rpartition(".")
    if summed not in files:
        yield f"{name} belongs to no file"
    elif content.decode("ascii", "replace").strip().lower() != hashlib.new(kind, files[summed]).hexdigest():
        yield f"{name} has a wrong checksum"


def _jar_faults(name: str, content: bytes) -> Iterator[str]:
    expected = {"-sources.jar": (".java", ".scala"), "-javadoc.jar": ("index.html",)}
    kinds = next((ends for end, ends in expected.items() if name.endswith(end)), (".class",))
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as jar:
            damaged, names = jar.testzip(), jar.namelist()
    except zipfile.BadZipFile as fault:
        yield f"{name} cannot be read: {fault}"
        return
    if damaged is not None:
        yield f"{name} cannot be read: {damaged}"
    if not any(entry.endswith(kinds) for entry in names):
        yield f"{name} has no file that ends with {' or '.join(kinds)}"


def main(arguments: Sequence[str]) -> None:
    """Print the faults of a bundle, and exit with 1 if there are any."""
    from dagster_pipes_jvm._version import __version__

    bundle, signed = Path(arguments[-1]), "--signed" in arguments
    found = faults(bundle, version=__version__, signed=signed)
    for fault in found:
        print(fault, file=sys.stderr)
    if found:
        raise SystemExit(f"{bundle} does not meet {len(found)} requirement(s) of Maven Central, see above")
    print(f"{bundle}: {len(ARTIFACTS)} artifacts, {'signed' if signed else 'NOT signed'}, ready for Maven Central")


if __name__ == "__main__":
    main(sys.argv[1:])
