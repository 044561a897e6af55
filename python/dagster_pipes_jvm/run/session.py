"""One Pipes session around one job: opened before it starts, judged when it has ended."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from dagster import AssetExecutionContext, OpExecutionContext, PipesContextInjector, PipesMessageReader, PipesSession
from dagster_pipes import PipesExtras

from dagster_pipes_jvm._dagster import FAIL_TO_YIELD_ERROR_MESSAGE, build_external_execution_context_data
from dagster_pipes_jvm.errors import PipesNotClosedError, see
from dagster_pipes_jvm.job import PipesMode
from dagster_pipes_jvm.read.messages.account import delivery_of
from dagster_pipes_jvm.read.messages.handler import PipesJvmMessageHandler
from dagster_pipes_jvm.run.failure import end_of_stderr

_SHOWN_CHARACTERS = 300


@contextmanager
def open_session(
    context: OpExecutionContext | AssetExecutionContext,
    handler: PipesJvmMessageHandler,
    context_injector: PipesContextInjector,
    extras: PipesExtras | None,
) -> Iterator[PipesSession]:
    """`dagster.open_pipes_session` with our handler, and without its warnings, which `check_session` replaces."""
    if context.has_assets_def:
        context.set_requires_typed_event_stream(error_message=FAIL_TO_YIELD_ERROR_MESSAGE)
    context_data = build_external_execution_context_data(context, extras)
    with (
        context_injector.inject_context(context_data) as context_params,
        handler.handle_messages() as messages_params,
    ):
        yield PipesSession(
            context_data=context_data,
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
        context_data=build_external_execution_context_data(context, None),
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
    delivery = delivery_of(handler)
    # The handler counts each `closed`; a job whose second session never closed has sent one, too.
    if handler.received_closed_message and not delivery.is_open:
        if mode == "required":
            delivery.check_complete()
        return
    if handler.received_opened_message:
        last = json.dumps(handler.last_message)[:_SHOWN_CHARACTERS]
        known = (
            f"opened its Pipes session but never closed it; {sum(handler.received_by_method.values()):,} messages"
            f" arrived, the last one {last}"
        )
        remedy = "Close the session: `Pipes.run`, `try (PipesContext pipes = ...)` or a `with` block does."
    else:
        known = (
            f"never opened its Pipes session. {context_injector.no_messages_debug_text()}"
            f" {message_reader.no_messages_debug_text()}"
        )
        remedy = 'Open one in the job, or say with `SparkJob(..., pipes="optional")` that it need not report.'
    if mode == "required":
        raise PipesNotClosedError(
            f"The job {ended}, and {known}. What it reported may be incomplete. {remedy} {see('not-closed')}"
            f"\n{end_of_stderr(stderr_tail)}"
        )
    context.log.info(f"[pipes] The job {ended}, and {known}.")
