"""The end of the output of a job, and the logs that have it."""

from collections.abc import Callable, Iterable, Sequence


class LogTail(list[str]):
    """The last lines of a job's stderr, oldest first.

    Args:
        lines: the lines.
        holder_of: the name of the log that has a line, see `LogSource.holder_of`.
    """

    def __init__(self, lines: Iterable[str], holder_of: Callable[[str], str]) -> None:
        super().__init__(lines)
        self.holder_of = holder_of


def holder_of(tail: Sequence[str], line: str) -> str:
    """The name of the log that has this line of a tail; empty if it is not known."""
    return tail.holder_of(line) if isinstance(tail, LogTail) else ""
