"""The jars and POMs of the bridge and the Scala facades, as a Maven repository that the wheel carries."""

import shutil
from pathlib import Path

from dagster_pipes_jvm._version import __version__
from dagster_pipes_jvm.errors import MavenRepositoryNotFoundError, see


def copy_maven_repository(folder: Path) -> None:
    """Put the repository of this version into a folder, from which sbt and Maven resolve.

    Args:
        folder: it may exist; other artifacts and versions in it stay.

    Raises:
        MavenRepositoryNotFoundError: this installation carries none; the message names the command that makes it.
    """
    shutil.copytree(maven_repository_beside(Path(__file__).parents[1]), folder, dirs_exist_ok=True)


def maven_repository_beside(package: Path) -> Path:
    """The repository of the package that is installed, or checked out, in this folder."""
    candidates = [package / "_maven", package.parents[1] / "build" / "maven"]
    for candidate in candidates:
        if next(candidate.glob(f"**/dagster-pipes-jvm-{__version__}.pom"), None) is not None:
            return candidate
    looked = " and ".join(map(str, candidates))
    raise MavenRepositoryNotFoundError(
        f"There is no Maven repository with version {__version__} in {looked}. The wheel carries it. In a clone, run"
        f" `make maven`. {see('maven-repository')}"
    )
