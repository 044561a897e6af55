"""The faults of a store or log that has messages: a reader logs a fault once, and its retries have a limit."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from dagster_pipes_jvm.errors import MessagesMissingError, PassingFaultError, PipesJvmError, see, sentence


@dataclass(frozen=True)
class FaultPatience:
    """The pauses and the limit of retries after requests without an answer.

    Args:
        first_pause_seconds: the pause before the first retry, in seconds. Each later pause is twice as long.
        longest_pause_seconds: the longest pause, in seconds.
        refused_pause_seconds: the pause after a refusal while the job runs, in seconds. A user who reads the event log
            may remove the cause before the job ends.
        limit_seconds: how long after the job's end a fault may last, in seconds.
        refused_limit_seconds: how long after the job's end a refusal may last, in seconds. Writers have the same limit
            at their end: credentials that rotate work again by then.
    """

    first_pause_seconds: float = 0.25
    longest_pause_seconds: float = 2.0
    refused_pause_seconds: float = 10.0
    limit_seconds: float = 60.0
    refused_limit_seconds: float = 10.0


class Faults:
    """The faults of one request, or of one source that is polled. Threads: one at a time.

    Args:
        warn: writes into the run's event log.
        patience: the pauses and the limit of the retries.
    """

    def __init__(self, warn: Callable[[str], None], patience: FaultPatience) -> None:
        self._warn = warn
        self._patience = patience
        self._is_said = False
        self._pause_seconds = patience.first_pause_seconds
        self._give_up_at: float | None = None
        self._refused_since: float | None = None

    def met(self, fault: PipesJvmError, what: str, *, is_last: bool) -> float:
        """Handle a fault; returns the pause before the retry, in seconds.

        Args:
            fault: the exception.
            what: the requested data, in words that begin a sentence.
            is_last: whether the job had ended before the request.

        Raises:
            MessagesMissingError: the fault is transient, but lasted too long.
            PipesJvmError: the fault itself, if it is not transient, and lasted too long after the job's end.
        """
        can_pass = isinstance(fault, PassingFaultError)
        now = time.monotonic()
        if can_pass:
            self._refused_since = None
        elif is_last:
            self._refused_since = self._refused_since or now
            if now >= self._refused_since + self._patience.refused_limit_seconds:
                raise fault
        if not self._is_said:
            self._is_said = True
            self._warn(
                f"{what} cannot be read now, trying again: {fault}"
                if can_pass or is_last
                else f"{fault} The job runs on; nothing is read until this is repaired."
            )
        if is_last and can_pass:
            self._give_up_at = self._give_up_at or now + self._patience.limit_seconds
            if now > self._give_up_at:
                raise MessagesMissingError(
                    f"{what} could not be read within {self._patience.limit_seconds:.0f} s of the job's end, nor what is behind"
                    f" it: {sentence(str(fault))} It stays where it is. {see('messages-missing')}"
                ) from fault
        if not (can_pass or is_last):
            return self._patience.refused_pause_seconds
        pause_seconds = self._pause_seconds
        self._pause_seconds = min(2 * pause_seconds, self._patience.longest_pause_seconds)
        return pause_seconds

    def passed(self) -> None:
        """Record an answer. A later fault is a new one, but it is not logged again."""
        self._pause_seconds = self._patience.first_pause_seconds
        self._give_up_at = None
        self._refused_since = None
