"""Where a message becomes an event: Dagster's own handler, with the counts that a person wants to see."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from inspect import signature
from threading import Lock
from typing import Any, cast

from dagster import (
    AssetExecutionContext,
    AssetKey,
    MaterializeResult,
    OpExecutionContext,
    PipesMessageReader,
)
from dagster_pipes import (
    PIPES_PROTOCOL_VERSION,
    PipesException,
    PipesMessage,
    PipesParams,
)

from dagster_pipes_jvm._dagster import has_run
from dagster_pipes_jvm._version import __version__
from dagster_pipes_jvm.errors import see
from dagster_pipes_jvm.read.messages.account import RunAccount
from dagster_pipes_jvm.read.messages.accounted import AccountedHandler
from dagster_pipes_jvm.read.messages.arrival import Arrival
from dagster_pipes_jvm.read.messages.channel import OpenSessions
from dagster_pipes_jvm.read.messages.identity import parse_identity
from dagster_pipes_jvm.read.messages.lines import hand_over_undelivered
from dagster_pipes_jvm.read.messages.log_events import DEFAULT_MAX_LOG_EVENTS, LogEvents
from dagster_pipes_jvm.read.messages.unhandled import Unhandled
from dagster_pipes_jvm.read.messages.version import compared, is_newer, version_of
from dagster_pipes_jvm.read.messages.whole_text import whole_message
from dagster_pipes_jvm.wire import IDENTITY_KEY, LOG_METHODS, METHODS, RESULT_METHODS

_UNKNOWN_PARAMS_SAID = 20
# In each report of what Spark was seen to write (`SparkJob(instrument=True)`).
_SEEN_BY_SPARK = "spark/wall_seconds"


class PipesJvmMessageHandler(AccountedHandler):
    """Dagster's handler of one session; it also keeps the account of the run, and the reason of a failure.

    What a newer job says on top of what this side knows is left out with a warning, where Dagster's handler would refuse
    the whole message. An instrumented PySpark script may open a session of its own beside the JVM's: the end of both is the
    end, and what Spark was seen to write becomes a materialization when everything has arrived, of those assets that the
    script has not reported itself.

    Sessions are counted here and not by Dagster's handler, which waits for one `closed` before Dagster 1.13.1, and from then on
    for as many as a reader says. Lifecycle: one per run. Threads: `handle_message` may be called from any thread.

    Args:
        context: the execution context of the asset or op.
        message_reader: brings the messages.
        account: what is known of the run before it begins.
        max_log_events: how many log messages become events, see `LogEvents`.

    Attributes:
        account (RunAccount): the parameter.
        on_closed (Callable[[], None]): called when the job's session has closed.
        on_result (Callable[[], None]): called when a materialization or a check was added to `get_reported_results`.
    """

    def __init__(
        self,
        context: OpExecutionContext | AssetExecutionContext,
        message_reader: PipesMessageReader,
        *,
        account: RunAccount | None = None,
        max_log_events: int | None = DEFAULT_MAX_LOG_EVENTS,
    ) -> None:
        super().__init__(context, message_reader)
        self.account = account or RunAccount()
        self.on_closed: Callable[[], None] = _nothing
        self.on_result: Callable[[], None] = _nothing
        self._log_events = LogEvents(context.log, max_log_events)
        self._lock = Lock()
        self._received: Counter[str] = Counter()
        # Of what was handled; what arrived may wait for the last attempt.
        self._sessions = OpenSessions()
        self._exception: PipesException | None = None
        self._has_warned_of_version = False
        self._unknown_params: set[str] = set()
        self._seen_by_spark: list[Mapping[str, Any]] = []
        self._dagster = self.handled_by_dagster
        # Those that take the message's params as keywords.
        self._handle_by_method: dict[str, Callable[..., None]] = {
            method: handle for method, handle in self._dagster.items() if method not in ("opened", "closed")
        }
        self._handle_by_method |= {"log": self._log, "report_asset_materialization": self._materialize}
        self._known_params = {
            method: frozenset(signature(handle).parameters) for method, handle in self._handle_by_method.items()
        }

    @property
    def received_by_method(self) -> Mapping[str, int]:
        """How many messages were accepted, by protocol method."""
        with self._lock:
            return dict(self._received)

    @property
    def received_opened_message(self) -> bool:
        """Whether a session opened."""
        return self._sessions.has_opened

    @property
    def received_closed_message(self) -> bool:
        """Whether a session closed, and none is open."""
        return self._sessions.is_closed

    @property
    def exception(self) -> PipesException | None:
        """What the job's session closed with, where it closed with an exception."""
        return self._exception

    def handle_message(self, message: PipesMessage) -> None:
        """Handle a message of a reader that keeps no account, such as Dagster's own."""
        arrived = self.account.arrive(message, self.account.channel())
        if arrived.as_what is Arrival.NEW:
            try:
                self.take(message)
            except Exception as e:
                self._note_refused(message, e)
                raise
        elif arrived.as_what is not Arrival.REPEATED:
            self.context.log.warning(
                f"[pipes] a message is not handled, because it is {arrived.as_what.value}: `{message}`"
            )

    def _note_refused(self, message: PipesMessage, e: Exception) -> None:
        method = message["method"]
        if method in METHODS or not is_newer(message):
            refused = Unhandled(
                "a message of Dagster's reader",
                f"{type(e).__name__}: {e}",
                "the place that the reader reads",
                parse_identity(message.get(IDENTITY_KEY)),
                may_be_report=method not in LOG_METHODS,
            )
            self.account.refuse(refused, self.account.channel())

    def take(self, message: PipesMessage) -> None:
        """Hand one message to Dagster and count it, unless Dagster refuses it with an exception.

        Text that no store or page can take is replaced here, for every writer and reader, see `whole_message`.
        """
        message = whole_message(message)
        self._check_version(message)
        message = self._without_unknown_params(message)
        method = message["method"]
        # With identities, a message that the session sent before `closed` may come late.
        if self._sessions.is_closed and not self._sessions.has_identities and method != "opened":
            self.context.log.warning(f"[pipes] unexpected message received after closed: `{message}`")
        self._handle(method, message)
        with self._lock:
            self._received[method] += 1
            if method == "closed":
                exception = (message["params"] or {}).get("exception")
                # Sessions with identities may run beside one another, and any of them may fail.
                self._exception = exception or (self._exception if self._sessions.has_identities else None)
        if method in RESULT_METHODS:
            self.on_result()
        elif method == "closed":
            self.on_closed()

    def _handle(self, method: str, message: PipesMessage) -> None:
        handle = self._handle_by_method.get(method)
        if handle is not None:
            handle(**message["params"])  # type: ignore[arg-type]  # None is refused as Dagster's handler refuses it.
        elif method == "opened":
            with self._lock:
                self._sessions.open(message, self.account.attempt)
                if self.account.are_unnumbered_text:
                    self._sessions.forget_unnumbered()
            self._dagster["opened"](message["params"])
        elif method == "closed":
            with self._lock:
                self._sessions.close(message)
            self._dagster["closed"](self._closing(message["params"]))
        else:
            super().handle_message(message)

    @contextmanager
    def handle_messages(self) -> Iterator[PipesParams]:
        """As Dagster's; behind a reader that does not know of them, messages that the job could not send are handled.

        Says at the end how many log messages did not become events.
        """
        try:
            with super().handle_messages() as params:
                yield params
        finally:
            hand_over_undelivered(self)
            self._report_what_spark_was_seen_to_write()
            self._log_events.finish()

    def report_pipes_framework_exception(self, origin: str, exc_info: Any) -> None:
        """As Dagster's. A direct call has no event log, so its logger gets the exception."""
        if has_run(self.context):
            super().report_pipes_framework_exception(origin, exc_info)
        else:
            self.context.log.error(f"[pipes] framework exception occurred in {origin}", exc_info=exc_info)

    def _closing(self, params: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
        """The params of `closed` for Dagster's handler, which writes the exception into the event log."""
        exception: PipesException | None = (params or {}).get("exception")
        if exception is None or has_run(self.context):
            return params
        stack = "".join(exception.get("stack") or ())
        self.context.log.error(
            f"[pipes] external process pipes closed with exception\n{exception.get('name')}: {exception['message']}\n{stack}"
        )
        return {key: value for key, value in (params or {}).items() if key != "exception"}

    def _log(self, message: str, level: str = "info") -> None:
        self._log_events.write(message, level)

    def _materialize(self, asset_key: str, metadata: Mapping[str, Any] | None, data_version: str | None) -> None:
        if metadata and _SEEN_BY_SPARK in metadata:
            # Refused now, and not when its chunk is gone.
            self.check_materialization(asset_key, metadata, data_version)
            self._seen_by_spark.append({"asset_key": asset_key, "metadata": metadata, "data_version": data_version})
        else:
            self._dagster["report_asset_materialization"](asset_key, metadata, data_version)

    def _report_what_spark_was_seen_to_write(self) -> None:
        reported = {result.asset_key for result in self.get_reported_results() if isinstance(result, MaterializeResult)}
        for report in self._seen_by_spark:
            if AssetKey.from_escaped_user_string(report["asset_key"]) in reported:
                self.context.log.info(
                    f"The application reported the asset {report['asset_key']} itself: what Spark wrote is not added."
                )
            else:
                self._dagster["report_asset_materialization"](**report)

    def _check_version(self, message: PipesMessage) -> None:
        version = version_of(message)
        if version == PIPES_PROTOCOL_VERSION:
            return
        with self._lock:
            if self._has_warned_of_version:
                return
            self._has_warned_of_version = True
        self.context.log.warning(
            f"[pipes] The job speaks {compared(version)} version of the Pipes protocol: {version}, and this side knows"
            f" {PIPES_PROTOCOL_VERSION}. What both know arrives; each message that cannot be handled is said. Let the job use"
            f" the bridge jar of dagster-pipes-jvm {__version__}, or install the job's versions of dagster-pipes and"
            f" dagster-pipes-jvm beside Dagster. {see('protocol-version')}"
        )

    def _without_unknown_params(self, message: PipesMessage) -> PipesMessage:
        known = self._known_params.get(message["method"])
        params = message["params"]
        if known is None or params is None or params.keys() <= known:
            return message
        unknown = [name for name in params if name not in known]
        for name in unknown:
            self._say_left_out(f"`{name}` of `{message['method']}`")
        return cast("PipesMessage", {**message, "params": {name: params[name] for name in params if name in known}})

    def _say_left_out(self, param: str) -> None:
        with self._lock:
            if param in self._unknown_params or len(self._unknown_params) >= _UNKNOWN_PARAMS_SAID:
                return
            self._unknown_params.add(param)
        self.context.log.warning(
            f"[pipes] The job sends {param}, which this side does not know; it is left out, here and in later messages."
            f" {see('protocol-version')}"
        )


def _nothing() -> None:
    pass
