"""The jars and POMs of the bridge and the Scala facades, as a Maven repository that the wheel carries."""

import shutil
from pathlib import Path

from dagster_pipes_jvm.errors import MavenRepositoryNotFoundError
from dagster_pipes_jvm.submit.bridge import JAR_IN_MAVEN_REPOSITORY, MAVEN_REPOSITORY, not_found


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
    candidates = [package / MAVEN_REPOSITORY, package.parents[1] / "build" / "maven"]
    for candidate in candidates:
        if (candidate / JAR_IN_MAVEN_REPOSITORY).is_file():
            return candidate
    raise MavenRepositoryNotFoundError(not_found("Maven repository", candidates, "make maven", "maven-repository"))
