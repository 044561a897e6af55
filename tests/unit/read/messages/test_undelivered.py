import tracemalloc

from dagster_pipes_jvm.read.messages.account import RunAccount
from dagster_pipes_jvm.read.messages.lines import hand_over_undelivered
from dagster_pipes_jvm.read.messages.undelivered import Undelivered
from dagster_pipes_jvm.wire import decode_line
from tests.support.numbered import TOKEN, Session, account, numbered_handler


def test_the_lines_of_an_attempt_that_does_not_count_are_forgotten() -> None:
    handler, session = numbered_handler(), Session()
    for text in ("old", "new"):
        account(handler).undelivered.forget()
        line = session.log(text)
        assert account(handler).keep_undelivered(line, decode_line(line))
    hand_over_undelivered(handler)  # type: ignore[arg-type]  # a recorder of the handler's calls
    assert handler.texts == ["new"]


def test_a_gigabyte_of_them_is_kept_on_disk() -> None:
    run = RunAccount(run_token=TOKEN, undelivered=Undelivered(memory_bytes=1000))
    padding, session = "x" * 10_000, Session()
    tracemalloc.start()
    try:
        for number in range(500):
            line = session.log(f"\ud83d {number} {padding}")
            assert run.keep_undelivered(line, decode_line(line))
        kept_bytes, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept_bytes < 1_000_000
    with run.undelivered.taken_out() as kept:
        assert kept is not None
        assert [(session, producer, one.intervals) for session, producer, one in kept.numbers] == [
            ("x7c2", "j", [(1, 500)])
        ]
        assert [(number, decode_line(line)["params"]) for number, line in kept.lines] == [
            (number + 1, {"message": f"\ud83d {number} {padding}", "level": "INFO"}) for number in range(500)
        ]
