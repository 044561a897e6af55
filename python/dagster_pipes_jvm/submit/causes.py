"""The reason of a failed Spark driver, as far as its output shows it. Imports the standard library only.

A driver that fails before its Pipes session opens reports nothing, so its output is the only source. Python writes a
traceback; a JVM writes the stack of an exception, or one line. Spark and YARN add exceptions that only say that the
driver has failed.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_MOST_LINES = 60
_MOST_CHARACTERS = 500
# The lines of a syntax error between its place and its name: the source line, and the marks below it.
_SYNTAX_ERROR_LINES = 4

_TRACEBACK = "Traceback (most recent call last):"
_CHAIN = re.compile("(During handling of the above exception|The above exception was the direct cause)")
_PYTHON_PLACE = re.compile(r'  File ".+", line \d+')
_PYTHON_EXCEPTION = re.compile(r"[A-Za-z_][\w.]*(:|\s*$)")
_SYNTAX_ERROR = re.compile(r"(SyntaxError|IndentationError|TabError): ")
_NO_SCRIPT = re.compile(r"\S*python[\w.]*: (can't (open file|find '__main__' module)|No module named) ?.*")

_LOG4J = r"(?:\d\d(?:\d\d)?[-/]\d\d[-/]\d\d[ T][\d:.,]+Z? )?"
_JAVA_EXCEPTION = r"[\w$]+(?:\.[\w$]+)+(?::.*)?|[\w$]+(?:Exception|Error|Throwable)\b.*"
_JAVA_START = re.compile(
    rf"""(?:Exception in thread "[^"]*"|{_LOG4J}ERROR ApplicationMaster: (?:User class threw|Uncaught) exception:) ?"""
    rf"(?P<what>{_JAVA_EXCEPTION}|$)"
)
_JAVA_CAUSE = re.compile(r"Caused by: (?P<what>.+)")
_JAVA_FRAME = re.compile(r"\s+(at |\.\.\. \d+ (more|common frames|frames))")
_JAVA_LINE = re.compile(
    r"(?P<what>Error: (Failed to load|Could not find or load main class|Main method).*"
    r"|Terminating due to java\.lang\.OutOfMemoryError.*"
    r"|Aborting due to java\.lang\.OutOfMemoryError.*"
    r"|Error occurred during initialization of VM.*"
    r"|# There is insufficient memory for the Java Runtime Environment.*)"
)
# These say that a driver has failed, not why.
_WRAPPERS = re.compile(
    r"org\.apache\.spark\.SparkUserAppException"
    r"|org\.apache\.spark\.SparkException: (Application \S+ finished with failed status|Exception thrown in awaitResult)"
)
_USER_EXIT = re.compile(r"User application exited with (?:status )?(\d+)")
_KILLED = re.compile(r"(exitCode: |[Ee]xit code(?: is)?:? |exited with (?:status )?)137\b")
_NO_MEMORY = re.compile(
    r"java\.lang\.OutOfMemoryError|insufficient memory for the Java Runtime Environment|^MemoryError\b|OOMKilled"
    r"|running (?:\S+ )?beyond (?:the )?'?(?:PHYSICAL|VIRTUAL|physical|virtual)'? memory limit"
)
_SIGKILL_CODES = (137, -9)


@dataclass(frozen=True)
class Cause:
    """The last exception in an output.

    Args:
        text: its name and message, in one line.
        lines: the whole traceback or stack as it was printed.
    """

    text: str
    lines: tuple[str, ...]


def cause_in(lines: Sequence[str]) -> Cause | None:
    """The last exception in the output of a driver, or `None` if it shows none.

    A Python traceback comes before an exception of the JVM that runs the script, since that only repeats it.

    Args:
        lines: the output, oldest line first.
    """
    return _last(_python_causes(lines)) or _last(_java_causes(lines))


def with_cause(stdout: Sequence[str], stderr: Sequence[str]) -> list[str]:
    """The stderr of a driver, behind the exception that only its stdout shows.

    Spark writes the stderr of a Python driver to its own stdout. A JVM writes the end by `ExitOnOutOfMemoryError`
    there.
    """
    stdout, stderr = list(stdout), list(stderr)
    of_python = _last(_python_causes(stdout))
    of_stdout, of_stderr = of_python or cause_in(stdout), cause_in(stderr)
    if of_stdout is None or of_stdout == of_stderr or (of_stderr is not None and of_python is None):
        return stderr
    return [*of_stdout.lines, *stderr]


def exit_code_in(lines: Sequence[str]) -> int | None:
    """The exit code of a Python driver, which Spark writes; `None` if it wrote none."""
    codes = [int(found[1]) for line in lines if (found := _USER_EXIT.search(line))]
    return codes[-1] if codes else None


def lacks_memory(lines: Sequence[str]) -> bool:
    """Whether the output says that the driver had too little memory."""
    return any(_NO_MEMORY.search(line) for line in lines)


def is_killed(lines: Sequence[str], exit_code: int | None) -> bool:
    """Whether SIGKILL ended the driver, which is how systems end processes when memory runs out.

    Args:
        lines: the output of the driver, or of the program that watches it.
        exit_code: its exit code. A negative one is the number of the signal that ended it. `None` if it is unknown.
    """
    return exit_code in _SIGKILL_CODES or any(_KILLED.search(line) for line in lines)


def _last(causes: Iterator[Cause]) -> Cause | None:
    last = None
    for last in causes:  # noqa: B007
        pass
    return last


def _python_causes(lines: Sequence[str]) -> Iterator[Cause]:
    start: int | None = None
    for index, line in enumerate(lines):
        if line.rstrip() == _TRACEBACK:
            # A chain of exceptions is one text.
            start = index if start is None or not _is_chain(lines[start:index]) else start
            end = _end_of_traceback(lines, index + 1)
            if end is not None:
                yield _cause(lines, start, end)
        elif _NO_SCRIPT.fullmatch(line):
            yield Cause(_shortened(line), (line,))
        elif _PYTHON_PLACE.match(line) and not _is_in_traceback(lines, index):
            for end in range(index + 1, min(index + 1 + _SYNTAX_ERROR_LINES, len(lines))):
                if _SYNTAX_ERROR.match(lines[end]):
                    yield _cause(lines, index, end)


def _is_in_traceback(lines: Sequence[str], index: int) -> bool:
    while index > 0 and lines[index].startswith("  "):
        index -= 1
    return lines[index].rstrip() == _TRACEBACK


def _end_of_traceback(lines: Sequence[str], index: int) -> int | None:
    """The line with the exception: the first one that is not indented."""
    while index < len(lines) and (lines[index].startswith(" ") or not lines[index].strip()):
        index += 1
    if index == len(lines) or not _PYTHON_EXCEPTION.match(lines[index]):
        return None
    # Py4J puts the exception of the JVM into the next line.
    return index + 1 if index + 1 < len(lines) and lines[index + 1].startswith(": ") else index


def _is_chain(lines: Sequence[str]) -> bool:
    """Whether a traceback and the next one belong together."""
    return any(_CHAIN.match(line) for line in lines[-3:])


def _java_causes(lines: Sequence[str]) -> Iterator[Cause]:
    for index, line in enumerate(lines):
        if found := _JAVA_LINE.match(line):
            yield Cause(_shortened(found["what"]), (line,))
        found = _JAVA_START.match(line)
        if not found:
            continue
        end, text = index, found["what"]
        following = lines[index + 1] if index + 1 < len(lines) else ""
        # The application master has the exception in the next line, or repeats it there.
        if re.match(_JAVA_EXCEPTION, following) and following.startswith(text.partition(":")[0]):
            end, text = index + 1, following
        if not text or _WRAPPERS.match(text):
            continue
        while end + 1 < len(lines) and (_JAVA_FRAME.match(lines[end + 1]) or _JAVA_CAUSE.match(lines[end + 1])):
            end += 1
            if cause := _JAVA_CAUSE.match(lines[end]):
                first, _, _ = text.partition(", caused by ")
                text = f"{first}, caused by {cause['what']}"
        yield Cause(_shortened(text), tuple(lines[index : end + 1]))


def _cause(lines: Sequence[str], start: int, end: int) -> Cause:
    text = "".join(lines[end - 1 : end + 1]) if lines[end].startswith(": ") else lines[end]
    block = list(lines[start : end + 1])
    if len(block) > _MOST_LINES:
        block = [*block[: _MOST_LINES // 2], "  ...", *block[-_MOST_LINES // 2 :]]
    return Cause(_shortened(text), tuple(block))


def _shortened(text: str) -> str:
    text = text.strip()
    return text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS].rpartition(' ')[0]} ..."
