"""A session whose lines have an identity: the lines that arrived, and the exact gaps."""

from collections.abc import Mapping, Sequence
from typing import Any

from dagster_pipes import PipesMessage

from dagster_pipes_jvm.read.messages.identity import Identity, Numbers
from dagster_pipes_jvm.read.messages.unhandled import REFUSED, UnhandledLines
from dagster_pipes_jvm.wire import JVM_PRODUCER, LOG_METHODS, PYTHON_PRODUCER, SESSION_FACTS_KEY

_OWNER = {JVM_PRODUCER: "the JVM", PYTHON_PRODUCER: "Python"}
_SHOWN_GAPS = 5
_OUTPUT = "log_external_stream"


class ProducerLines:
    """The lines of one producer in a session.

    Args:
        session: the session.
        head: the part of an identity in front of the number.
        marked: the numbers that an earlier reader of the run has handled.

    Attributes:
        session (NumberedSession): the parameter.
        numbers (Numbers): the numbers that arrived.
        marked (Numbers): the parameter.
        damaged_up_to (int): the highest number of a line that is damaged.
        tails (tuple[str, str]): the end of a line up to the number, in the compact form of JSON and in the form of
            `json.dumps`.
    """

    def __init__(self, session: "NumberedSession", head: str, marked: Numbers) -> None:
        self.session = session
        self.numbers = Numbers()
        self.marked = marked
        self.damaged_up_to = 0
        self.tails = (f',"n":"{head}', f', "n": "{head}')

    @property
    def is_beyond_marks(self) -> bool:
        """Whether no line that comes in order can be a marked one."""
        return self.numbers.next >= self.marked.next


class NumberedSession:
    """One session, from `opened` to `closed`, of one or two producers. Threads: one at a time, see `RunAccount`.

    Args:
        id: its id in the run.
        attempt: the attempt of the job to which it belongs, until its `opened` says another one.

    Attributes:
        id (str): the parameter.
        attempt (int): the attempt.
        application (str | None): the application that the attempt belongs to, if its `opened` says it.
        by_producer (dict[str, ProducerLines]): its lines.
        sources (list[str]): the places that its lines came from.
        last (PipesMessage | None): the message that arrived last.
        repeated (int): the number of lines that arrived again.
        refused (UnhandledLines): the messages that arrived and that Dagster refuses.
        dropped_log_lines (int): the number of log lines that the job says it had to drop.
        is_late (bool): whether it has written after a later attempt began.
        results (set[str]): the assets and checks that it reported, see `result_of`.
    """

    def __init__(self, id: str, attempt: int) -> None:
        self.id = id
        self.attempt = attempt
        self.application: str | None = None
        self.by_producer: dict[str, ProducerLines] = {}
        self.sources: list[str] = []
        self.last: PipesMessage | None = None
        self.repeated = 0
        self.refused = UnhandledLines()
        self.dropped_log_lines = 0
        self.results: set[str] = set()
        self._reported_up_to: dict[str, int] = {}
        self.is_late = False
        self._told: dict[str, int] | None = None
        self._is_only_attempt = False
        self._is_damaged = False

    @property
    def is_closed(self) -> bool:
        """Whether its `closed` arrived."""
        return self._told is not None

    @property
    def is_only_attempt(self) -> bool:
        """Whether no later attempt can take its place: it has opened, and its platform counts no attempts."""
        return self._is_only_attempt

    @property
    def is_complete(self) -> bool:
        """Whether it has closed, and every line up to `closed` arrived. Dagster may have refused some of them."""
        return self.is_closed and not self._is_damaged and not self.missing and not self._forged

    @property
    def may_lack_reports(self) -> bool:
        """Whether one of the known losses may be a report."""
        return self._is_damaged or bool(self.missing or self._forged) or self.refused.may_include_reports

    @property
    def _forged(self) -> Mapping[str, int]:
        """The highest number of a report of each producer, if that is above its count."""
        told = self._told
        if told is None:
            return {}
        return {by: number for by, number in self._reported_up_to.items() if number > told.get(by, 0)}

    @property
    def arrived(self) -> int:
        """The number of lines that arrived."""
        return sum(len(lines.numbers) for lines in self.by_producer.values())

    def refuses(self, identity: Identity, method: str) -> bool:
        """Whether a message has a number that no writer gives it: behind `closed` only output follows."""
        beyond = self._told is not None and identity.number > self._told.get(identity.producer, 0)
        return beyond and method != _OUTPUT

    def may_take(self, identity: Identity, method: str) -> bool:
        """Whether a message with this identity has not arrived, and its writer can have sent it."""
        return identity.number not in self.numbers_of(identity.producer) and not self.refuses(identity, method)

    def take(self, identity: Identity, message: PipesMessage) -> None:
        """Note a message that is new."""
        self.last = message
        method = message["method"]
        if method not in LOG_METHODS:
            self._reported_up_to[identity.producer] = max(
                identity.number, self._reported_up_to.get(identity.producer, 0)
            )
        if name := result_of(message):
            self.results.add(name)
        if method == "opened":
            stated = stated_attempt(message)
            self.attempt = stated or self.attempt
            self.application = _stated_application(message)
            self._is_only_attempt = stated is None
        elif method == "closed":
            self._close(identity, message)

    def _close(self, identity: Identity, closed: PipesMessage) -> None:
        facts = _facts(closed)
        told = facts.get("messages")
        counts = (
            {producer: count for producer, count in told.items() if producer in _OWNER and whole(count)}
            if isinstance(told, Mapping)
            else {}
        )
        # `closed` is the last line of its producer, so that its own number is a count, too.
        self._is_damaged = not isinstance(told, Mapping) or counts != dict(told) or identity.producer not in counts
        counts[identity.producer] = max(identity.number, counts.get(identity.producer, 0))
        self._told = {**(self._told or {}), **counts}
        self.dropped_log_lines += whole(facts.get("dropped_log_lines")) or 0

    @property
    def missing(self) -> Mapping[str, Sequence[tuple[int, int]]]:
        """The gaps of each producer: up to its count, or, before `closed`, up to its highest number."""
        lasts = self._told or {
            producer: max(lines.numbers.next - 1, lines.damaged_up_to) for producer, lines in self.by_producer.items()
        }
        return {producer: gaps for producer, last in lasts.items() if (gaps := self.numbers_of(producer).missing(last))}

    @property
    def shortfall(self) -> str:
        """A description of the known losses; empty if there are none."""
        return "; ".join(filter(None, [self.not_arrived, self.refused.described(REFUSED)]))

    @property
    def not_arrived(self) -> str:
        """A description of the messages that did not arrive; empty if there are none."""
        parts = [f"{self._described(producer, gaps)} did not arrive" for producer, gaps in self.missing.items()]
        parts += [
            f"message {number:,} of {_OWNER[by]} arrived, which its session did not send"
            for by, number in self._forged.items()
        ]
        if self._is_damaged:
            parts.append("its closing message does not tell how many messages were sent")
        return "; ".join(parts)

    def _described(self, producer: str, gaps: Sequence[tuple[int, int]]) -> str:
        total = (self._told or {}).get(producer)
        of = f"{_OWNER[producer]}'s {total:,}" if total is not None else f"{_OWNER[producer]}"
        return f"{in_words(gaps)} of {of}"

    def lacks(self, identity: Identity) -> bool:
        """Whether a line of it is missing."""
        if identity.number in self.numbers_of(identity.producer):
            return False
        return self._told is None or identity.number <= self._told.get(identity.producer, 0)

    def numbers_of(self, producer: str) -> Numbers:
        """The numbers of a producer that arrived."""
        lines = self.by_producer.get(producer)
        return lines.numbers if lines is not None else Numbers()


def stated_attempt(opened: PipesMessage) -> int | None:
    """The attempt that an `opened` names, or `None` if its platform does not say it."""
    attempt = whole(_facts(opened).get("attempt"))
    return attempt or None


def _stated_application(opened: PipesMessage) -> str | None:
    application = _facts(opened).get("application")
    return application if isinstance(application, str) else None


def result_of(message: PipesMessage) -> str:
    """The asset or check that a message reports, in words; empty if it reports none."""
    params = message["params"] or {}
    if message["method"] == "report_asset_materialization":
        return f"asset {params.get('asset_key')}"
    if message["method"] == "report_asset_check":
        return f"check {params.get('check_name')} of asset {params.get('asset_key')}"
    return ""


def in_words(gaps: Sequence[tuple[int, int]]) -> str:
    """Gaps as text, such as `messages 5 to 9 and 12`."""
    shown = [f"{first:,}" if first == last else f"{first:,} to {last:,}" for first, last in gaps[:_SHOWN_GAPS]]
    if more := sum(last - first + 1 for first, last in gaps[_SHOWN_GAPS:]):
        shown.append(f"{more:,} more")
    noun = "message" if len(gaps) == 1 and gaps[0][0] == gaps[0][1] else "messages"
    return f"{noun} {', '.join(shown[:-1])}{' and ' if len(shown) > 1 else ''}{shown[-1]}"


def _facts(message: PipesMessage) -> Mapping[str, Any]:
    facts: Any = message.get(SESSION_FACTS_KEY)
    return facts if isinstance(facts, Mapping) else {}


def whole(value: Any) -> int | None:
    """A number that is not negative, or `None`."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
