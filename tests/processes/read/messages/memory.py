"""Reads long output in a process of its own: `python -m tests.processes.read.messages.memory WAY`.

It prints by how many MiB the peak of its memory has grown, and the warnings, as JSON on stderr.
"""

import json
import os
import resource
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from dagster_pipes_jvm.read.messages.account import RunAccount
from dagster_pipes_jvm.read.messages.accounted import account_of
from dagster_pipes_jvm.read.messages.decoder import LogDecoder
from dagster_pipes_jvm.read.messages.file import PipesJvmFileMessageReader
from dagster_pipes_jvm.read.messages.lines import MessageLines
from dagster_pipes_jvm.run.output import PipedOutput
from dagster_pipes_jvm.run.process import GroupProcess
from tests.support.recording import CLOSED, OPENED, RecordingHandler

MIB = 1024 * 1024
PROGRESS_MIB = 30
MESSAGE_MIB = 80
_START = '{"__dagster_pipes_version": "0.1", "method": "log", "params": {"message": "'
_END = '", "level": "INFO"}}'


def output_without_line_ends(warnings: list[str]) -> None:
    """A progress bar on both streams, of which nobody sees a line end."""
    session: Any = SimpleNamespace(
        message_reader_params={"path": "elsewhere"},
        context=SimpleNamespace(log=SimpleNamespace(warning=warnings.append)),
    )
    output = PipedOutput(session, SimpleNamespace(account=RunAccount()))  # type: ignore[arg-type]  # only the account is used
    bar = (
        "import sys; [sys.stdout.write('\\r' + '=' * 1023) and sys.stderr.write('\\r' + '=' * 1023) for _ in range(%d)]"
    )
    process = GroupProcess(
        [sys.executable, "-c", bar % (PROGRESS_MIB * 1024)],
        environment=os.environ,
        cwd=None,
        on_stdout=lambda data: output.on_output("stdout", data),
        on_stderr=lambda data: output.on_output("stderr", data) if not data else None,
    )
    assert process.wait() == 0


def log_without_line_ends(warnings: list[str]) -> None:
    """The same in a log that is read block by block."""
    decoder = LogDecoder()
    block = b"\r" + b"=" * (MIB - 1)
    for _ in range(PROGRESS_MIB):
        for _ in decoder.feed(block):
            pass


def long_message_in_a_file(warnings: list[str]) -> None:
    """One line beyond the limit, in a channel that has only messages."""
    handler: Any = RecordingHandler()
    with PipesJvmFileMessageReader().read_messages(handler) as params:
        with open(str(params["path"]), "w", encoding="utf-8") as file:
            file.write(f"{OPENED}\n{_START}")
            for _ in range(MESSAGE_MIB):
                file.write("x" * MIB)
            file.write(f"{_END}\n{CLOSED}\n")
    warnings += handler.warnings
    warnings.append(f"complete: {account_of(handler).is_complete}, {handler.texts}")


def long_message_in_a_chunk(warnings: list[str]) -> None:
    """The same in a chunk; the memory of the chunk's text counts."""
    handler: Any = RecordingHandler()
    lines = MessageLines(handler, "the test")
    text = f"{OPENED}\n{_START}{'x' * (MESSAGE_MIB * MIB)}{_END}\n{CLOSED}"
    lines.feed_text(text, "chunk 1")
    lines.finish()
    warnings += handler.warnings
    warnings.append(f"complete: {account_of(handler).is_complete}, {handler.texts}")


WAYS: dict[str, Callable[[list[str]], None]] = {
    way.__name__: way
    for way in (output_without_line_ends, log_without_line_ends, long_message_in_a_file, long_message_in_a_chunk)
}


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    said: list[str] = []
    before = _peak_mib()
    WAYS[sys.argv[1]](said)
    print(json.dumps({"grown_mib": _peak_mib() - before, "warnings": said}), file=sys.stderr)
