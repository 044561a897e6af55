"""The faults of the table that one job and one reader meet: what is broken, how, and what the job does meanwhile."""

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from threading import Event

from tests.faults.proxy import Action, CutAnswer, CutRequest, Damage, Hold, Refuse, Request, Rule, Twice

# Made anew for every run, and given the event that is set when the job has reported everything.
MakeRule = Callable[[Event], Rule]


def passes(_: Event) -> Rule:
    """Nothing is broken."""
    return lambda request: None


@dataclass(frozen=True)
class Scenario:
    """One row.

    Args:
        name: the fault in a reader's words.
        rule: of the proxy between the job and S3.
        reader_rule: the same between S3 and Dagster's side.
        lines: log lines that the job reports, beside one materialization.
        threads: how many threads report them.
        pause_millis: how long a thread waits between two of its lines.
        ending: how the job ends; see FaultJob.java.
        kill: the signal that the job gets once everything is reported.
        java_options: of the job's JVM.
        disk_kib: how much the local disk takes of what waits; `None`: as much as there is.
        counts: whether log lines are counted when they reach Dagster's handler, instead of going on into the event log, which
            takes some hundred a second.
        is_expected_to_fail: whether the step has to fail.
        fails_with: a part of the error with which it has to fail.
        may_lose: whether lines may be missing: those of the last second before a SIGKILL.
        drops: whether the job has to drop log lines, and to say so.
        leaves_on_stderr: whether the job has to leave on its stderr what the store never took.
    """

    name: str
    rule: MakeRule = passes
    reader_rule: MakeRule = passes
    lines: int = 300
    threads: int = 1
    pause_millis: int = 0
    ending: str = "close"
    kill: signal.Signals | None = None
    java_options: tuple[str, ...] = ()
    disk_kib: int | None = None
    counts: bool = False
    is_expected_to_fail: bool = False
    fails_with: str = ""
    may_lose: bool = False
    drops: bool = False
    leaves_on_stderr: bool = False


_IN_AN_HOUR = Refuse(503, "SlowDown", (("Retry-After", "3600"), ("x-amz-retry-after", "3600000")))


def _puts(action: Action, numbers: range) -> MakeRule:
    """The puts of chunks with these numbers, counted from 0 over the whole run."""
    return lambda _: lambda request: action if request.method == "PUT" and request.number in numbers else None


def _every(method: str, nth: int, action: Action) -> MakeRule:
    return lambda _: lambda request: action if request.method == method and request.number % nth == nth - 1 else None


def _first(method: str, count: int, action: Action) -> MakeRule:
    """The first requests of a method for chunks, after the one with which a reader proves its access."""
    return lambda _: lambda request: action if request.method == method and 1 <= request.number <= count else None


def _outage(seconds: float) -> MakeRule:
    """No connection lives, from the second put on, for so long."""

    def make(_: Event) -> Rule:
        ends: list[float] = []

        def rule(request: Request) -> Action | None:
            if not ends and request.method == "PUT" and request.number == 1:
                ends.append(time.monotonic() + seconds)
            return CutRequest() if ends and time.monotonic() < ends[0] else None

        return rule

    return make


def _slow(seconds: float) -> MakeRule:
    return lambda _: lambda request: Hold(Event(), seconds) if request.method in ("PUT", "GET") else None


def _late(seconds: float) -> MakeRule:
    """A chunk answers 404 for so long after it was first asked for and there, as an eventually consistent store does."""

    def make(_: Event) -> Rule:
        first_asked: dict[str, float] = {}

        def rule(request: Request) -> Action | None:
            if request.method != "GET" or not request.is_chunk:
                return None
            since = first_asked.setdefault(request.path, time.monotonic())
            return Refuse(404, "NoSuchKey") if time.monotonic() < since + seconds else None

        return rule

    return make


def _stalled(is_reported: Event) -> Rule:
    """Puts after the first hang until the job has reported everything."""
    return lambda request: Hold(is_reported) if request.method == "PUT" and request.number > 0 else None


def _at_the_end(action: Action, matches: Callable[[Request], bool], count: int = 1_000_000) -> MakeRule:
    """The first such requests after the job has reported everything."""

    def make(is_reported: Event) -> Rule:
        left = [action] * min(count, 1_000_000)

        def rule(request: Request) -> Action | None:
            return left.pop() if left and is_reported.is_set() and matches(request) else None

        return rule

    return make


def _damaged(_: Event) -> Rule:
    """The line of the materialization, in every chunk that the reader gets."""
    damage = Damage(b'"report_asset_materialization"', b'"report_asset_materialisation"')
    return lambda request: damage if request.method == "GET" and request.is_chunk else None


def skewed(_: Event) -> Rule:
    """As S3 does it: who signs with a clock that is more than a quarter of an hour off is refused."""

    def rule(request: Request) -> Action | None:
        if not request.signed_at:
            return None
        signed_at = datetime.strptime(request.signed_at, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
        is_off = abs(time.time() - signed_at.timestamp()) > 900
        return Refuse(403, "RequestTimeTooSkewed") if is_off else None

    return rule


SCENARIOS = (
    Scenario("none"),
    Scenario("500 twenty times in a row", _puts(Refuse(500, "InternalError"), range(1, 21))),
    Scenario("403, then fine (credentials rotate)", _puts(Refuse(403, "AccessDenied"), range(1, 5))),
    Scenario("throttling: every other put is 503 SlowDown", _every("PUT", 2, Refuse(503, "SlowDown")), pause_millis=5),
    Scenario(
        "503 with `Retry-After: 3600`, to the job and to the reader",
        _puts(_IN_AN_HOUR, range(1, 4)),
        _first("GET", 3, _IN_AN_HOUR),
        pause_millis=5,
    ),
    Scenario("connection reset in the middle of a body", _every("PUT", 2, CutRequest()), pause_millis=5),
    Scenario("connection reset in the middle of an answer to the reader", reader_rule=_every("GET", 2, CutAnswer())),
    Scenario(
        "403 ExpiredToken on three GETs after the last report",
        reader_rule=_at_the_end(Refuse(403, "ExpiredToken"), lambda request: request.method == "GET", 3),
    ),
    Scenario(
        "403 ExpiredToken on the LIST at the end",
        reader_rule=_at_the_end(Refuse(403, "ExpiredToken"), lambda request: request.is_list, 1),
    ),
    Scenario(
        "503 on every LIST, after all messages",
        reader_rule=_at_the_end(Refuse(503, "SlowDown"), lambda request: request.is_list),
    ),
    Scenario(
        "a damaged line: the one of the materialization",
        reader_rule=_damaged,
        is_expected_to_fail=True,
        fails_with="MessagesMissingError",
    ),
    # Its end comes while the job still reports: closing waits no longer than this outage lasts.
    Scenario("outage of 60 s", _outage(60), lines=650, pause_millis=100),
    Scenario("slow responses: each takes 1 s", _slow(1.0), _slow(0.5), pause_millis=5),
    Scenario("every put arrives twice", _every("PUT", 1, Twice()), pause_millis=5),
    Scenario("late visibility: a chunk is seen 3 s late", reader_rule=_late(3.0)),
    Scenario("SIGTERM", ending="wait", kill=signal.SIGTERM, is_expected_to_fail=True),
    Scenario(
        "SIGTERM in an outage of 10 s",
        _outage(10),
        pause_millis=5,
        ending="wait",
        kill=signal.SIGTERM,
        is_expected_to_fail=True,
    ),
    Scenario("SIGKILL", ending="wait", kill=signal.SIGKILL, is_expected_to_fail=True, may_lose=True),
    Scenario("System.exit(0) before close", ending="exit"),
    Scenario("OutOfMemoryError", ending="memory", java_options=("-Xmx64m",), is_expected_to_fail=True),
    Scenario(
        "the store never comes back: the job's stderr has the rest",
        _puts(Refuse(503, "SlowDown"), range(1, 1_000)),
        pause_millis=5,
        java_options=("-Dspark.dagster.pipes.closeTimeoutMillis=2000",),
        is_expected_to_fail=True,
        leaves_on_stderr=True,
    ),
    Scenario(
        "disk full, the store stalled, 128 KiB of memory for messages",
        _stalled,
        lines=5_000,
        java_options=("-Xmx64m", "-Dspark.dagster.pipes.bufferBytes=131072"),
        disk_kib=128,
        drops=True,
    ),
    Scenario("16 threads at once", lines=1_600, threads=16),
    Scenario(
        "1,000,000 messages, the store stalled, -Xmx256m",
        _stalled,
        lines=1_000_000,
        java_options=("-Xmx256m", "-Dpadding=20"),
        counts=True,
    ),
)
