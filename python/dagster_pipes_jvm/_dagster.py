"""Every private name of Dagster that this package uses, each with its purpose. No other module uses one.

A module, name, attribute or method with a leading underscore is private, however we use it.
Dagster may change it in any release. `tests/unit/test_dagster_surface.py` checks this module with every version of
README's table (`make test-versions`). `tests/unit/test_dagster_boundary.py` checks the other modules.
If the installed Dagster lacks a name, the import of this package fails and lists the name.
"""

from collections.abc import Callable, Iterable, Mapping
from types import ModuleType
from typing import Any, cast

from dagster import (
    AssetExecutionContext,
    DagsterLogManager,
    OpExecutionContext,
    PipesMessageHandler,
    PipesMessageReader,
)
from dagster import __version__ as _dagster_version

from dagster_pipes_jvm._version import __version__
from dagster_pipes_jvm.texts import see

# The versions that `make test-versions` runs, from the oldest to the newest.
TESTED = ("1.11.0", "1.13.27")


def lacks(names: Iterable[str]) -> ImportError:
    """The error for a Dagster that lacks names that we need.

    Args:
        names: the missing names, with their modules or classes.
    """
    return ImportError(
        f"dagster-pipes-jvm {__version__} builds on what Dagster {_dagster_version} does not have: {', '.join(names)}. Install a"
        f" Dagster from {TESTED[0]} to {TESTED[1]}, which it is tested with, or a newer dagster-pipes-jvm."
        f" {see('dagster-version')}"
    )


try:
    # The checks of a message's values are the same as in Dagster's handler.
    from dagster import _check as check

    # A function parameter of this type is a resource, as with Dagster's own Pipes clients.
    from dagster._core.definitions.resource_annotation import TreatAsResourceParam

    # The error of a failed job: retry policies and hooks check for it. The other
    # error is for a property that a direct call of an asset (`build_asset_context()`) lacks: run and step.
    from dagster._core.errors import DagsterInvalidPropertyError, DagsterPipesExecutionError

    # The metadata of an engine event: links and handles in the run's log that belong to no asset.
    from dagster._core.events import EngineEventData

    # The result of a client. `dagster` exports it from 1.12 on.
    from dagster._core.pipes.client import PipesClientCompletedInvocation

    # The message of a client to its readers about the started job. `dagster` exports it from 1.12 on.
    # The second name makes the context of a step, as in `open_pipes_session`.
    from dagster._core.pipes.context import PipesLaunchedData, build_external_execution_context_data

    # The error text for an asset whose body returns no results, as in `open_pipes_session`.
    from dagster._core.pipes.utils import _FAIL_TO_YIELD_ERROR_MESSAGE as FAIL_TO_YIELD_ERROR_MESSAGE

    # The tags of a run that retries another run from its failure, and continues its steps.
    from dagster._core.storage.tags import ASSET_RESUME_RETRY_TAG, RESUME_RETRY_TAG

    # The check of a log message's level, as in Dagster's handler.
    from dagster._core.utils import coerce_valid_log_level
except ImportError as e:
    raise lacks([str(e)]) from e

# The handles of launched jobs in the event log, by which a retry finds them. `run/launch_handles.py` has the fallback.
launch_handles: ModuleType | None
try:
    from dagster._core.pipes import reattach as launch_handles
except ImportError:  # Before 1.13.21.
    launch_handles = None


def launch_handle_in(metadata: Mapping[str, Any], dagster: ModuleType) -> Any:
    """Dagster's launch handle in the metadata of an engine event, or `None` if there is none that can be read.

    Args:
        metadata: the metadata of the engine event.
        dagster: `launch_handles`.
    """
    value = getattr(metadata.get(dagster.PIPES_LAUNCH_HANDLE_METADATA_KEY), "value", None)
    if value is None:
        return None
    try:
        return dagster.deserialize_value(value, dagster.PipesLaunchHandle)
    except Exception:
        # Another version of Dagster wrote it. The job is found by its mark, if at all.
        return None


# The methods of Dagster's handler, by the protocol's method.
_HANDLERS = {
    "opened": "_handle_opened",
    "closed": "_handle_closed",
    "log": "_handle_log",
    "log_external_stream": "_handle_log_external_stream",
    "report_asset_materialization": "_handle_report_asset_materialization",
    "report_asset_check": "_handle_report_asset_check",
    "report_custom_message": "_handle_extra_message",
}
if _gone := [name for name in _HANDLERS.values() if not hasattr(PipesMessageHandler, name)]:
    raise lacks(f"dagster.PipesMessageHandler.{name}" for name in _gone)

_WRITER_COUNT = "expected_writer_count"


# The check of a report's metadata, for a report that is handed to Dagster later.
if not hasattr(PipesMessageHandler, "_resolve_metadata"):
    raise lacks(["dagster.PipesMessageHandler._resolve_metadata"])


class MessageHandler(PipesMessageHandler):
    """Dagster's handler of messages, as the base class of our handler. It overrides no method.

    Args:
        context: the execution context of the asset or op.
        message_reader: brings the messages.
    """

    def __init__(self, context: OpExecutionContext | AssetExecutionContext, message_reader: PipesMessageReader) -> None:
        # From 1.13.1 on Dagster reads the reader's number of writers here, and its property prints a warning.
        asks = _answers_itself(message_reader)
        super().__init__(context, message_reader if asks else cast(Any, OneWriter()))
        self._message_reader = message_reader

    @property
    def context(self) -> OpExecutionContext | AssetExecutionContext:
        """The parameter."""
        return self._context

    @property
    def handled_by_dagster(self) -> dict[str, Callable[..., None]]:
        """The bound methods of Dagster's handler, by the protocol's method.

        The methods for `opened` and `closed` take the params as one mapping. All others take them as keywords.
        """
        return {method: getattr(self, name) for method, name in _HANDLERS.items()}

    def check_materialization(self, asset_key: Any, metadata: Any, data_version: Any) -> None:
        """Refuse a materialization as Dagster's handler does, and report nothing.

        Raises:
            Exception: the error of Dagster's handler.
        """
        check.str_param(asset_key, "asset_key")
        check.opt_str_param(data_version, "data_version")
        self._resolve_metadata(check.opt_mapping_param(metadata, "metadata", key_type=str))


class OneWriter:
    """A message reader for one job. List it before Dagster's class in the bases of a reader.

    Dagster's own `expected_writer_count` is 1, too, but prints a `PreviewWarning` at each access.
    """

    expected_writer_count = 1


def _answers_itself(message_reader: PipesMessageReader) -> bool:
    """Whether the reader's class has its own number of writers, as Dagster's composite reader does."""
    answer = getattr(type(message_reader), _WRITER_COUNT, None)
    return answer is not getattr(PipesMessageReader, _WRITER_COUNT, None)


def has_run(context: OpExecutionContext | AssetExecutionContext) -> bool:
    """Whether the asset or op runs in a Dagster run; a direct call has neither run nor step."""
    try:
        context.get_step_execution_context()
    except DagsterInvalidPropertyError:
        return False
    return True


def log_of(handler: PipesMessageHandler) -> DagsterLogManager:
    """The log of a handler's step, for our handler and Dagster's. A reader has no public way to it."""
    try:
        return handler._context.log
    except AttributeError as e:
        raise lacks([f"{type(handler).__name__}._context.log"]) from e


__all__ = [
    "ASSET_RESUME_RETRY_TAG",
    "FAIL_TO_YIELD_ERROR_MESSAGE",
    "RESUME_RETRY_TAG",
    "TESTED",
    "DagsterPipesExecutionError",
    "EngineEventData",
    "MessageHandler",
    "OneWriter",
    "PipesClientCompletedInvocation",
    "PipesLaunchedData",
    "TreatAsResourceParam",
    "build_external_execution_context_data",
    "check",
    "coerce_valid_log_level",
    "has_run",
    "lacks",
    "launch_handle_in",
    "launch_handles",
    "log_of",
]
