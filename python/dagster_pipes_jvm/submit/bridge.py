"""Where the bridge jar is."""

from pathlib import Path

from dagster_pipes_jvm._version import __version__
from dagster_pipes_jvm.errors import BridgeJarNotFoundError, see

_JAR_NAME = f"dagster-pipes-jvm-{__version__}.jar"


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
    candidates = [package / "_jars" / _JAR_NAME, package.parents[1] / "jvm" / "bridge" / "target" / _JAR_NAME]
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    raise BridgeJarNotFoundError(
        f"No {_JAR_NAME} beside this installation of dagster-pipes-jvm {__version__}; looked at"
        f" {' and '.join(map(str, candidates))}. In a checkout run `make jar`; elsewhere reinstall the wheel, which"
        f" carries it. {see('bridge-jar')}"
    )
