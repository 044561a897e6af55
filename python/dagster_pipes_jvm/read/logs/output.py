"""What happens to the driver's output: messages to the handler, our notices to the event log, the rest onwards."""

import sys
from collections.abc import Callable
from typing import IO, Literal

from dagster_pipes import PipesMessage

from dagster_pipes_jvm.errors import InvalidParameterError
from dagster_pipes_jvm.read.messages.decoder import Piece
from dagster_pipes_jvm.read.messages.lines import MessageLines

Stream = Literal["stdout", "stderr"]

_NOTICE_START = "[dagster-pipes] "
_NOTICES_IN_EVENT_LOG = 20


class DriverOutput:
    """One stream of the driver, forwarded to the step's compute log.

    Messages of the run are handled if the stream carries them, and kept for the end if they could not be sent by another
    channel. Everything else is forwarded unchanged.

    Threads: one at a time.

    Args:
        target: where text goes on to; `stdout` and `stderr` for those of this process. Flushed piece by piece, so that the
            compute log is live.
        warn: called with what the bridge says about its own trouble, such as messages that it could not deliver.
        messages: takes the messages, where this stream carries them.
        undelivered: keeps a message of the run, if another channel carries them, and returns whether it is one, see
            `RunAccount.keep_undelivered`.
    """

    def __init__(
        self,
        target: Stream | IO[str],
        warn: Callable[[str], None],
        *,
        messages: MessageLines | None = None,
        undelivered: Callable[[str, PipesMessage], bool] | None = None,
    ) -> None:
        self._target = target
        self._warn = warn
        self._messages = messages
        self._undelivered = undelivered
        self._notices = 0

    def on_piece(self, piece: Piece, where: str) -> None:
        """Handle a part of the stream.

        Args:
            piece: the part.
            where: which one it is, for warnings.
        """
        text = piece.text + piece.end
        if self._messages is not None:
            text = self._messages.feed_piece(piece, where)
        elif (
            self._undelivered is not None and piece.message is not None and self._undelivered(piece.text, piece.message)
        ):
            return
        if not text:
            return
        if text.startswith(_NOTICE_START) and self._notices < _NOTICES_IN_EVENT_LOG:
            self._notices += 1
            self._warn(f"[pipes] the job says: {text[len(_NOTICE_START) :].rstrip()}")
        self._forward(text)

    def finish(self) -> None:
        """Handle what waits for the end of the stream. Call it once, at the end."""
        if self._messages is not None:
            self._messages.finish()

    def _forward(self, text: str) -> None:
        # Looked up now: Dagster and notebooks replace the streams of a process.
        target = getattr(sys, self._target) if isinstance(self._target, str) else self._target
        encoding = getattr(target, "encoding", None) or "utf-8"
        try:
            target.write(text.encode(encoding, "replace").decode(encoding))
            target.flush()
        except (OSError, ValueError):
            # A compute log that is closed or full: the messages among the lines matter more, so reading goes on.
            pass


def check_stream(stream: str, call: str) -> None:
    """Refuse what is no stream of a driver."""
    if stream not in ("stdout", "stderr"):
        raise InvalidParameterError(
            parameter="stream",
            call=call,
            expected="'stdout' or 'stderr'",
            got=repr(stream),
            remedy="Name the stream of the driver that the messages or lines come by.",
            anchor="message-channel",
        )
