"""One Pipes session around one job: opened before it starts, judged when it has ended."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import cast

from dagster import AssetExecutionContext, OpExecutionContext, PipesContextInjector, PipesMessageReader, PipesSession
from dagster_pipes import PipesContextData, PipesExtras

from dagster_pipes_jvm._dagster import FAIL_TO_YIELD_ERROR_MESSAGE
from dagster_pipes_jvm.characters import whole_characters
from dagster_pipes_jvm.errors import PipesNotClosedError
from dagster_pipes_jvm.job import PipesMode, SparkJob
from dagster_pipes_jvm.read.messages.handler import PipesJvmMessageHandler
from dagster_pipes_jvm.run.context_data import context_data
from dagster_pipes_jvm.run.failure import end_of_stderr
from dagster_pipes_jvm.wire import INSTRUMENT_CONTEXT_KEY


@contextmanager
def open_session(
    context: OpExecutionContext | AssetExecutionContext,
    handler: PipesJvmMessageHandler,
    context_injector: PipesContextInjector,
    extras: PipesExtras | None,
    job: SparkJob,
) -> Iterator[PipesSession]:
    """`dagster.open_pipes_session` with our handler and context. `check_session` replaces its warnings.

    The context also has the patterns of an instrumented job, which may be thousands.
    """
    if context.has_assets_def:
        context.set_requires_typed_event_stream(error_message=FAIL_TO_YIELD_ERROR_MESSAGE)
    data = context_data(context, extras)
    if job.instrument:
        patterns = {"outputs": dict(job.outputs or {}), "inputs": dict(job.inputs or {})}
        data = cast("PipesContextData", {**data, INSTRUMENT_CONTEXT_KEY: patterns})
    with (
        context_injector.inject_context(data) as context_params,
        handler.handle_messages() as messages_params,
    ):
        yield PipesSession(
            context_data=data,
            message_handler=handler,
            context_injector_params=context_params,
            message_reader_params=messages_params,
            context=context,
        )


def unopened_session(
    context: OpExecutionContext | AssetExecutionContext, handler: PipesJvmMessageHandler
) -> PipesSession:
    """A session for a job that is not told of one: it only turns the run into a result."""
    if context.has_assets_def:
        context.set_requires_typed_event_stream(error_message=FAIL_TO_YIELD_ERROR_MESSAGE)
    return PipesSession(
        context_data=context_data(context, None),
        message_handler=handler,
        context_injector_params={},
        message_reader_params={},
        context=context,
    )


def check_session(
    context: OpExecutionContext | AssetExecutionContext,
    handler: PipesJvmMessageHandler,
    context_injector: PipesContextInjector,
    message_reader: PipesMessageReader,
    mode: PipesMode,
    ended: str,
    *,
    stderr_tail: Sequence[str],
) -> None:
    """Judge the session of a job that its platform calls successful.

    Args:
        mode: `required` makes an error of a session that never opened or never closed, `optional` a log line.
        ended: how the job ended, for the message, such as "ended with exit code 0".
        stderr_tail: the last lines of the driver's stderr, for the message.

    Raises:
        PipesNotClosedError: as `mode` says.
        MessagesMissingError: the session closed, but did not arrive whole, with the mode `required`.
    """
    verdict = handler.account.verdict(
        ended=ended,
        no_messages_text=f"{context_injector.no_messages_debug_text()} {message_reader.no_messages_debug_text()}",
        silence='say with `SparkJob(..., pipes="optional")` that it need not report',
        detail=f"\n{end_of_stderr(stderr_tail)}",
    )
    if verdict is None:
        return
    if mode == "required":
        raise verdict.error
    if isinstance(verdict.error, PipesNotClosedError):
        # What is missing the readers have said.
        context.log.info(whole_characters(f"[pipes] {verdict.what}"))
