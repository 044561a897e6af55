"""Writes the golden files with Dagster and `dagster_pipes` themselves: what the JVM must read, and write.

Run `.venv/bin/python tests/golden/make.py` when a case is added, or Dagster's version changes; a folder may be named, in
which they then go. jvm/core's GoldenSuite makes the same calls; tests/unit/test_golden.py makes the files again. The other
direction, what the JVM alone writes, is jvm_messages.jsonl, which GoldenSuite compares.
"""

import json
import sys
from pathlib import Path
from typing import Any

import dagster_pipes as dp

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from accessors import accessors  # noqa: E402
from dagster_contexts import contexts  # noqa: E402
from identity import entries  # noqa: E402
from messages import messages  # noqa: E402

PARAMS = {
    "empty object": {},
    "file": {"path": "/tmp/messages"},
    "characters of every kind": {"path": '/größe/\U0001f680/日本/"quoted"\\\n\t\u0001'},
    "numbers": {
        "small": 1,
        "past 2^53": 9007199254740993,
        "past 2^63": 18446744073709551616,
        "negative": -9223372036854775808,
        "float": 0.1,
        "whole float": 1.0,
        "tiny": 5e-324,
        "huge": 1.7976931348623157e308,
    },
    "no JSON numbers": {"nan": float("nan"), "inf": float("inf"), "-inf": float("-inf"), "text": "NaN, -Infinity"},
    "nesting": {"data": {"extras": {"list": [1, [2, [None, True, False]], {"a": {}}]}}},
    "unknown keys": {"bucket": "b", "key_prefix": "p", "upload_interval_millis": 300, "something_new": [1]},
}


def make(folder: Path) -> None:
    """Write all of them into the folder."""
    _write(folder / "params.json", [{"name": n, "value": v, "encoded": dp.encode_param(v)} for n, v in PARAMS.items()])
    for feature, lines in messages():
        (folder / f"{feature}.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    identity = "".join(json.dumps(entry) + "\n" for entry in entries())
    (folder / "identity.jsonl").write_text(identity, encoding="utf-8")
    # Sorted: Dagster itself takes the assets from a set.
    shapes = {name: json.loads(json.dumps(context, sort_keys=True)) for name, context in contexts()}
    (folder / "contexts").mkdir(exist_ok=True)
    for name, context in shapes.items():
        _write(folder / "contexts" / f"{name}.json", context)
    _write(folder / "accessors.json", accessors(shapes))


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
