"""The account's decision on a message that came."""

from enum import Enum
from typing import NamedTuple

from dagster_pipes_jvm.read.messages.numbered import NumberedSession


class Arrival(Enum):
    """The account's decision on a message that came."""

    NEW = "to be handled"
    REPEATED = "arrived before"
    MARKED = "a log line that an earlier reader of the run has logged"
    LATE = "of an attempt before the last one, so that only its log lines are handled"
    FOREIGN = "of another run"
    TEXT = "printed text"
    BEHIND = "behind the end of its session"


class Arrived(NamedTuple):
    """A message that came.

    Args:
        as_what: the decision.
        session: its session, if it has an identity.
        channel_attempt: the attempt of its channel when it came.
    """

    as_what: Arrival
    session: NumberedSession | None = None
    channel_attempt: int = 1

    @property
    def attempt(self) -> int:
        """The attempt of the job to which it belongs."""
        return self.channel_attempt if self.session is None else self.session.attempt
