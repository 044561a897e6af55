"""The files that travel in a job: `python -m tests.support.in_job` holds them to the oldest Python of a cluster."""

import subprocess
import sys
from pathlib import Path

import tomllib

_ROOT = Path(__file__).parents[2]
PACKAGE = _ROOT / "python" / "dagster_pipes_jvm"
OLDEST = "3.9"

# vermin takes `types` of pyspark.sql for the standard library's.
_PYSPARKS = "types.BooleanType"


def in_job() -> list[Path]:
    """The files, as `pyproject.toml` lists them."""
    config = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    paths = [PACKAGE / name for name in config["tool"]["dagster-pipes-jvm"]["in-job"]]
    return [file for path in paths for file in (sorted(path.rglob("*.py")) if path.is_dir() else [path])]


def too_new(files: list[Path]) -> str:
    """The findings of vermin: code that does not work on `OLDEST`."""
    options = [f"-t={OLDEST}-", "--violations", "--quiet", "--exclude", _PYSPARKS]
    done = subprocess.run(
        [str(Path(sys.executable).with_name("vermin")), *options, *map(str, files)],
        capture_output=True,
        text=True,
        check=False,
    )
    # vermin does not judge a file that it takes for Python 2 as well as 3, and ends with 0.
    unjudged = "could not be combined" in done.stdout or " vs. " in done.stdout
    return done.stdout + done.stderr if done.returncode or unjudged else ""


if __name__ == "__main__":
    sys.exit(too_new(in_job()) or None)
