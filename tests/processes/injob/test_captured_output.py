"""Output that dagster_pipes captures for a session with an identity."""

import json
import os
import subprocess
import sys
from pathlib import Path

from dagster_pipes import encode_param

from tests.unit.injob.test_pyspark import CONTEXT

JOB = """
from dagster_pipes_jvm.injob.open_pipes import open_pipes
with open_pipes():
    print("printed")
"""


def test_output_that_is_captured_after_closed_has_numbers_above_the_count(tmp_path: Path) -> None:
    messages = {"path": str(tmp_path / "m"), "include_stdio_in_messages": True, "run_token": "A"}
    env = {
        **os.environ,
        "DAGSTER_PIPES_CONTEXT": encode_param({"data": CONTEXT}),
        "DAGSTER_PIPES_MESSAGES": encode_param(messages),
        "PYTHONPATH": ":".join(sys.path),
    }
    subprocess.run([sys.executable, "-c", JOB], env=env, check=True, capture_output=True, timeout=60)
    lines = [json.loads(line) for line in (tmp_path / "m").read_text(encoding="ascii").splitlines()]
    assert [line["n"][5:] for line in lines] == [f"p.{n}" for n in range(1, len(lines) + 1)]
    (closed,) = (line for line in lines if line["method"] == "closed")
    assert closed["n"][5:] == f"p.{closed['dagster_pipes_jvm']['messages']['p']}"
    late = lines[lines.index(closed) + 1 :]
    # dagster_pipes writes `closed` before it ends the capture.
    assert "printed" in "".join(line["params"]["text"] for line in late)
