"""Lines with an identity: each way in which one may be doubled, late, lost, forged or of another session."""

import json
from typing import Any

import pytest

from dagster_pipes_jvm.errors import MessagesMissingError, PipesNotClosedError
from dagster_pipes_jvm.read.messages.lines import MessageLines, hand_over_undelivered
from dagster_pipes_jvm.texts import PAGE_URL
from dagster_pipes_jvm.wire import decode_line
from tests.support.numbered import SESSION, TEXTS, TOKEN, Session, account, numbered_handler
from tests.support.recording import CLOSED, OPENED, RecordingHandler, log, message


def fed(
    *lines: str, handler: RecordingHandler | None = None, as_chunk: bool = False, **options: Any
) -> RecordingHandler:
    """The handler after a channel has brought these lines."""
    handler = handler or numbered_handler()
    source = MessageLines(handler, "s3://bucket/prefix", **options)  # type: ignore[arg-type]  # a recorder
    if as_chunk:
        source.feed_text("\n".join(lines), "chunk 1")
    else:
        for number, line in enumerate(lines, start=1):
            source.feed(line, f"line {number}")
    source.finish()
    return handler


def printed(*lines: str, handler: RecordingHandler | None = None) -> tuple[RecordingHandler, list[str]]:
    """The handler after an output channel has brought these lines, and the text that it forwards."""
    handler = handler or numbered_handler()
    source = MessageLines(handler, "the driver's stdout")  # type: ignore[arg-type]  # a recorder
    forwarded = [text for line in lines if (text := source.feed_output(f"{line}\n", "a line"))]
    source.finish()
    return handler, forwarded


def judged(handler: RecordingHandler) -> str:
    """The verdict: empty, or the name and the text of the error."""
    verdict = account(handler).verdict(no_messages_text="Looked there.", silence="say so")
    return "" if verdict is None else f"{type(verdict.error).__name__}: {verdict.error}"


def said(handler: RecordingHandler) -> list[str]:
    warnings: list[str] = []
    account(handler).say(warnings.append)
    return warnings


@pytest.mark.parametrize("as_chunk", [True, False])
def test_a_session_of_two_producers_is_complete(as_chunk: bool) -> None:
    handler = fed(*SESSION, as_chunk=as_chunk)
    assert handler.texts == TEXTS
    assert handler.warnings == []
    assert judged(handler) == ""
    assert account(handler).is_complete
    assert account(handler).is_whole


@pytest.mark.parametrize("as_chunk", [True, False])
def test_a_chunk_that_comes_twice_is_handled_once(as_chunk: bool) -> None:
    handler = fed(*SESSION, *SESSION, as_chunk=as_chunk)
    assert handler.texts == TEXTS
    assert handler.warnings == []
    assert account(handler).repeated_messages == 5
    assert judged(handler) == ""


def test_a_line_that_comes_by_two_sources_is_handled_once() -> None:
    handler = fed(*SESSION)
    fed(*SESSION[2:], handler=handler)
    assert handler.texts == TEXTS


def test_gaps_are_known_exactly() -> None:
    session = Session()
    lines = [
        session.opened(),
        *(session.log(f"{n}") for n in range(2, 121)),
        session.log("a", by="p"),
        session.closed(),
    ]
    lost = {5, 6, 7, 8, 9, 12}
    handler = fed(*(line for number, line in enumerate(lines, start=1) if number not in lost), as_chunk=True)
    assert len(handler.messages) == 122 - 6
    assert said(handler) == ["messages 5 to 9 and 12 of the JVM's 121 did not arrive."]
    assert not account(handler).is_complete
    assert not account(handler).is_whole
    assert judged(handler) == (
        "MessagesMissingError: The job ended, but messages 5 to 9 and 12 of the JVM's 121 did not arrive. They should be in"
        f" s3://bucket/prefix, or on the driver's stderr. See {PAGE_URL}#messages-missing"
    )


def test_a_gap_of_each_producer_is_named_and_many_gaps_are_summed_up() -> None:
    session = Session()
    lines = [session.opened(), session.log("a", by="p"), *(session.log(f"{n}") for n in range(2, 40)), session.closed()]
    handler = fed(lines[0], *lines[2::2], lines[-1])
    assert said(handler) == [
        "messages 3, 5, 7, 9, 11 and 14 more of the JVM's 40 did not arrive; message 1 of Python's 1 did not arrive."
    ]


@pytest.mark.parametrize("as_chunk", [True, False])
def test_a_late_line_is_handled_though_its_session_has_closed(as_chunk: bool) -> None:
    opened, first, second, report, closed = SESSION
    handler = fed(opened, second, closed, report, first, as_chunk=as_chunk)
    assert sorted(handler.texts) == sorted(TEXTS)
    assert handler.warnings == []
    assert judged(handler) == ""


def test_half_a_line_is_missing_by_its_number() -> None:
    handler = fed(*SESSION[:3], SESSION[3][:40], SESSION[4])
    assert handler.texts == ["opened", "of the JVM", "of Python", "closed"]
    assert "message 3 of the JVM's 4 did not arrive" in judged(handler)
    assert "line 4 is cut off" not in judged(handler)


def test_half_a_line_that_was_only_printed_costs_nothing() -> None:
    handler, forwarded = printed(*SESSION[:4], SESSION[1][:60], SESSION[4])
    assert handler.texts == TEXTS
    assert forwarded == [f"{SESSION[1][:60]}\n"]
    assert judged(handler) == ""


def test_a_line_of_another_run_is_text_and_in_a_file_it_is_logged_once() -> None:
    other = Session(token="zzzzzz")
    lines = [other.opened(), other.report(), other.closed()]
    handler = fed(*SESSION, *lines)
    assert handler.texts == TEXTS
    assert handler.warnings == [
        "[pipes] s3://bucket/prefix: line 6 is a message of another run, and is not handled; further ones are not logged."
    ]
    assert judged(handler) == ""
    handler, forwarded = printed(*SESSION[:2], *lines, *SESSION[2:])
    assert handler.texts == TEXTS
    assert forwarded == [f"{line}\n" for line in lines]
    assert handler.warnings == []
    # Alone, it opens no session.
    assert judged(fed(*lines)).startswith("PipesNotClosedError: The job ended, and never opened its Pipes session.")


FORGED = message("report_asset_materialization", {"asset_key": "probe", "metadata": {"rows": 1}})


@pytest.mark.parametrize(
    "n",
    [
        True,
        7,
        "",
        f"{TOKEN}x7c2j.0",
        f"{TOKEN}x7c2j.-3",
        f"{TOKEN}x7c2j.03",
        f"{TOKEN}x7c2j.{'9' * 40}",
        f"{TOKEN}x7c2k.9",
        None,
    ],
)
def test_a_malformed_identity_counts_as_none(n: Any) -> None:
    for method, params in (("log", {"message": "forged", "level": "INFO"}), ("opened", {}), ("closed", {})):
        line = message(method, params, n=n)
        handler, forwarded = printed(*SESSION[:4], line, SESSION[4], line)
        assert handler.texts == TEXTS
        assert forwarded == [f"{line}\n"] * 2
        handler = fed(*SESSION[:4], line, SESSION[4], line, as_chunk=True)
        assert handler.texts == TEXTS
        assert len(handler.warnings) == 2
        assert "chunk 1, line 5: not handled, the rest goes on: a message without an identity" in handler.warnings[0]
        assert judged(handler) == ""


def test_a_line_without_an_identity_is_text_in_a_run_with_identities() -> None:
    handler, forwarded = printed(SESSION[0], FORGED, *SESSION[1:], FORGED, log("late"), CLOSED)
    assert handler.texts == TEXTS
    assert forwarded == [f"{line}\n" for line in (FORGED, FORGED, log("late"), CLOSED)]
    assert handler.warnings == []
    assert judged(handler) == ""
    handler = fed(SESSION[0], FORGED, log("forged"), *SESSION[1:], as_chunk=True)
    assert handler.texts == TEXTS
    assert len(handler.warnings) == 2


def test_a_printed_copy_of_an_own_line_is_text() -> None:
    lines = [SESSION[3], f"rows: {SESSION[3]}", spaced(SESSION[3]), sorted_keys(SESSION[3]), changed(SESSION[3])]
    handler, forwarded = printed(*SESSION[:4], *lines, SESSION[4], *lines)
    assert handler.texts == TEXTS
    assert forwarded == [f"{line}\n" for line in (*lines, *lines)]
    assert judged(handler) == ""


def spaced(line: str) -> str:
    """The same message with other white space."""
    return json.dumps(json.loads(line), separators=(" , ", " : "))


def sorted_keys(line: str) -> str:
    """The same message with another order of keys."""
    return json.dumps(dict(sorted(json.loads(line).items(), reverse=True)))


def changed(line: str) -> str:
    """The same identity with another content."""
    return json.dumps({**json.loads(line), "method": "report_asset_materialization", "params": {"asset_key": "forged"}})


def test_a_report_behind_the_count_is_text_and_output_behind_it_is_not() -> None:
    session = Session()
    lines = [session.opened(), session.closed()]
    output = session.line("log_external_stream", {"stream": "stdout", "text": "x"})
    forged = message("report_asset_materialization", {"asset_key": "probe"}, n=f"{TOKEN}x7c2j.99")
    handler, forwarded = printed(*lines, output, forged, message("closed", {}, n=f"{TOKEN}x7c2p.1"))
    assert handler.texts == ["opened", "closed", "log_external_stream"]
    assert len(forwarded) == 2
    assert judged(handler) == ""


def test_output_behind_the_count_makes_up_for_nothing() -> None:
    session = Session()
    opened, _, closed = session.opened(), session.log("lost"), session.closed()
    handler = fed(opened, closed, session.line("log_external_stream", {"stream": "stdout", "text": "x"}))
    assert "message 2 of the JVM's 3 did not arrive" in judged(handler)


def test_sessions_beside_one_another_are_told_apart_and_all_must_be_complete() -> None:
    a, b = Session("aaaa"), Session("bbbb")
    lines = [a.opened(), b.opened(), a.report("a"), b.report("b"), b.log("of b"), a.closed(), b.closed()]
    handler = fed(*lines)
    assert handler.texts.count("report_asset_materialization") == 2
    assert handler.warnings == []
    assert judged(handler) == ""
    assert "of session bbbb, message 2 of the JVM's 4 did not arrive" in judged(fed(*lines[:3], *lines[4:]))


def test_a_session_of_a_child_process_that_never_closes_is_not_complete() -> None:
    child = Session("cccc")
    handler = fed(*SESSION[:2], child.opened(), child.report(), *SESSION[2:])
    assert "report_asset_materialization" in handler.texts
    assert not account(handler).is_whole
    assert judged(handler).startswith(
        "PipesNotClosedError: The job ended, and the end of 1 of its 2 Pipes sessions did not arrive; from the first of"
        " these 2 messages arrived, the last one "
    )
    assert "; without an end: session cccc. What it reported" in judged(handler)


def test_a_session_whose_opened_is_lost_is_known_by_its_other_lines() -> None:
    handler = fed(*SESSION[1:])
    assert handler.texts == TEXTS[1:]
    assert "MessagesMissingError: The job ended, but message 1 of the JVM's 4 did not arrive" in judged(handler)
    assert judged(fed(SESSION[2])).startswith(
        "PipesNotClosedError: The job ended, and opened its Pipes session, whose end did not arrive"
    )


def test_a_gap_in_a_session_that_never_closed_is_known_up_to_its_highest_number() -> None:
    handler = fed(SESSION[0], SESSION[3])
    assert said(handler) == ["message 2 of the JVM did not arrive."]
    assert not account(handler).is_complete
    assert judged(handler).startswith("PipesNotClosedError")


def test_a_stock_session_beside_a_numbered_one_is_handled_as_before() -> None:
    stock = [OPENED, log("by stock Python"), FORGED, CLOSED]
    for lines in ([*SESSION[:2], *stock, *SESSION[2:]], [*stock[:2], *SESSION, *stock[2:]]):
        for as_chunk in (True, False):
            handler = fed(*lines, as_chunk=as_chunk)
            assert sorted(handler.texts) == sorted(
                [*TEXTS, "opened", "by stock Python", "report_asset_materialization", "closed"]
            )
            assert handler.warnings == []
            assert judged(handler) == ""
    assert judged(fed(*SESSION[:2], OPENED, *SESSION[2:])).startswith("PipesNotClosedError")
    assert judged(fed(OPENED, *SESSION[:-1], CLOSED)).startswith("PipesNotClosedError")


def test_a_stock_session_alone_is_handled_as_before() -> None:
    handler = fed(OPENED, log("a"), log("a"), FORGED, CLOSED, as_chunk=True)
    assert handler.texts == ["opened", "a", "a", "report_asset_materialization", "closed"]
    assert judged(handler) == ""


def test_dropped_log_lines_make_no_gap() -> None:
    session = Session()
    handler = fed(session.opened(), session.log("a"), session.closed(dropped=12))
    assert judged(handler) == ""
    (warning,) = said(handler)
    assert warning == (
        "the job had to drop 12 log line(s): the message store did not take them in time, and no other room was left. The"
        " job's stderr has the reason."
    )


@pytest.mark.parametrize(
    "facts", [None, 7, {}, {"messages": 3}, {"messages": {"j": "3"}}, {"messages": {"j": True}}, {"messages": {"p": 1}}]
)
def test_a_closing_message_with_damaged_counts_makes_the_delivery_incomplete(facts: Any) -> None:
    lines = [SESSION[0], message("closed", {}, dagster_pipes_jvm=facts, n=f"{TOKEN}x7c2j.3")]
    text = judged(fed(*lines))
    assert "message 2 of the JVM's 3 did not arrive" in text
    assert "its closing message does not tell how many messages were sent" in text


def test_a_lost_closing_message_is_a_session_that_never_closed() -> None:
    assert judged(fed(*SESSION[:-1])).startswith(
        "PipesNotClosedError: The job ended, and opened its Pipes session, whose end did not arrive"
    )


def test_a_huge_number_is_one_more_interval() -> None:
    handler = fed(
        *SESSION[:2], message("log", {"message": "huge", "level": "INFO"}, n=f"{TOKEN}x7c2j.{10**17}"), *SESSION[2:]
    )
    assert len(handler.messages) == 6
    assert judged(handler) == ""
    handler = fed(*SESSION[:2], message("log", {"message": "huge", "level": "INFO"}, n=f"{TOKEN}x7c2j.{10**17}"))
    assert said(handler) == ["messages 3 to 99,999,999,999,999,999 of the JVM did not arrive."]


def test_numbered_log_lines_are_fed_at_once_as_they_are_one_by_one() -> None:
    a, b = Session("aaaa"), Session("bbbb")
    lines = [a.opened()]
    for number in range(700):
        lines.append(a.log(f"a {number}", by="p" if number % 7 == 3 else "j"))
        if number % 50 == 10:
            lines.append(lines[-1])
        if number == 300:
            lines.append(b.opened())
        if number > 300:
            lines.append(b.log(f"b {number}"))
        if number % 100 == 99:
            lines += [log("text"), Session(token="zzzzzz").log("of another run"), "no message", a.report()]
    del lines[60:63]
    lines += [a.closed(), b.closed()]
    compact = [line.replace('", "', '","').replace('": ', '":').replace(", ", ",") for line in lines]
    for form in (lines, compact):
        whole, single = fed(*form, as_chunk=True), fed(*form)
        assert whole.messages != []
        assert [strip(one) for one in whole.messages] == [strip(one) for one in single.messages]
        assert whole.warnings == [warning.replace(", line", ", chunk 1, line") for warning in single.warnings] or (
            len(whole.warnings) == len(single.warnings)
        )
        assert account(whole).marks() == account(single).marks()
        assert account(whole).repeated_messages == account(single).repeated_messages
        assert judged(whole).replace(", chunk 1, line", ", line") == judged(single)


def strip(one: Any) -> dict[str, Any]:
    """A message without its identity, which a handler does not need."""
    return {name: value for name, value in one.items() if name != "n"}


def undelivered(arrived: list[str], on_stderr: list[str]) -> tuple[RecordingHandler, list[str]]:
    """The handler after the channel and the driver's stderr were read, and the text of stderr."""
    handler = numbered_handler()
    text = [line for line in on_stderr if not account(handler).keep_undelivered(line, decode_line(line))]
    fed(*arrived, handler=handler)
    for _ in range(2):  # A client that makes sure finds nothing more.
        hand_over_undelivered(handler)  # type: ignore[arg-type]  # a recorder of the handler's calls
    return handler, text


@pytest.mark.parametrize("arrived", range(6))
@pytest.mark.parametrize("printed_from", range(5))
def test_undelivered_lines_are_handled_if_and_only_if_they_are_missing(arrived: int, printed_from: int) -> None:
    handler, text = undelivered(SESSION[:arrived], SESSION[printed_from:])
    assert handler.texts == TEXTS[: max(arrived, 0)] + TEXTS[max(arrived, printed_from) :]
    assert text == []
    is_whole = printed_from <= arrived
    assert account(handler).is_complete is is_whole
    lost = len(SESSION) - max(arrived, printed_from)
    assert handler.warnings == (
        [
            f"[pipes] the driver's stderr: the job could not send {lost} message(s), and wrote them here; they are handled"
            " now."
        ]
        if lost
        else []
    )


def test_on_stderr_a_line_without_an_identity_and_one_of_another_run_are_text() -> None:
    lines = [FORGED, OPENED, Session(token="zzzzzz").report()]
    assert undelivered(SESSION, lines)[1] == lines
    # Also in a run that has no identities: only our writers print undelivered messages.
    handler, text = undelivered([OPENED, log("a"), CLOSED], lines)
    assert text == lines
    assert handler.texts == ["opened", "a", "closed"]


def attempts(*lines: str, handler: RecordingHandler | None = None) -> RecordingHandler:
    return fed(*lines, handler=handler, holds_reports=True)


def test_only_the_attempt_that_its_platform_says_is_the_last_one_counts() -> None:
    first, second = Session("aaaa", attempt=1), Session("bbbb", attempt=2)
    killed = [first.opened(), first.log("first"), first.report()]
    handler = attempts(*killed, second.opened(), second.log("second"), second.report(), second.closed())
    assert handler.texts == ["opened", "first", "opened", "second", "report_asset_materialization", "closed"]
    assert handler.warnings == [
        "[pipes] s3://bucket/prefix: the job was started again: attempt 2 begins. Attempt 1 sent no end of its session that"
        " arrived; its 1 report(s) do not count."
    ]
    assert judged(handler) == ""


def test_a_restart_of_one_application_takes_nothing_from_another_one() -> None:
    """A step that runs two applications with the same parameters was green without the reports of the second one."""
    killed, again = (
        Session(id, attempt=number, application="application_1_0001") for id, number in (("aaaa", 1), ("bbbb", 2))
    )
    other, later = (Session(id, attempt=1, application=f"application_1_000{id[0]}") for id in ("2ccc", "3ddd"))
    lines = [killed.opened(), killed.report("lost"), other.opened(), other.report("other"), again.opened()]
    lines += [again.report("probe"), later.opened(), later.report("later")]
    handler = attempts(*lines, *(session.closed() for session in (other, again, later)))
    reports = [m["params"]["asset_key"] for m in handler.messages if m["method"] == "report_asset_materialization"]
    assert sorted(reports) == ["later", "other", "probe"]
    assert judged(handler) == ""


def test_a_session_beside_a_restarted_application_counts_if_its_platform_restarts_nothing() -> None:
    helper, killed, again = Session("cccc"), Session("aaaa", attempt=1), Session("bbbb", attempt=2)
    lines = [helper.opened(), helper.report("helper"), killed.opened(), again.opened(), again.report(), again.closed()]
    handler = attempts(*lines, helper.closed())
    reports = [m["params"]["asset_key"] for m in handler.messages if m["method"] == "report_asset_materialization"]
    assert sorted(reports) == ["helper", "probe"]
    assert judged(handler) == ""


@pytest.mark.parametrize(
    ("attempt", "is_live"),
    [pytest.param(None, True, id="a platform that counts no attempts"), pytest.param(1, False, id="YARN")],
)
def test_reports_are_live_where_no_later_attempt_could_be_told_from_the_first(
    attempt: int | None, *, is_live: bool
) -> None:
    handler, session = numbered_handler(), Session("aaaa", attempt=attempt)
    source = MessageLines(handler, "the store", holds_reports=True, asks_sessions=True)  # type: ignore[arg-type]  # a recorder
    for line in (session.opened(), session.report()):
        source.feed(line, "a line")
    assert handler.texts == ["opened", *(["report_asset_materialization"] if is_live else [])]
    source.feed(session.closed(), "a line")
    source.finish()
    assert handler.texts == ["opened", "report_asset_materialization", "closed"]


def test_what_came_before_opened_is_handed_over_in_order_when_the_session_says_that_it_is_the_only_one() -> None:
    handler, session = numbered_handler(), Session("aaaa")
    opened, first, second = session.opened(), session.report("first"), session.report("second")
    source = MessageLines(handler, "the store", holds_reports=True, asks_sessions=True)  # type: ignore[arg-type]  # a recorder
    source.feed(first, "a line")
    assert handler.texts == []
    source.feed(opened, "a line")
    source.feed(second, "a line")
    reports = [m["params"] for m in handler.messages if m["method"] == "report_asset_materialization"]
    assert reports == [{"asset_key": "first"}, {"asset_key": "second"}]


def test_reports_without_an_identity_wait_because_a_later_folder_may_be_a_later_attempt() -> None:
    handler = RecordingHandler()
    source = MessageLines(handler, "the store", holds_reports=True, asks_sessions=True)  # type: ignore[arg-type]  # a recorder
    source.feed(OPENED, "a line")
    source.feed(message("report_asset_materialization", {"asset_key": "probe"}), "a line")
    assert handler.texts == ["opened"]


def test_an_attempt_that_failed_says_why() -> None:
    first, second = Session("aaaa", attempt=1), Session("bbbb", attempt=2)
    closed = first.closed
    lines = [first.opened(), closed(exception={"name": "java.lang.Error", "message": "boom\n"})]
    handler = attempts(*lines, second.opened(), second.closed())
    assert "Attempt 1 closed with java.lang.Error: boom; its 0 report(s) do not count." in handler.warnings[0]
    assert judged(handler) == ""
    third = Session("cccc", attempt=3)
    handler = attempts(third.opened(), third.closed())
    assert "attempt 3 begins. Nothing came from attempt 1." in handler.warnings[0]


@pytest.mark.parametrize("attempt", [None, 1, 0, -2, True, "2", 2.0])
def test_a_session_whose_platform_says_no_later_attempt_is_another_session(attempt: Any) -> None:
    first, second = Session("aaaa", attempt=1), Session("bbbb", attempt=attempt)
    handler = attempts(
        first.opened(), first.report("a"), first.closed(), second.opened(), second.report("b"), second.closed()
    )
    assert handler.texts.count("report_asset_materialization") == 2
    assert handler.warnings == []
    assert judged(handler) == ""


def test_sessions_of_one_later_attempt_count_together() -> None:
    first, driver, child = Session("aaaa", attempt=1), Session("bbbb", attempt=2), Session("cccc", attempt=2)
    lines = [first.opened(), driver.opened(), child.opened(), child.report("c"), driver.report("d")]
    handler = attempts(*lines, child.closed(), driver.closed())
    assert handler.texts.count("report_asset_materialization") == 2
    assert len(handler.warnings) == 1
    assert judged(handler) == ""
    assert judged(attempts(*lines, driver.closed())).startswith("PipesNotClosedError")


def test_an_attempt_that_writes_on_after_the_next_began_does_not_count() -> None:
    zombie, second, child = Session("aaaa", attempt=1), Session("bbbb", attempt=2), Session("cccc", attempt=1)
    lines = [zombie.opened(), second.opened(), zombie.log("zombie"), zombie.report(), child.opened(), second.report()]
    handler = attempts(*lines, zombie.closed(), second.closed())
    assert handler.texts == ["opened", "opened", "zombie", "report_asset_materialization", "closed"]
    assert handler.messages[-2]["n"] == f"{TOKEN}bbbbj.2"  # type: ignore[typeddict-item]  # the identity
    assert [warning for warning in handler.warnings if "still writes" in warning] == [
        "[pipes] s3://bucket/prefix: line 3 comes from attempt 1, which still writes after attempt 2 began: its log lines are"
        " read, and its reports do not count."
    ]
    assert judged(handler) == ""


def test_reports_that_went_to_dagster_at_once_are_not_said_to_be_dropped() -> None:
    first, second = Session("aaaa", attempt=1), Session("bbbb", attempt=2)
    handler = fed(first.opened(), first.report(), second.opened(), second.closed())
    (warning,) = handler.warnings
    assert "Dagster has its reports already, and they count" in warning


def test_an_open_run_has_an_account_that_never_calls_a_forged_token_complete() -> None:
    """A job that knows its token can forge a line. A session that only such a line has is one that never closes."""
    handler = fed(*SESSION, message("report_custom_message", {"payload": 2}, n=f"{TOKEN}zzzzj.1"))
    assert judged(handler).startswith("PipesNotClosedError")


def test_the_errors_are_those_of_the_verdict() -> None:
    verdict = account(fed(*SESSION[1:])).verdict(no_messages_text="", silence="")
    assert verdict is not None
    assert isinstance(verdict.error, MessagesMissingError)
    verdict = account(fed(*SESSION[:1])).verdict(no_messages_text="", silence="")
    assert verdict is not None
    assert isinstance(verdict.error, PipesNotClosedError)


def test_half_a_line_before_the_first_identity_is_no_loss() -> None:
    """It may be printed text. If it was `opened`, that has a number."""
    assert judged(fed(SESSION[1][:40], *SESSION)) == ""
    assert "message 1 of the JVM's 4 did not arrive" in judged(fed(SESSION[0][:40], *SESSION[1:]))


def test_lines_that_another_source_brings_in_the_middle_of_a_chunk_are_handled_once() -> None:
    session, handler = Session(), numbered_handler()
    lines = [session.opened(), *(session.log(f"{n}") for n in range(2, 700)), session.closed()]
    other = MessageLines(handler, "another source")  # type: ignore[arg-type]  # a recorder of the handler's calls
    taken = handler.handle_message

    def handle(one: Any) -> None:
        taken(one)
        if len(handler.messages) == 100:
            for line in lines[300:310]:
                other.feed(line, "a line")

    handler.handle_message = handle  # type: ignore[method-assign]  # it brings lines in the middle
    fed(*lines, handler=handler, as_chunk=True)
    assert sorted(handler.texts) == sorted(["opened", *(f"{n}" for n in range(2, 700)), "closed"])
    assert account(handler).repeated_messages == 10
    assert judged(handler) == ""
