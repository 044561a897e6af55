"""How much memory output takes that has no line ends, and a message that is too long."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.processes.read.messages.memory import MESSAGE_MIB, PROGRESS_MIB

LIMIT = "longer than 67,108,864 characters, the limit of a message"


def run(way: str) -> tuple[float, list[str], int]:
    """Growth in MiB, warnings, and the bytes on stdout."""
    command = [sys.executable, "-m", "tests.processes.read.messages.memory", way]
    done = subprocess.run(command, check=False, capture_output=True)
    assert done.returncode == 0, done.stderr[-2000:]
    said: dict[str, Any] = json.loads(done.stderr.splitlines()[-1])
    return said["grown_mib"], said["warnings"], len(done.stdout)


@pytest.mark.parametrize("way", ["output_without_line_ends", "log_without_line_ends"])
def test_output_without_line_ends_takes_little_memory_however_much_comes(way: str) -> None:
    grown_mib, warnings, forwarded = run(way)
    assert grown_mib < PROGRESS_MIB / 2
    assert warnings == []
    assert forwarded == (PROGRESS_MIB * 1024 * 1024 if way == "output_without_line_ends" else 0)


@pytest.mark.parametrize(("way", "most"), [("long_message_in_a_file", 1.85), ("long_message_in_a_chunk", 3.5)])
def test_a_message_beyond_the_limit_is_missing_and_is_not_decoded(way: str, most: float) -> None:
    """The rest is handled; the memory is that of the line and of a copy."""
    grown_mib, warnings, _ = run(way)
    *refused, last = warnings
    assert [LIMIT in warning for warning in refused[:1]] == [True]
    assert last == "complete: False, ['opened', 'closed']"
    assert grown_mib < most * MESSAGE_MIB
