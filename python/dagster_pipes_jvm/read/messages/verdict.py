"""The verdict on the sessions of a run."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dagster_pipes_jvm.errors import MessagesMissingError, PipesNotClosedError, see, sentence
from dagster_pipes_jvm.read.messages.channel import JVM_CHANNEL, ChannelAccount
from dagster_pipes_jvm.read.messages.numbered import NumberedSession

_SHOWN_CHARACTERS = 300


@dataclass(frozen=True)
class Verdict:
    """The error in the reports of a job that its platform calls successful.

    Args:
        what: the error in a sentence, for the event log.
        error: the same with a remedy, for a caller that does not accept it.
    """

    what: str
    error: PipesNotClosedError | MessagesMissingError


@dataclass(frozen=True)
class Sessions:
    """The sessions of a run that count: those of the last attempt.

    Args:
        numbered: the sessions with identities.
        channels: the channels by name, with their messages without an identity.
        is_numbered: whether numbers tell the missing messages of this run.
    """

    numbered: Sequence[NumberedSession]
    channels: Mapping[str, ChannelAccount]
    is_numbered: bool

    def shortfalls(self) -> Iterator[tuple[str, str, Sequence[str]]]:
        """Each session or channel: its name in words that precede its losses, its losses, and its sources."""
        for session in self.numbered:
            yield name_among(session, self.numbered), session.shortfall, session.sources
        for name, channel in self.channels.items():
            shortfall = channel.shortfall(is_numbered=self.is_numbered)
            is_beside = name.startswith(JVM_CHANNEL)
            yield f"of {JVM_CHANNEL} session, " if is_beside else "", shortfall, channel.sources


def name_among(session: NumberedSession, sessions: Sequence[NumberedSession]) -> str:
    """A session in words that precede its losses; empty if it is the only one."""
    return f"of session {session.id}, " if len(sessions) > 1 else ""


def judge(found: Sessions, *, no_messages_text: str, silence: str, ended: str, detail: str) -> Verdict | None:
    """The verdict on a job that its platform calls successful, see `RunAccount.verdict`."""
    channels = found.channels.values()
    if not found.numbered and not any(channel.is_opened or channel.is_closed for channel in channels):
        what = sentence(f"The job {ended}, and never opened its Pipes session. {no_messages_text}")
        remedy = f"Open one in the job, or {silence}."
        return Verdict(what, PipesNotClosedError(f"{what} {remedy} {see('not-closed')}{detail}"))
    if unclosed := _unclosed(found):
        what = f"The job {ended}, and {unclosed}."
        remedy = "Close the session: `Pipes.run`, `try (PipesContext pipes = ...)` or a `with` block does."
        incomplete = "What it reported may be incomplete."
        return Verdict(what, PipesNotClosedError(f"{what} {incomplete} {remedy} {see('not-closed')}{detail}"))
    losses = [one for one in found.shortfalls() if one[1]]
    if not losses:
        return None
    what = f"The job {ended}, but {'; '.join(f'{name}{shortfall}' for name, shortfall, _ in losses)}."
    sources = dict.fromkeys(source for _, _, of_one in losses for source in of_one)
    places = f"in {' and '.join(sources)}, or " if sources else ""
    where = f"They should be {places}on the driver's stderr."
    return Verdict(what, MessagesMissingError(f"{what} {where} {see('messages-missing')}"))


def _unclosed(found: Sessions) -> str:
    open_ones = [(one.arrived, one.last) for one in found.numbered if not one.is_closed]
    open_ones += [(one.in_all, one.last) for one in found.channels.values() if one.is_open]
    if not open_ones:
        return ""
    arrived, last = open_ones[0]
    so_far = f"{arrived:,} messages arrived, the last one {json.dumps(last)[:_SHOWN_CHARACTERS]}"
    count = len(found.numbered) + sum(channel.is_opened for channel in found.channels.values())
    if count == 1:
        return f"opened its Pipes session but never closed it; {so_far}"
    return f"never closed {len(open_ones)} of its {count} Pipes sessions; from the first of these {so_far}"
