import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.test_golden import GOLDEN


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("golden")
    subprocess.run([sys.executable, GOLDEN / "make.py", folder], check=True, capture_output=True)
    return folder


def test_dagster_still_writes_the_golden_files(made: Path) -> None:
    files = sorted(str(path.relative_to(made)) for path in made.rglob("*.json*"))
    kept = sorted(str(path.relative_to(GOLDEN)) for path in GOLDEN.rglob("*.json*"))
    assert files == [name for name in kept if name not in ("jvm_messages.jsonl", "writer_constants.json")]
    for name in files:
        if name == "exceptions.jsonl":
            continue  # Python's stack frames are worded differently by each of its versions
        fresh, old = ((folder / name).read_text(encoding="utf-8") for folder in (made, GOLDEN))
        if name == "params.json":
            fresh, old = (without_encoding(text) for text in (fresh, old))
        assert fresh == old, name


def without_encoding(text: str) -> str:
    """zlib compresses as it likes; only what comes out of it counts."""
    return "".join(line for line in text.splitlines() if '"encoded":' not in line)
