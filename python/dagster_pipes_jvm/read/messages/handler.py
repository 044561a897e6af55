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
    PipesMessageHandler,
    PipesMessageReader,
)
from dagster_pipes import (
    PIPES_PROTOCOL_VERSION,
    PIPES_PROTOCOL_VERSION_FIELD,
    PipesException,
    PipesMessage,
    PipesOpenedData,
    PipesParams,
)

from dagster_pipes_jvm._version import __version__
from dagster_pipes_jvm.errors import see
from dagster_pipes_jvm.read.messages.log_events import DEFAULT_MAX_LOG_EVENTS, LogEvents
from dagster_pipes_jvm.read.messages.undelivered import undelivered_of

_UNKNOWN_PARAMS_SAID = 20
# In each report of what Spark was seen to write (`SparkJob(instrument=True)`).
_SEEN_BY_SPARK = "spark/wall_seconds"
_RESULTS = {"report_asset_materialization", "report_asset_check"}


class PipesJvmMessageHandler(PipesMessageHandler):
    """Dagster's handler of one session; it also counts what it accepted and keeps the reason of a failure.

    What a newer job says on top of what this side knows is left out with a warning, where Dagster's handler would refuse
    the whole message. An instrumented PySpark script may open a session of its own beside the JVM's: the end of both is the
    end, and what Spark was seen to write becomes a materialization when everything has arrived, of those assets that the
    script has not reported itself.

    Lifecycle: one per run. Threads: `handle_message` may be called from any thread.

    Args:
        context: the execution context of the asset or op.
        message_reader: brings the messages.
        single_attempt: whether the job is never started again by its platform: readers then hand reports over at once.
        max_log_events: how many log messages become events, see `LogEvents`.
        stop_poll_interval_millis: how often the job looks whether it shall stop; readers that can tell it send this on.

    Attributes:
        keep_messages (bool): whether readers leave the messages where they are, for a later attempt of the step.
        single_attempt (bool): the parameter; readers ask for it at any time.
        on_closed (Callable[[], None]): called when the job's session has closed.
        on_result (Callable[[], None]): called when a materialization or a check was added to `get_reported_results`.
    """

    def __init__(
        self,
        context: OpExecutionContext | AssetExecutionContext,
        message_reader: PipesMessageReader,
        *,
        single_attempt: bool = False,
        max_log_events: int | None = DEFAULT_MAX_LOG_EVENTS,
        stop_poll_interval_millis: int | None = None,
    ) -> None:
        super().__init__(context, message_reader)
        self.single_attempt = single_attempt
        self.stop_poll_interval_millis = stop_poll_interval_millis
        self.keep_messages = False
        self.on_closed: Callable[[], None] = _nothing
        self.on_result: Callable[[], None] = _nothing
        self._log_events = LogEvents(context.log, max_log_events)
        self._lock = Lock()
        self._received: Counter[str] = Counter()
        self._last_message: PipesMessage | None = None
        self._exception: PipesException | None = None
        self._has_warned_of_version = False
        self._unknown_params: set[str] = set()
        self._kinds_of_sessions: set[bool] = set()
        self._seen_by_spark: list[Mapping[str, Any]] = []
        # Those that Dagster calls with the message's params as keywords.
        self._known_params = {
            "log": _keywords(self._handle_log),
            "log_external_stream": _keywords(self._handle_log_external_stream),
            "report_asset_materialization": _keywords(self._handle_report_asset_materialization),
            "report_asset_check": _keywords(self._handle_report_asset_check),
            "report_custom_message": _keywords(self._handle_extra_message),
        }

    @property
    def received_by_method(self) -> Mapping[str, int]:
        """How many messages were accepted, by protocol method."""
        with self._lock:
            return dict(self._received)

    @property
    def last_message(self) -> PipesMessage | None:
        """The message that was accepted last."""
        return self._last_message

    @property
    def exception(self) -> PipesException | None:
        """What the job's session closed with, where it closed with an exception."""
        return self._exception

    def handle_message(self, message: PipesMessage) -> None:
        """Hand one message to Dagster and count it, unless Dagster refuses it with an exception."""
        self._check_version(message)
        message = self._without_unknown_params(message)
        super().handle_message(message)
        with self._lock:
            self._received[message["method"]] += 1
            self._last_message = message
            if message["method"] == "closed":
                self._exception = (message["params"] or {}).get("exception")
        if message["method"] in _RESULTS:
            self.on_result()
        elif message["method"] == "closed":
            self.on_closed()

    @contextmanager
    def handle_messages(self) -> Iterator[PipesParams]:
        """As Dagster's; behind a reader that does not know of them, messages that the job could not send are handled.

        Says at the end how many log messages did not become events.
        """
        try:
            with super().handle_messages() as params:
                yield params
        finally:
            undelivered_of(self).hand_over(self)
            self._report_what_spark_was_seen_to_write()
            self._log_events.finish()

    def _handle_log(self, message: str, level: str = "info") -> None:
        self._log_events.write(message, level)

    def _handle_opened(self, opened_payload: PipesOpenedData) -> None:
        # An application that its platform starts again opens once more: its kinds are the same ones.
        self._kinds_of_sessions.add("spark_application_id" in (opened_payload.get("extras") or {}))
        self._expected_writers = max(self._expected_writers, len(self._kinds_of_sessions))
        super()._handle_opened(opened_payload)

    def _handle_report_asset_materialization(
        self, asset_key: str, metadata: Mapping[str, Any] | None, data_version: str | None
    ) -> None:
        if metadata and _SEEN_BY_SPARK in metadata:
            self._seen_by_spark.append({"asset_key": asset_key, "metadata": metadata, "data_version": data_version})
        else:
            super()._handle_report_asset_materialization(asset_key, metadata, data_version)

    def _report_what_spark_was_seen_to_write(self) -> None:
        reported = {result.asset_key for result in self.get_reported_results() if isinstance(result, MaterializeResult)}
        for report in self._seen_by_spark:
            if AssetKey.from_escaped_user_string(report["asset_key"]) in reported:
                self._context.log.info(
                    f"The application reported the asset {report['asset_key']} itself: what Spark wrote is not added."
                )
            else:
                super()._handle_report_asset_materialization(**report)

    def _check_version(self, message: PipesMessage) -> None:
        version = str(cast("Mapping[str, Any]", message).get(PIPES_PROTOCOL_VERSION_FIELD, PIPES_PROTOCOL_VERSION))
        if version == PIPES_PROTOCOL_VERSION:
            return
        with self._lock:
            if self._has_warned_of_version:
                return
            self._has_warned_of_version = True
        self._context.log.warning(
            f"[pipes] The job speaks {_compared(version)} version of the Pipes protocol: {version}, and this side knows"
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
        self._context.log.warning(
            f"[pipes] The job sends {param}, which this side does not know; it is left out, here and in later messages."
            f" {see('protocol-version')}"
        )


def _nothing() -> None:
    pass


def _keywords(handle: Callable[..., None]) -> frozenset[str]:
    return frozenset(signature(handle).parameters)


def _compared(version: str) -> str:
    try:
        came, known = ([int(part) for part in text.split(".")] for text in (version, PIPES_PROTOCOL_VERSION))
    except ValueError:
        return "an unknown"
    return "a newer" if came > known else "an older"
