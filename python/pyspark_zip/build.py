"""Builds the zip that the clients attach to PySpark jobs: `python python/pyspark_zip/build.py [FOLDER]`.

The zip has the files that `pyproject.toml` lists as `in-job`, the dagster-pipes of `requirements.txt`, and the shims
that load both behind the packages of the cluster. The same sources and the same zlib give the same bytes.
"""

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

import tomllib
import zopfli
from stripped import stripped

_HERE = Path(__file__).parent
_ROOT = _HERE.parents[1]
_PACKAGE = _HERE.parent / "dagster_pipes_jvm"
_BUILD = _ROOT / "build" / "pyspark"
_REQUIREMENTS = _HERE / "requirements.txt"
_LOADER = "_pipes_jvm"
_LICENSE = "LICENSE"
_NOT_CARRIED = ("injob/script_runner.py",)  # spark-submit gets it as a file
_TIME = (1980, 1, 1, 0, 0, 0)  # the first one that a zip can name
_MODE = 0o100644


def build(folder: Path) -> Path:
    """Write the zip into a folder, which is created if it does not exist."""
    version = (_PACKAGE / "_version.py").read_text(encoding="utf-8").rpartition("= ")[2].strip().strip('"')
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"dagster-pipes-jvm-pyspark-{version}.zip"
    unfinished = path.with_suffix(".part")
    # Deflate, as every Python reads it, in the smallest form: every PySpark job fetches the zip.
    with zopfli.ZipFile(unfinished, "w", iterations=200) as opened:
        for name, text in sorted(_texts().items()):
            entry = zipfile.ZipInfo(name, _TIME)
            entry.create_system, entry.external_attr = 3, _MODE << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            content = stripped(text) if name.endswith(".py") else text
            opened.writestr(entry, content.encode())
    return unfinished.replace(path)


def _texts() -> dict[str, str]:
    """The files of the zip by name, with their comments."""
    shim, carried = _HERE / "shim.py", f"{_LOADER}/dagster_pipes_jvm"
    ours = {
        _LICENSE: _ROOT / _LICENSE,
        "dagster_pipes/__init__.py": shim,
        "dagster_pipes_jvm/__init__.py": shim,
        f"{_LOADER}/__init__.py": _HERE / f"{_LOADER}.py",
        f"{carried}/__init__.py": _HERE / "in_job.py",
        **{f"{carried}/{name}": _PACKAGE / name for name in _in_job()},
    }
    texts = {name: path.read_text(encoding="utf-8") for name, path in ours.items()}
    for name, text in _dagster_pipes().items():
        if name == _LICENSE:
            assert text == texts[name], "dagster-pipes has another license: the zip has to carry that, too"
        else:
            texts[f"{_LOADER}/{name}"] = text
    contents = (_HERE / "CONTENTS.txt").read_text(encoding="utf-8")
    return {**texts, _LICENSE: contents + texts[_LICENSE]}


def _in_job() -> list[str]:
    config = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    paths = [_PACKAGE / name for name in config["tool"]["dagster-pipes-jvm"]["in-job"]]
    files = [file for path in paths for file in (path.rglob("*.py") if path.is_dir() else [path])]
    names = [file.relative_to(_PACKAGE).as_posix() for file in files]
    return [name for name in names if name not in _NOT_CARRIED]


def _dagster_pipes() -> dict[str, str]:
    """The code and the license of dagster-pipes."""
    with zipfile.ZipFile(_wheel()) as opened:
        names = {name: name for name in opened.namelist() if name.endswith(".py")}
        (names[_LICENSE],) = (name for name in opened.namelist() if name.endswith(f"/licenses/{_LICENSE}"))
        return {name: opened.read(inside).decode() for name, inside in names.items()}


def _wheel() -> Path:
    """The wheel of `requirements.txt`. pip downloads it once."""
    pinned = _REQUIREMENTS.read_text(encoding="utf-8")

    def found() -> list[Path]:
        wheels = _BUILD.glob("*.whl")
        return [path for path in wheels if f"--hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}" in pinned]

    if not found():
        _BUILD.mkdir(parents=True, exist_ok=True)
        options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:", "--require-hashes"]
        pip = [sys.executable, "-m", "pip", "download", *options, f"--dest={_BUILD}", f"--requirement={_REQUIREMENTS}"]
        subprocess.run(pip, check=True)
    return found()[0]


if __name__ == "__main__":
    print(build(Path(sys.argv[1]) if len(sys.argv) > 1 else _BUILD))
