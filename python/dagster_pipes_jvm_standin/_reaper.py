"""Ends process groups when whoever started them is gone: `python -I _reaper.py`, with `+GROUP` and `-GROUP` on stdin.

A process of its own, because the one that dies by SIGKILL can end nobody. Imports the standard library only.
"""

import os
import signal
import sys
from contextlib import suppress


def main() -> None:
    """Keep the list that stdin tells, and kill what is on it when stdin ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        if line.startswith("+"):
            groups.add(int(line[1:]))
        else:
            groups.discard(int(line[1:]))
    for group in groups:
        with suppress(ProcessLookupError):  # All of it has ended.
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    main()
