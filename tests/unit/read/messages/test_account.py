import gc
import weakref
from typing import Any

import pytest

from dagster_pipes_jvm.errors import MessagesMissingError, PipesNotClosedError
from dagster_pipes_jvm.read.messages.account import RunAccount
from dagster_pipes_jvm.read.messages.accounted import account_of
from dagster_pipes_jvm.read.messages.channel import JVM_CHANNEL
from dagster_pipes_jvm.read.messages.lines import MessageLines
from dagster_pipes_jvm.read.messages.verdict import Verdict
from dagster_pipes_jvm.texts import PAGE_URL
from tests.support.recording import CLOSED, OPENED, RecordingHandler, log, message

OPENED_BY_SPARK = message("opened", {"extras": {"spark_application_id": "local-1"}})


def fed(*lines: str, **options: Any) -> RunAccount:
    """The account of a run whose channel brought these lines."""
    handler: Any = RecordingHandler()
    source = MessageLines(handler, "s3://bucket/prefix", **options)
    for number, line in enumerate(lines, start=1):
        source.feed(line, f"line {number}")
    source.finish()
    return account_of(handler)


def verdict(account: RunAccount) -> Verdict | None:
    return account.verdict(no_messages_text="Looked there.", silence="say that it need not report")


def missing(account: RunAccount) -> str:
    """The text of the verdict about missing messages."""
    judged = verdict(account)
    assert judged is not None
    assert isinstance(judged.error, MessagesMissingError)
    return str(judged.error)


def unclosed(account: RunAccount) -> str:
    """The text of the verdict about a session that never opened, or never closed."""
    judged = verdict(account)
    assert judged is not None
    assert isinstance(judged.error, PipesNotClosedError)
    return str(judged.error)


def said(account: RunAccount) -> list[str]:
    warnings: list[str] = []
    account.say(warnings.append)
    return warnings


def test_a_session_that_arrived_whole_is_complete() -> None:
    account = fed(OPENED, log("a"), CLOSED)
    assert account.is_complete
    assert verdict(account) is None
    assert said(account) == []


def test_a_line_that_is_no_message_may_be_a_damaged_one() -> None:
    account = fed(OPENED, "123", CLOSED)
    assert missing(account) == (
        "The job ended, but this side could not read a line (s3://bucket/prefix, line 2: JSON, but int instead of an object)."
        " 1 line could not be handled, and can be found in s3://bucket/prefix. Correct what the job reports, or run the step"
        f" again if the line is damaged. See {PAGE_URL}#messages-missing"
    )
    assert not account.is_complete


def test_a_message_that_is_cut_off_is_missing() -> None:
    cut = fed(OPENED, log("a")[:30], CLOSED)
    assert "but this side could not read a line (s3://bucket/prefix, line 2: cut off, " in missing(cut)


def test_each_session_of_a_job_must_close() -> None:
    assert verdict(fed(OPENED, log("a"), CLOSED, OPENED, log("b"), CLOSED)) is None
    text = unclosed(fed(OPENED, log("a"), CLOSED, OPENED, log("b")))
    assert "the end of 1 of its 2 Pipes sessions did not arrive; from the first of these 5 messages arrived" in text
    assert "; without an end: a session without an identity." in text


@pytest.mark.parametrize("first", [OPENED, OPENED_BY_SPARK], ids=["the script opens first", "Spark opens first"])
def test_of_two_sessions_beside_one_another_the_end_of_both_is_the_end(first: str) -> None:
    second = OPENED if first == OPENED_BY_SPARK else OPENED_BY_SPARK
    lines = [first, log("a"), log("b"), second, log("c"), CLOSED, log("d")]
    assert "the end of 1 of its 2 Pipes sessions did not arrive" in unclosed(fed(*lines))
    assert verdict(fed(*lines, CLOSED)) is None


def test_only_the_last_attempt_counts() -> None:
    handler: Any = RecordingHandler()
    source = MessageLines(handler, "s3://bucket/prefix", holds_reports=True)
    for line in (OPENED, log("a"), CLOSED):
        source.feed(line, "a line")
    source.lacks("chunk 2 is not there")
    source.begin_attempt(2)
    assert "never opened" in unclosed(account_of(handler))
    for line in (OPENED, CLOSED):
        source.feed(line, "a line")
    source.finish()
    assert verdict(account_of(handler)) is None


def test_a_session_with_a_channel_of_its_own_is_judged_with_the_other() -> None:
    handler: Any = RecordingHandler()
    script = MessageLines(handler, "s3://bucket/prefix")
    spark = MessageLines(handler, "s3://bucket/prefix/jvm", channel=JVM_CHANNEL)
    spark.feed(OPENED_BY_SPARK, "chunk 1, line 1")
    for line in (OPENED, log("a"), CLOSED):
        script.feed(line, "a line")
    assert (
        "the end of 1 of its 2 Pipes sessions did not arrive; from the first of these 1 messages arrived, the last one"
        in unclosed(account_of(handler))
    )
    spark.feed(CLOSED, "chunk 1, line 2")
    spark.lacks("chunk 2 is not there")
    assert missing(account_of(handler)).startswith(
        "The job ended, but of the JVM's session, chunk 2 is not there. They should be in s3://bucket/prefix/jvm, or"
    )


def test_a_session_that_never_opened_is_told_from_one_that_never_closed() -> None:
    judged = verdict(fed())
    assert judged is not None
    assert judged.what == "The job ended, and never opened its Pipes session. Looked there."
    assert str(judged.error) == (
        "The job ended, and never opened its Pipes session. Looked there. Open one in the job, or say that it need not report."
        f" See {PAGE_URL}#not-closed"
    )
    text = unclosed(fed(OPENED, log("the last words")))
    assert text.startswith(
        "The job ended, and opened its Pipes session, whose end did not arrive; 2 messages arrived, the last"
    )
    assert '"message": "the last words"' in text


def test_a_run_has_one_account_which_goes_with_its_handler() -> None:
    handler: Any = RecordingHandler()
    account = weakref.ref(account_of(handler))
    assert account_of(handler) is account()
    assert account_of(RecordingHandler()) is not account()  # type: ignore[arg-type]  # a recorder of the handler's calls
    del handler
    gc.collect()
    assert account() is None
