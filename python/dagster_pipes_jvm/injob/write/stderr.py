"""What the writer says on stderr; `dagsterpipes.internal.Stderr` on the JVM."""

from __future__ import annotations

import sys


def notice(text: str) -> None:
    """One line for a person, marked as ours."""
    _print("[dagster-pipes] " + text.replace("\n", " ") + "\n")


def messages(lines: str) -> None:
    """Messages that found no other way, one a line, so that a reader of driver logs can take them in."""
    _print(lines + "\n")


def _print(text: str) -> None:
    try:
        # One call: lines of other threads stay outside.
        sys.stderr.write(text)
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):
        pass  # Closed, or none at all: nobody is left to be told.
