"""The files of this package that the clients attach to jobs: the bridge jar and the PySpark zip."""

from pathlib import Path

from dagster_pipes_jvm._version import __version__
from dagster_pipes_jvm.errors import BridgeJarNotFoundError, PySparkZipNotFoundError, see

_JAR_NAME = f"dagster-pipes-jvm-{__version__}.jar"
MAVEN_REPOSITORY = "_maven"
"""The wheel's folder of jars and POMs, from which the builds of `dagster-pipes-jvm init` resolve."""

JAR_IN_MAVEN_REPOSITORY = Path("io", "github", "dagster-pipes-jvm", "dagster-pipes-jvm", __version__, _JAR_NAME)
"""The only copy of the bridge jar in the wheel."""

_ZIP_NAME = f"dagster-pipes-jvm-pyspark-{__version__}.zip"


def bridge_jar() -> Path:
    """The jar with which a JVM job reports to Dagster: inside the wheel, or as built beside an editable install.

    Returns:
        Path: absolute path of `dagster-pipes-jvm-<version>.jar`, the version being this package's own.

    Raises:
        BridgeJarNotFoundError: where there is none; the message says which command makes it.
    """
    return bridge_jar_beside(Path(__file__).parents[1])


def bridge_jar_beside(package: Path) -> Path:
    """The bridge jar of the package that is installed, or checked out, in this folder; see `bridge_jar`."""
    candidates = [
        package / MAVEN_REPOSITORY / JAR_IN_MAVEN_REPOSITORY,
        package.parents[1] / "jvm" / "bridge" / "target" / _JAR_NAME,
    ]
    found = _first(candidates)
    if found is None:
        raise BridgeJarNotFoundError(not_found(_JAR_NAME, candidates, "make jar", "bridge-jar"))
    return found


def pyspark_zip() -> Path:
    """The zip with which a PySpark job reports to Dagster: `--py-files` of a job whose Python has nothing installed.

    Python 3.9 or newer imports `dagster_pipes_jvm.pyspark` and `dagster_pipes` from it, behind installed packages of the
    same names.

    Returns:
        Path: absolute path of `dagster-pipes-jvm-pyspark-<version>.zip`, with this package's own version.

    Raises:
        PySparkZipNotFoundError: it does not exist; the message names the command that makes it.
    """
    return pyspark_zip_beside(Path(__file__).parents[1])


def pyspark_zip_beside(package: Path) -> Path:
    """The PySpark zip of the package that is installed, or checked out, in this folder; see `pyspark_zip`."""
    candidates = [package / "_zips" / _ZIP_NAME, package.parents[1] / "build" / "pyspark" / _ZIP_NAME]
    found = _first(candidates)
    if found is None:
        raise PySparkZipNotFoundError(not_found(_ZIP_NAME, candidates, "make pyspark-zip", "pyspark-zip"))
    return found


def _first(candidates: list[Path]) -> Path | None:
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def not_found(name: str, candidates: list[Path], command: str, anchor: str) -> str:
    """The text of the error that this installation lacks a built file or folder.

    Args:
        name: the file or folder, after "No".
        candidates: the places that were searched.
        command: the command that builds it in a checkout.
        anchor: the section of the page that errors link to.
    """
    return (
        f"No {name} beside this installation of dagster-pipes-jvm {__version__}; looked at"
        f" {' and '.join(map(str, candidates))}. In a checkout run `{command}`; elsewhere reinstall the wheel, which"
        f" carries it. {see(anchor)}"
    )
