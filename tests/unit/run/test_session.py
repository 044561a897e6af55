"""What a client makes of a session when its platform calls the job successful."""

import json
from typing import Any

import dagster as dg
import pytest

from dagster_pipes_jvm import PipesJvmStdioMessageReader, PipesNotClosedError
from dagster_pipes_jvm.errors import MessagesMissingError
from dagster_pipes_jvm.read.messages.handler import PipesJvmMessageHandler
from dagster_pipes_jvm.read.messages.lines import MessageLines
from dagster_pipes_jvm.run.session import check_session
from dagster_pipes_jvm.texts import PAGE_URL
from tests.support.dagster_runs import DagsterRuns, Finished
from tests.support.numbered import SESSION, TOKEN
from tests.support.recording import CLOSED, OPENED, log


def judged(
    runs: DagsterRuns, *lines: str, mode: Any = "required", token: str = TOKEN
) -> tuple[Finished, BaseException | None]:
    """The run, and the error of the judgement, after a driver's stdout has had these lines."""
    raised: list[BaseException] = []
    reader = PipesJvmStdioMessageReader()

    def body(context: dg.AssetExecutionContext) -> Any:
        handler = PipesJvmMessageHandler(context, reader)
        with handler.handle_messages():
            handler.account.adopt_token(token)
            source = MessageLines(handler, "the driver's stdout")
            for text in lines:
                source.feed_output(text, "a line")
            source.finish()
            handler.account.say(source.warn)
        try:
            injector = dg.PipesEnvContextInjector()
            check_session(context, handler, injector, reader, mode, "ended well", stderr_tail=["first", "last"])
        except (PipesNotClosedError, MessagesMissingError) as e:
            raised.append(e)

    return runs.run_body(body), raised[0] if raised else None


def test_a_session_that_closed_and_is_whole_is_fine(runs: DagsterRuns) -> None:
    assert judged(runs, OPENED, log("a"), CLOSED)[1] is None


def test_a_message_that_is_missing_on_the_drivers_stdout_fails_the_step(runs: DagsterRuns) -> None:
    lines = [*SESSION[:2], *SESSION[3:]]
    run, error = judged(runs, *lines)
    assert isinstance(error, MessagesMissingError)
    assert "message 1 of Python's 1 did not arrive. They should be in the driver's stdout" in str(error)
    run, error = judged(runs, *lines, mode="optional")
    assert error is None
    assert "[pipes] the driver's stdout: message 1 of Python's 1 did not arrive." in [text for _, text in run.logs]


def test_a_second_session_that_never_closes_is_one_that_never_closed(runs: DagsterRuns) -> None:
    _, error = judged(runs, OPENED, CLOSED, OPENED, log("a"))
    assert isinstance(error, PipesNotClosedError)
    assert str(error).startswith(
        "The job ended well, and the end of 1 of its 2 Pipes sessions did not arrive; from the first of these 4 messages"
    )
    assert json.dumps({"message": "a", "level": "INFO"}) in str(error)
    assert str(error).endswith(f"{PAGE_URL}#not-closed\nThe end of the driver's stderr:\nfirst\nlast")


@pytest.mark.parametrize("mode", ["required", "optional"])
def test_a_session_that_never_opened_fails_the_step_where_it_is_required(runs: DagsterRuns, mode: Any) -> None:
    run, error = judged(runs, mode=mode)
    if mode == "required":
        assert str(error).startswith("The job ended well, and never opened its Pipes session.")
        assert str(error).endswith("\nfirst\nlast")
    else:
        assert error is None
        assert any("never opened its Pipes session" in text for _, text in run.logs)
