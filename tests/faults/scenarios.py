"""The faults, one a row of the table: what is broken, how, and what the job does meanwhile."""

import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Event, Timer

from tests.faults.proxy import Action, CutAnswer, CutRequest, Hold, Refuse, Request, Rule, Twice


@dataclass(frozen=True)
class Scenario:
    """One row.

    Args:
        name: the fault in a reader's words.
        rule: makes the rule of the proxy between the job and S3; called once a run.
        reader_rule: the same between S3 and Dagster's side.
        lines: log lines that the job reports, beside one materialization.
        threads: how many threads report them.
        pause_millis: how long a thread waits between two of its lines.
        ending: how the job ends; see FaultJob.java.
        kill: the signal that the job gets once everything is reported.
        java_options: of the job's JVM.
        environment: of the job's process, beside what S3 needs.
        is_expected_to_fail: whether the step has to fail.
        may_lose: whether lines may be missing: those of the last second before a SIGKILL, or dropped and counted ones.
    """

    name: str
    rule: Callable[[], Rule] = field(default=lambda: lambda request: None)
    reader_rule: Callable[[], Rule] = field(default=lambda: lambda request: None)
    lines: int = 300
    threads: int = 1
    pause_millis: int = 0
    ending: str = "close"
    kill: signal.Signals | None = None
    java_options: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    is_expected_to_fail: bool = False
    may_lose: bool = False


def _puts(action: Action, numbers: range) -> Callable[[], Rule]:
    """The puts of chunks with these numbers, counted from 0 over the whole run."""
    return lambda: lambda request: action if request.method == "PUT" and request.number in numbers else None


def _every(method: str, nth: int, action: Action) -> Callable[[], Rule]:
    return lambda: lambda request: action if request.method == method and request.number % nth == nth - 1 else None


def _outage(seconds: float) -> Callable[[], Rule]:
    """No connection lives, from the second put on, for so long."""

    def make() -> Rule:
        ends: list[float] = []

        def rule(request: Request) -> Action | None:
            if not ends and request.method == "PUT" and request.number == 1:
                ends.append(time.monotonic() + seconds)
            return CutRequest() if ends and time.monotonic() < ends[0] else None

        return rule

    return make


def _slow(seconds: float) -> Callable[[], Rule]:
    return lambda: lambda request: Hold(Event(), seconds) if request.method in ("PUT", "GET") else None


def _late(seconds: float) -> Callable[[], Rule]:
    """A chunk answers 404 for so long after it was first asked for and there, as an eventually consistent store does."""

    def make() -> Rule:
        first_asked: dict[str, float] = {}

        def rule(request: Request) -> Action | None:
            if request.method != "GET" or not request.is_chunk:
                return None
            since = first_asked.setdefault(request.path, time.monotonic())
            return Refuse(404, "NoSuchKey") if time.monotonic() < since + seconds else None

        return rule

    return make


def _stalled(seconds: float) -> Callable[[], Rule]:
    """Puts after the first hang for so long, counted from the second one."""

    def make() -> Rule:
        over = Event()
        timer = Timer(seconds, over.set)
        timer.daemon = True

        def rule(request: Request) -> Action | None:
            if request.method != "PUT" or request.number == 0:
                return None
            if request.number == 1:
                timer.start()
            return Hold(over)

        return rule

    return make


SCENARIOS = (
    Scenario("none"),
    Scenario("500 twenty times in a row", _puts(Refuse(500, "InternalError"), range(1, 21))),
    Scenario("403, then fine (credentials rotate)", _puts(Refuse(403, "AccessDenied"), range(1, 5))),
    Scenario("throttling: every other put is 503 SlowDown", _every("PUT", 2, Refuse(503, "SlowDown")), pause_millis=5),
    Scenario("connection reset in the middle of a body", _every("PUT", 2, CutRequest()), pause_millis=5),
    Scenario("connection reset in the middle of an answer to the reader", reader_rule=_every("GET", 2, CutAnswer())),
    Scenario("outage of 60 s", _outage(60), pause_millis=5),
    Scenario("slow responses: each takes 1 s", _slow(1.0), _slow(0.5), pause_millis=5),
    Scenario("every put arrives twice", _every("PUT", 1, Twice()), pause_millis=5),
    Scenario("late visibility: a chunk is seen 3 s late", reader_rule=_late(3.0)),
    Scenario("SIGTERM", ending="wait", kill=signal.SIGTERM, is_expected_to_fail=True),
    Scenario("SIGKILL", ending="wait", kill=signal.SIGKILL, is_expected_to_fail=True, may_lose=True),
    Scenario("System.exit(0) before close", ending="exit"),
    Scenario("OutOfMemoryError", ending="memory", java_options=("-Xmx64m",), is_expected_to_fail=True),
    Scenario("16 threads at once", lines=4_000, threads=16),
)
