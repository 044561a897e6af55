"""Text that looks like a message, in the output of a process: it is text, whatever its content."""

from typing import Any

import pytest

from dagster_pipes_jvm.read.messages.lines import MessageLines
from tests.support.numbered import SESSION, TEXTS, Session, account, numbered_handler
from tests.support.recording import CLOSED, OPENED, RecordingHandler, log, message


def report(rows: int, asset_key: str = "probe") -> str:
    return message("report_asset_materialization", {"asset_key": asset_key, "metadata": {"rows": rows}})


REPLAY = [OPENED, log("of the replay"), report(999), CLOSED]


def printed(*lines: str) -> tuple[RecordingHandler, list[str]]:
    """The handler after a stream has brought these lines, and the text that it forwards."""
    handler = numbered_handler()
    source = MessageLines(handler, "the driver's stdout", keeps_lines=False)  # type: ignore[arg-type]  # a recorder
    forwarded = [text for line in lines if (text := source.feed_output(f"{line}\n", "a line"))]
    source.finish()
    return handler, [text.removesuffix("\n") for text in forwarded]


def judged(handler: RecordingHandler) -> str:
    verdict = account(handler).verdict(no_messages_text="Looked there.", silence="say so")
    return "" if verdict is None else f"{type(verdict.error).__name__}: {verdict.error}"


def reports(handler: RecordingHandler) -> list[Any]:
    return [one["params"] for one in handler.messages if one["method"].startswith("report_asset")]


def session() -> list[str]:
    one = Session()
    return [one.opened(), one.report(), one.log("of the session"), one.closed()]


@pytest.mark.parametrize("at", range(5))
def test_a_replay_of_a_whole_session_makes_no_asset_event(at: int, capfd: pytest.CaptureFixture[str]) -> None:
    lines = session()
    handler, _ = printed(*lines[:at], *REPLAY, *lines[at:])
    assert reports(handler) == [{"asset_key": "probe"}]
    assert handler.texts.count("closed") == 1
    assert judged(handler) == ""
    assert account(handler).is_complete
    assert account(handler).is_whole
    # In front of the session, nobody could know yet that a session with identities follows.
    assert len(handler.warnings) == (1 if at == 0 else 0)
    assert ("999" in capfd.readouterr().err) == (at == 0)


def test_reports_of_an_asset_that_no_session_with_identities_has_may_be_lost() -> None:
    """A script with Dagster's own writer beside a JVM: nothing tells its lines from a replay."""
    one = Session()
    handler, _ = printed(one.opened(), *REPLAY, one.closed())
    assert reports(handler) == []
    assert judged(handler).startswith(
        "MessagesMissingError: The job ended, but a session without an identity in the driver's output has asset probe: it"
        " may be printed text, or a session of Dagster's own writer, whose reports are not handled there."
    )
    assert not account(handler).is_complete
    assert account(handler).lost_reports
    check = message("report_asset_check", {"asset_key": "probe", "check_name": "rows", "passed": True})
    handler, _ = printed(OPENED, check, CLOSED, *session())
    assert "check rows of asset probe" in judged(handler)


@pytest.mark.parametrize("at", range(5))
def test_a_line_that_no_opened_precedes_is_text(at: int) -> None:
    lines = session()
    for forged in (report(1), report(1, "another"), log("forged"), CLOSED):
        handler, _ = printed(*lines[:at], forged, *lines[at:])
        assert reports(handler) == [{"asset_key": "probe"}]
        assert judged(handler) == ""


def test_a_session_of_dagsters_writer_alone_is_handled() -> None:
    handler, forwarded = printed("text", OPENED, log("a"), report(1), CLOSED, "text")
    assert handler.texts == ["opened", "a", "report_asset_materialization", "closed"]
    assert forwarded == ["text", "text"]
    assert judged(handler) == ""


def test_behind_its_end_and_in_front_of_it_reports_are_text() -> None:
    late = [report(2), log("late"), CLOSED, message("report_custom_message", {"payload": 1})]
    handler, forwarded = printed(report(3), OPENED, report(1), CLOSED, *late)
    assert reports(handler) == [{"asset_key": "probe", "metadata": {"rows": 1}}]
    assert handler.texts.count("closed") == 1
    assert forwarded == [report(3), *late]
    assert judged(handler) == ""


def test_output_behind_its_end_is_handled() -> None:
    output = message("log_external_stream", {"stream": "stdout", "text": "x"})
    handler, forwarded = printed(OPENED, CLOSED, output)
    assert sorted(handler.texts) == ["closed", "log_external_stream", "opened"]
    assert forwarded == []


def test_a_copy_of_a_report_is_text() -> None:
    lines = [OPENED, report(1), report(1).replace(", ", ","), log("a"), log("a"), CLOSED, OPENED, report(1), CLOSED]
    handler, forwarded = printed(*lines)
    assert len(reports(handler)) == 1
    assert handler.texts.count("a") == 2
    assert forwarded == [lines[2], report(1)]
    assert judged(handler) == ""


def test_a_second_content_for_the_same_asset_is_not_decided_here() -> None:
    """Dagster refuses two reports of one asset, because nothing tells which one is forged."""
    assert len(reports(printed(OPENED, report(1), report(2), CLOSED)[0])) == 2


def test_half_a_line_behind_the_end_is_text_unless_messages_follow_it() -> None:
    assert judged(printed(OPENED, report(1), CLOSED, report(2)[:50])[0]) == ""
    lost = [OPENED, CLOSED, OPENED[:-3], report(2), CLOSED]
    assert "this side could not read a line" in judged(printed(*lost)[0])
    assert "this side could not read a line" in judged(printed(OPENED, report(1)[:50], CLOSED)[0])


def test_a_report_with_a_number_above_the_count_of_its_session_is_known_to_be_forged() -> None:
    one = Session()
    forged = message("report_asset_materialization", {"asset_key": "forged"}, n=f"{one.token}{one.id}j.77")
    lines = [one.opened(), one.report(), one.closed()]
    handler, _ = printed(*lines[:2], forged, lines[2])
    assert "message 77 of the JVM arrived, which its session did not send" in judged(handler)
    handler, forwarded = printed(*lines, forged)
    assert forwarded == [forged]
    assert judged(handler) == ""


def kept(arrived: list[str], *on_stderr: str) -> tuple[RecordingHandler, list[str]]:
    """The handler after its channel and the driver's stderr were read, and what of stderr is text."""
    from dagster_pipes_jvm.read.messages.lines import hand_over_undelivered
    from dagster_pipes_jvm.wire import decode_line

    handler = numbered_handler()
    source = MessageLines(handler, "s3://bucket/prefix")  # type: ignore[arg-type]  # a recorder
    for line in arrived:
        source.feed(line, "a line")
    source.finish()
    text = [line for line in on_stderr if not account(handler).keep_undelivered(line, decode_line(line))]
    hand_over_undelivered(handler)  # type: ignore[arg-type]  # a recorder of the handler's calls
    return handler, text


def test_on_stderr_copies_and_forged_numbers_are_text() -> None:
    forged = message("report_asset_materialization", {"asset_key": "forged"}, n="k3f9a1x7c2j.77")
    late = message("log", {"message": "late", "level": "INFO"}, n="k3f9a1x7c2j.78")
    lines = [SESSION[3], forged, late, *REPLAY]
    handler, text = kept(SESSION, *lines)
    assert handler.texts == TEXTS
    assert text == lines
    assert handler.warnings == []
    assert judged(handler) == ""


def test_of_what_stands_on_stderr_only_what_is_missing_is_handled() -> None:
    handler, text = kept([*SESSION[:2], *SESSION[3:]], SESSION[1], SESSION[2], SESSION[3], *REPLAY)
    assert sorted(handler.texts) == sorted(TEXTS)
    assert text == [SESSION[1], SESSION[3], *REPLAY]
    assert judged(handler) == ""


def test_the_writers_own_copy_of_a_delivered_line_is_no_text_before_the_end_of_its_session() -> None:
    """The store has the line, and its answer was lost: the writer cannot know, and also writes it to stderr."""
    handler, text = kept(SESSION[:3], *SESSION[1:])
    assert handler.texts == TEXTS
    assert text == []
    assert judged(handler) == ""
