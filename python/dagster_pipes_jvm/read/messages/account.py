"""The account of a run: the messages that arrived or are known to be missing, and the one verdict on them."""

from collections.abc import Callable, Sequence
from threading import RLock
from typing import Any

from dagster_pipes import PipesMessage

from dagster_pipes_jvm.read.messages.arrival import Arrival, Arrived
from dagster_pipes_jvm.read.messages.channel import OWN_CHANNEL, ChannelAccount
from dagster_pipes_jvm.read.messages.identity import Identity, Numbers, new_run_token, parse_identity
from dagster_pipes_jvm.read.messages.log_lines import ExpectedLines
from dagster_pipes_jvm.read.messages.numbered import NumberedSession, ProducerLines
from dagster_pipes_jvm.read.messages.run_sessions import RunSessions
from dagster_pipes_jvm.read.messages.undelivered import Undelivered
from dagster_pipes_jvm.read.messages.unhandled import Unhandled
from dagster_pipes_jvm.read.messages.verdict import Verdict, judge, name_among
from dagster_pipes_jvm.wire import IDENTITY_KEY, LOG_METHODS, is_run_token

NEVER_CLOSED = "sent no end of its session that arrived"

# A session has two producers, and several sessions may write at once.
_EXPECTED_PRODUCERS = 4


class RunAccount:
    """The account of one run, which all its readers share: its sessions, and the facts of the run that readers need.

    Sessions with identities are told apart by their ids. Messages without one are counted by channel. Lifecycle: one
    per run, see `account_of`; complete once every source has ended. Threads: any.

    Args:
        single_attempt: whether the platform never restarts the job. Readers then pass reports to Dagster at once.
        stop_poll_interval_millis: how often the job checks whether it must stop. Readers that can reach the job send it
            this interval.
        run_token: the token that the run has already, such as that of an earlier attempt of the step; by default a new
            one.
        may_be_resumed: whether a later attempt of the step can continue with the run, if this process dies.
        undelivered: keeps the messages that the job could not deliver.
        launch: the identity of the launch, if the platform may start a job twice. Readers send it, so that a second job
            ends itself.

    Attributes:
        single_attempt (bool): the parameter; readers ask for it at any time.
        stop_poll_interval_millis (int | None): the parameter; readers ask for it when the run begins.
        keep_messages (bool): whether readers leave the messages where they are, for a later attempt of the step.
        may_be_resumed (bool): the parameter.
        run_token (str): the token, which readers send to the job. It is not changed after the first line was read.
        undelivered (Undelivered): the parameter.
        launch (str | None): the parameter; readers ask for it when the run begins.
    """

    def __init__(
        self,
        *,
        single_attempt: bool = False,
        stop_poll_interval_millis: int | None = None,
        run_token: str | None = None,
        may_be_resumed: bool = False,
        undelivered: Undelivered | None = None,
        launch: str | None = None,
    ) -> None:
        self.single_attempt = single_attempt
        self.stop_poll_interval_millis = stop_poll_interval_millis
        self.launch = launch
        self.keep_messages = False
        self.may_be_resumed = may_be_resumed
        self.run_token = run_token if run_token is not None and is_run_token(run_token) else new_run_token()
        self.undelivered = undelivered or Undelivered()
        self._lock = RLock()
        self._run = RunSessions()
        self._recent: list[ProducerLines] = []
        self._marked: dict[str, Numbers] = {}

    def channel(self, name: str = OWN_CHANNEL) -> ChannelAccount:
        """The account of one channel of the run; always the same one for a name.

        Args:
            name: `OWN_CHANNEL` for the job's own channel, or another name.
        """
        with self._lock:
            return self._run.channels.setdefault(name, ChannelAccount())

    def add_source(self, channel: ChannelAccount, source: str) -> None:
        """Note a place that the messages of a channel come from, such as `s3://bucket/prefix`."""
        with self._lock:
            if source not in channel.sources:
                channel.sources.append(source)

    @property
    def attempt(self) -> int:
        """The last attempt of the job that is known."""
        with self._lock:
            return self._run.attempt

    def begin_attempt(self, number: int, channel: ChannelAccount) -> None:
        """Note that a channel now brings another attempt: the job was restarted. Earlier attempts no longer count."""
        with self._lock:
            self._run.begin_attempt(number, channel)

    def counts(self, arrived: Arrived) -> bool:
        """Whether no later attempt has taken the place of the one that a message belongs to."""
        with self._lock:
            if arrived.session is None:
                return arrived.channel_attempt >= self._run.attempt
            return self._run.is_of_last_attempt(arrived.session)

    @property
    def are_unnumbered_text(self) -> bool:
        """Whether a message without an identity is printed text."""
        with self._lock:
            return self._run.are_unnumbered_text

    def arrive(self, message: PipesMessage, channel: ChannelAccount, source: str = "") -> Arrived:
        """Count a message that came, and decide what it is.

        Args:
            message: the message.
            channel: how it came.
            source: where it came from, for messages to users.
        """
        with self._lock:
            identity = parse_identity(message.get(IDENTITY_KEY))
            if identity is None:
                return Arrived(self._arrive_unnumbered(message, channel), None, channel.attempt)
            if identity.token != self.run_token:
                return Arrived(Arrival.FOREIGN, None, channel.attempt)
            session = self._run.session(identity.session)
            return Arrived(self._arrive_numbered(session, identity, message, channel, source), session)

    def _arrive_unnumbered(self, message: PipesMessage, channel: ChannelAccount) -> Arrival:
        if channel.is_output and self._run.by_id:
            # Nothing tells a session of Dagster's own writer from printed text here.
            channel.printed.take(message)
            return Arrival.TEXT
        is_opened = message["method"] == "opened" and IDENTITY_KEY not in message
        if self._run.are_unnumbered_text and not is_opened:
            return Arrival.TEXT
        arrival = channel.arrive(message)
        return Arrival.LATE if arrival is Arrival.NEW and channel.attempt < self._run.attempt else arrival

    def _arrive_numbered(
        self,
        session: NumberedSession,
        identity: Identity,
        message: PipesMessage,
        channel: ChannelAccount,
        source: str,
    ) -> Arrival:
        lines = self._lines(session, identity)
        if session.refuses(identity, message["method"]):
            return Arrival.TEXT
        channel.session_ids.add(session.id)
        if not lines.numbers.add(identity.number):
            session.repeated += 1
            return Arrival.REPEATED
        session.take(identity, message)
        self._note_source(session, channel, source)
        if message["method"] == "opened":
            self._run.open(session, channel)
        self._expect(lines)
        if identity.number in lines.marked and message["method"] in LOG_METHODS:
            return Arrival.MARKED
        if not self._run.is_of_last_attempt(session):
            session.is_late = True
            return Arrival.LATE
        return Arrival.NEW

    def arrive_damaged(self, line: Unhandled, channel: ChannelAccount, source: str, *, is_quoted: bool = False) -> None:
        """Note a line that could not be decoded. If lines have numbers, they tell whether a message is missing.

        Args:
            line: the line.
            channel: how it came.
            source: where it came from, for messages to users.
            is_quoted: whether it may be text that quotes a message.
        """
        with self._lock:
            identity = line.identity
            if identity is not None and identity.token == self.run_token:
                channel.damaged.add(line)
                if not is_quoted or identity.session in self._run.by_id:
                    session = self._run.session(identity.session)
                    lines = self._lines(session, identity)
                    lines.damaged_up_to = max(lines.damaged_up_to, identity.number)
                    self._note_source(session, channel, source)
            elif identity is None and not is_quoted:
                if self._run.are_unnumbered_text:
                    channel.damaged.add(line)
                else:
                    channel.arrive_damaged(line)

    def refuse(self, line: Unhandled, channel: ChannelAccount) -> None:
        """Note a message that arrived, and that Dagster refuses.

        Args:
            line: the message.
            channel: how it came.
        """
        with self._lock:
            identity = line.identity
            is_own = identity is not None and identity.token == self.run_token
            session = self._run.by_id.get(identity.session) if is_own and identity else None
            (channel if session is None else session).refused.add(line)

    def expected(self) -> list[ExpectedLines]:
        """The lines that come next if none is missing, for `arrive_next`."""
        with self._lock:
            return [
                ExpectedLines(lines)
                for lines in self._recent
                if lines.is_beyond_marks and lines.session.attempt == self._run.attempt and not lines.session.is_closed
            ]

    def arrive_next(
        self, expected: Sequence[ExpectedLines], last: PipesMessage, channel: ChannelAccount, source: str
    ) -> bool:
        """Count log messages of which each had the expected identity, at the cost of one message.

        Args:
            expected: the return value of `expected`, as `split_log_messages` has advanced it.
            last: the last message.
            channel: how they came.
            source: where they came from.

        Returns:
            bool: whether they are new. If not, each must be passed to `arrive`.
        """
        with self._lock:
            arrived = [one for one in expected if one.next > one.first]
            for one in arrived:
                if one.lines.numbers.next != one.first or one.lines.session.attempt != self._run.attempt:
                    return False
            for one in arrived:
                one.lines.numbers.extend(one.next - one.first)
                one.first = one.next
                one.lines.session.last = last
                self._note_source(one.lines.session, channel, source)
            return True

    def arrive_logs(self, messages: Sequence[PipesMessage], channel: ChannelAccount) -> bool:
        """Count log messages without an identity, at the cost of one message.

        Returns:
            bool: whether they are to be handled. If not, each must be passed to `arrive`.
        """
        with self._lock:
            if self._run.are_unnumbered_text or channel.attempt < self._run.attempt:
                return False
            return channel.arrive_logs(messages)

    def keep_undelivered(self, line: str, message: PipesMessage) -> bool:
        """Keep a message of the run that came by the driver's output, until its channel has been read.

        Returns:
            bool: whether it is a message of the run that has not arrived. If not, it is text.
        """
        identity = parse_identity(message.get(IDENTITY_KEY))
        if identity is None or identity.token != self.run_token:
            return False
        with self._lock:
            session = self._run.by_id.get(identity.session)
            # Before its end, a line that arrived may be the own copy of the writer, whose store gave no answer.
            if session is not None and session.is_closed and not session.may_take(identity, message["method"]):
                return False
        self.undelivered.take(line, identity)
        return True

    def lacked(self, identities: Sequence[tuple[str, str, Numbers]]) -> int:
        """How many of these lines did not arrive; each item has the session, the producer and the numbers."""
        with self._lock:
            return sum(self._lacked(*one) for one in identities)

    def _lacked(self, session_id: str, producer: str, numbers: Numbers) -> int:
        session = self._run.by_id.get(session_id)
        arrived = session.numbers_of(producer) if session is not None else Numbers()
        both = Numbers([*arrived.intervals, *numbers.intervals])
        return len(both) - len(arrived)

    def lacks(self, what: str, channel: ChannelAccount) -> None:
        """Note something that is known to be missing or damaged, such as a chunk."""
        with self._lock:
            channel.lacks(what)

    def marks(self) -> dict[str, list[tuple[int, int]]]:
        """The numbers of all lines that arrived or are marked, by session and producer."""
        with self._lock:
            seen = {
                f"{session.id}{producer}": lines.numbers.intervals
                for session in self._run.by_id.values()
                for producer, lines in session.by_producer.items()
            }
            return {
                key: Numbers([*seen.get(key, ()), *self._marked.get(key, Numbers()).intervals]).intervals
                for key in sorted({*seen, *self._marked})
            }

    def adopt_token(self, token: Any) -> None:
        """Take the token that an earlier reader has sent to the job. Call it before the first line is read."""
        if is_run_token(token):
            self.run_token = token

    def resume(self, marked: dict[str, Numbers]) -> None:
        """Take the marks of an earlier reader of the run: log lines with these numbers are not handled again."""
        with self._lock:
            self._marked = dict(marked)

    def is_live(self, channel: ChannelAccount) -> bool:
        """Whether a session of the last attempt is open on a channel."""
        with self._lock:
            return self._run.is_live(channel)

    def has_messages(self, channel: ChannelAccount) -> bool:
        """Whether a message of the run came by a channel."""
        with self._lock:
            return bool(channel.session_ids) or channel.arrived > 0

    def attempt_in_words(self, number: int) -> str:
        """How an attempt of the job ended, in words that follow "Attempt 1"; empty if nothing came from it."""
        with self._lock:
            closed = self._run.closed_in(number)
            if not closed:
                return ""
            return "closed its session" if all(closed) else NEVER_CLOSED

    @property
    def repeated_messages(self) -> int:
        """The number of messages that arrived again, and were ignored."""
        with self._lock:
            return sum(session.repeated for session in self._run.by_id.values())

    @property
    def is_whole(self) -> bool:
        """Whether sessions have come, all of them have closed, and no number is missing."""
        with self._lock:
            return self._run.is_whole

    @property
    def is_complete(self) -> bool:
        """Whether nothing is known to be missing."""
        with self._lock:
            found = self._run.found()
            return not found.doubt and not any(shortfall for _, shortfall, _ in found.shortfalls())

    @property
    def lost_reports(self) -> str:
        """The known losses in words, if one of them may be a report; else empty."""
        with self._lock:
            found = self._run.found()
            return found.losses if found.may_lack_reports else ""

    def say(self, warn: Callable[[str], None]) -> None:
        """Write the missing messages and the number of dropped log lines into the run's event log."""
        with self._lock:
            found = self._run.found()
            sessions = found.numbered
            warnings = [
                *(f"{name_among(session, sessions)}{what}." for session in sessions if (what := session.not_arrived)),
                *([f"{found.doubt}."] if found.doubt else ()),
            ]
            warnings += [
                f"attempt {session.attempt} still wrote when attempt {self._run.attempt} had begun, and the end of its session"
                f" {session.id} did not arrive: what it writes from now on is not read, and stays where it is."
                for session in self._run.by_id.values()
                if session.is_late and not session.is_closed
            ]
            dropped = sum(session.dropped_log_lines for session in sessions)
        for warning in warnings:
            warn(warning)
        if dropped:
            warn(
                f"the job had to drop {dropped:,} log line(s): the message store did not take them in time, and no other room"
                " was left. The job's stderr has the reason."
            )

    def verdict(self, *, no_messages_text: str, silence: str, ended: str = "ended", detail: str = "") -> Verdict | None:
        """Judge the sessions of a job that its platform calls successful. All messages must have been read before.

        Args:
            no_messages_text: what to check if no message arrived.
            silence: how to say that a job need not report, in words that follow "or".
            ended: how the job ended, in words that follow "The job".
            detail: added to the error of a session that never opened or never closed.

        Returns:
            Verdict | None: the error, or `None` if nothing is wrong.
        """
        with self._lock:
            found = self._run.found()
            return judge(found, no_messages_text=no_messages_text, silence=silence, ended=ended, detail=detail)

    def _lines(self, session: NumberedSession, identity: Identity) -> ProducerLines:
        lines = session.by_producer.get(identity.producer)
        if lines is None:
            key = f"{session.id}{identity.producer}"
            lines = ProducerLines(session, f"{self.run_token}{key}.", self._marked.get(key, Numbers()))
            session.by_producer[identity.producer] = lines
        return lines

    def _note_source(self, session: NumberedSession, channel: ChannelAccount, source: str) -> None:
        channel.session_ids.add(session.id)
        if source and source not in session.sources:
            session.sources.append(source)

    def _expect(self, lines: ProducerLines) -> None:
        if self._recent[:1] != [lines]:
            others = [one for one in self._recent if one is not lines]
            self._recent = [lines, *others][:_EXPECTED_PRODUCERS]
