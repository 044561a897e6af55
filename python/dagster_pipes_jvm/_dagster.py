"""All private names of Dagster that this package uses, each with its purpose. No other module has one.

Private are modules, names, attributes and methods with a leading underscore, whether imported, read, inherited or overridden.
Dagster may change them in any release. `tests/unit/test_dagster_surface.py` holds what is here on every version of README's
table (`make test-versions`), and that no other module goes past it. Where a Dagster lacks one of them, importing this package
says which.
"""

from collections.abc import Callable, Iterable
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

# The versions that `make test-versions` runs, from the oldest to the newest.
TESTED = ("1.11.0", "1.13.27")


def lacks(names: Iterable[str]) -> ImportError:
    """What is raised where this Dagster has not what we build on.

    Args:
        names: what is missing, each as a reader finds it in Dagster's sources.
    """
    return ImportError(
        f"dagster-pipes-jvm {__version__} builds on what Dagster {_dagster_version} does not have: {', '.join(names)}. Install a"
        f" Dagster from {TESTED[0]} to {TESTED[1]}, which it is tested with, or a newer dagster-pipes-jvm."
        " See TROUBLESHOOTING.md#dagster-version"
    )


try:
    # Values of messages are checked as Dagster's own handler checks them.
    from dagster import _check as check

    # A resource that a plain function parameter asks for by its type, as Dagster's own Pipes clients are.
    from dagster._core.definitions.resource_annotation import TreatAsResourceParam

    # The error of a job that failed: retry policies and hooks know Dagster's own clients by it. And that of a property which a
    # direct call of an asset (`build_asset_context()`) does not have: run and step.
    from dagster._core.errors import DagsterInvalidPropertyError, DagsterPipesExecutionError

    # The metadata of an engine event: links and handles in the run's log that belong to no asset.
    from dagster._core.events import EngineEventData

    # What a client hands back; public, but not in the package `dagster` itself before 1.12.
    from dagster._core.pipes.client import PipesClientCompletedInvocation

    # The context of a step as Pipes sends it; `open_pipes_session` makes it in the same way. And what a client tells readers of
    # the job that it started, which is public from 1.12 on, too.
    from dagster._core.pipes.context import PipesLaunchedData, build_external_execution_context_data

    # What Dagster says where the body of an asset takes no results; `open_pipes_session` says the same.
    from dagster._core.pipes.utils import _FAIL_TO_YIELD_ERROR_MESSAGE as FAIL_TO_YIELD_ERROR_MESSAGE

    # Whether a run is retried from its failure, and so goes on with steps of the run before.
    from dagster._core.storage.tags import ASSET_RESUME_RETRY_TAG, RESUME_RETRY_TAG

    # The level of a log message, as Dagster's own handler checks it.
    from dagster._core.utils import coerce_valid_log_level
except ImportError as e:
    raise lacks([str(e)]) from e

# Handles of launched jobs in the event log, by which a retry finds them; `run/launch_handles.py` does without.
launch_handles: ModuleType | None
try:
    from dagster._core.pipes import reattach as launch_handles
except ImportError:  # Before 1.13.21.
    launch_handles = None

# What Dagster's handler does with a message, by the protocol's method.
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


class MessageHandler(PipesMessageHandler):
    """Dagster's handler of messages, for one of ours that tells them apart itself. It overrides nothing.

    Args:
        context: the execution context of the asset or op.
        message_reader: brings the messages.
    """

    def __init__(self, context: OpExecutionContext | AssetExecutionContext, message_reader: PipesMessageReader) -> None:
        # From 1.13.1 on Dagster asks the reader for how many writers it reads, which prints that the question is in preview.
        asks = _answers_itself(message_reader)
        super().__init__(context, message_reader if asks else cast(Any, OneWriter()))
        self._message_reader = message_reader

    @property
    def context(self) -> OpExecutionContext | AssetExecutionContext:
        """The parameter."""
        return self._context

    @property
    def handled_by_dagster(self) -> dict[str, Callable[..., None]]:
        """What Dagster does with a message, by the protocol's method: `opened` and `closed` take its params, all others each of
        them as a keyword."""
        return {method: getattr(self, name) for method, name in _HANDLERS.items()}


class OneWriter:
    """A message reader of one job; goes before Dagster's class among the bases of a reader.

    Dagster's own `expected_writer_count`, which is 1 too, prints a `PreviewWarning` each time that it is asked.
    """

    expected_writer_count = 1


def _answers_itself(message_reader: PipesMessageReader) -> bool:
    """Whether the reader's class says itself how many jobs it reads, as the one of several writers does."""
    answer = getattr(type(message_reader), _WRITER_COUNT, None)
    return answer is not getattr(PipesMessageReader, _WRITER_COUNT, None)


def log_of(handler: PipesMessageHandler) -> DagsterLogManager:
    """The log of the step whose messages a handler takes, whoever made the handler; a reader has no other way to it."""
    try:
        return handler._context.log
    except AttributeError as e:
        raise lacks([f"{type(handler).__name__}._context.log"]) from e


__all__ = [
    "ASSET_RESUME_RETRY_TAG",
    "FAIL_TO_YIELD_ERROR_MESSAGE",
    "RESUME_RETRY_TAG",
    "TESTED",
    "DagsterInvalidPropertyError",
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
    "lacks",
    "launch_handles",
    "log_of",
]
