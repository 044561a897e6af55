"""The verdict on the sessions of a run."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dagster_pipes_jvm.errors import MessagesMissingError, PipesNotClosedError, see, sentence
from dagster_pipes_jvm.read.messages.channel import JVM_CHANNEL, ChannelAccount
from dagster_pipes_jvm.read.messages.numbered import NumberedSession
from dagster_pipes_jvm.read.messages.unhandled import DAMAGED, REFUSED, Unhandled, UnhandledLines

_SHOWN_CHARACTERS = 300
_SHOWN_RESULTS = 3


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
        printed_results: the assets and checks in sessions without an identity that are taken for printed text, and in
            no session with one.
    """

    numbered: Sequence[NumberedSession]
    channels: Mapping[str, ChannelAccount]
    is_numbered: bool
    printed_results: Sequence[str] = ()

    @property
    def losses(self) -> str:
        """The known losses in words; empty if there are none."""
        losses = "; ".join(f"{name}{shortfall}" for name, shortfall, _ in self.shortfalls() if shortfall)
        return "; ".join(filter(None, [losses, self.damage if self.is_numbered else "", self.doubt]))

    @property
    def doubt(self) -> str:
        """Results that may be printed text, or reports of Dagster's own writer, in words; empty if there are none."""
        if not self.printed_results:
            return ""
        first = ", ".join(self.printed_results[:_SHOWN_RESULTS])
        more = f" and {rest:,} more" if (rest := len(self.printed_results) - _SHOWN_RESULTS) > 0 else ""
        return (
            f"a session without an identity in the driver's output has {first}{more}: it may be printed text, or a session of"
            " Dagster's own writer, whose reports are not handled there"
        )

    @property
    def is_any_missing(self) -> bool:
        """Whether messages did not arrive, or chunks."""
        return any(session.not_arrived for session in self.numbered) or any(
            channel.is_any_missing for channel in self.channels.values()
        )

    @property
    def may_lack_reports(self) -> bool:
        """Whether one of the known losses may be a report."""
        return (
            bool(self.printed_results)
            or any(session.may_lack_reports for session in self.numbered)
            or any(channel.may_lack_reports(is_numbered=self.is_numbered) for channel in self.channels.values())
        )

    @property
    def damage(self) -> str:
        """The damaged lines in words; empty if there are none."""
        return self.damaged.described(DAMAGED)

    @property
    def damaged(self) -> UnhandledLines:
        """The damaged lines, if numbers do not tell that nothing is missing because of them."""
        lines = UnhandledLines()
        if not self.is_numbered or any(not session.is_complete for session in self.numbered):
            for channel in self.channels.values():
                lines.extend(channel.damaged, self._may_be_missing)
        return lines

    @property
    def unhandled(self) -> UnhandledLines:
        """The lines that could not be handled, and are therefore missing or may be."""
        lines = self.damaged
        lines.extend(self.refused)
        return lines

    @property
    def refused(self) -> UnhandledLines:
        """The messages that Dagster refused."""
        lines = UnhandledLines()
        for refused in [one.refused for one in self.numbered] + [one.refused for one in self.channels.values()]:
            lines.extend(refused)
        return lines

    def _may_be_missing(self, line: Unhandled) -> bool:
        identity = line.identity
        if not self.is_numbered or identity is None:
            return True
        return any(session.id == identity.session and session.lacks(identity) for session in self.numbered)

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
    trouble = "".join(f"; {one}" for one in (found.damage, found.refused.described(REFUSED)) if one)
    kept = f" {found.unhandled.kept}" if trouble else ""
    if not found.numbered and not any(channel.is_opened or channel.is_closed for channel in channels):
        what = sentence(f"The job {ended}, and never opened its Pipes session{trouble}. {no_messages_text}")
        remedy = f"Open one in the job, or {silence}."
        return Verdict(what, PipesNotClosedError(f"{what}{kept} {remedy} {see('not-closed')}{detail}"))
    if unclosed := _unclosed(found):
        what = f"The job {ended}, and {unclosed}{trouble}."
        remedy = (
            "Close the session: `Pipes.run`, `try (PipesContext pipes = ...)` or a `with` block does. If the job did, it could"
            " not send the end, and its stderr has the reason."
        )
        incomplete = f"What it reported may be incomplete.{kept}"
        return Verdict(what, PipesNotClosedError(f"{what} {incomplete} {remedy} {see('not-closed')}{detail}"))
    if not (losses := found.losses):
        return None
    what = f"The job {ended}, but {losses}."
    remedies: list[str] = []
    if found.is_any_missing:
        sources = dict.fromkeys(source for _, shortfall, of_one in found.shortfalls() if shortfall for source in of_one)
        places = f"in {' and '.join(sources)}, or " if sources else ""
        remedies.append(f"They should be {places}on the driver's stderr.")
    if found.doubt:
        remedies.append(
            "Let Python open its session with `dagster_pipes_jvm.pyspark.open_pipes`, or read messages from a file or a store."
        )
    if kept:
        remedies.append(f"{kept.strip()} Correct what the job reports, or run the step again if the line is damaged.")
    return Verdict(what, MessagesMissingError(f"{what} {' '.join(remedies)} {see('messages-missing')}"))


def _unclosed(found: Sessions) -> str:
    open_ones = [(one.arrived, one.last, f"session {one.id}") for one in found.numbered if not one.is_closed]
    open_ones += [
        (one.arrived, one.last, "a session without an identity") for one in found.channels.values() if one.is_open
    ]
    if not open_ones:
        return ""
    arrived, last, _ = open_ones[0]
    so_far = f"{arrived:,} messages arrived, the last one {json.dumps(last)[:_SHOWN_CHARACTERS]}"
    unnumbered = [channel.sessions for channel in found.channels.values()]
    count = len(found.numbered) + sum(sessions.unnumbered for sessions in unnumbered)
    ended = sum(one.is_closed for one in found.numbered)
    ended += sum(sessions.unnumbered - sessions.open_unnumbered for sessions in unnumbered)
    if count == 1:
        return f"opened its Pipes session, whose end did not arrive; {so_far}"
    names = ", ".join(name for _, _, name in open_ones[:_SHOWN_RESULTS])
    return (
        f"the end of {count - ended} of its {count} Pipes sessions did not arrive; from the first of these {so_far}; without an"
        f" end: {names}"
    )
