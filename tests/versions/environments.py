"""A Python environment for each version of Dagster."""

import subprocess
import sys
import sysconfig
import venv
from importlib.metadata import version
from pathlib import Path

from tests.versions import DAGSTERS, library_version

# The last two must fit the protobuf of an older Dagster, because PySpark imports them if they exist.
_WITH_IT = ["pytest", "pytest-timeout", "googleapis-common-protos", "grpcio-status"]

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "build" / "dagster"


def python_with(dagster: str) -> Path:
    """The Python that has this version of Dagster and this package. It is created if it does not exist.

    The running environment has the newest version. For the others, pip resolves this package and this Dagster as for a
    user. Spark, moto and the tests' other packages come from the running environment, after the new one in `sys.path`.
    """
    if dagster == DAGSTERS[-1]:
        if version("dagster") != dagster:
            raise SystemExit(f"constraints.txt pins Dagster {version('dagster')}, and tests/versions lists {dagster}")
        return Path(sys.executable)
    folder = FOLDER / dagster
    python, made = folder / "bin" / "python", folder / ".made"
    wanted_since = max(path.stat().st_mtime for path in (ROOT / "pyproject.toml", Path(__file__)))
    if made.exists() and made.stat().st_mtime > wanted_since:
        return python
    made.unlink(missing_ok=True)
    print(f"versions: setting up {folder.relative_to(ROOT)}", file=sys.stderr)
    venv.create(folder, with_pip=True, clear=True)
    wanted = [f"dagster=={dagster}", f"dagster-aws=={library_version(dagster)}", *_WITH_IT]
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--editable", ROOT, *wanted]
    subprocess.run(install, check=True, stdout=sys.stderr)
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "zz_running_environment.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    made.touch()
    return python
