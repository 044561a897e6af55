import json
from collections.abc import Iterable
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from dagster_pipes_jvm.read.messages.decoder import LogDecoder, Piece, pieces
from tests.support.recording import log, message

# Ordinary text: anything but the beginning of a message, with characters that JSON and UTF-8 make something of.
TEXT = st.text(st.sampled_from('abc{}[]":,\\ \t\r\u2028é\U0001f680\n'), max_size=30)
MESSAGE = st.builds(
    lambda text, more, escaped: json.dumps(
        {"__dagster_pipes_version": "0.1", "method": "log", "params": {"message": text, "more": more}},
        ensure_ascii=escaped,
    ),
    st.text(st.sampled_from('a{}":\\\n\u2028é\U0001f680'), max_size=30) | st.just('{"__dagster_pipes_version"'),
    st.recursive(
        st.none() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3), max_leaves=5
    ),
    st.booleans(),
)
LOG = st.lists(st.tuples(st.sampled_from(["text", "message"]), TEXT, MESSAGE, st.sampled_from(["\n", "\r\n", ""])))


def decoded(parts: Iterable[bytes]) -> list[Piece]:
    decoder = LogDecoder()
    found = [piece for part in parts for piece in decoder.feed(part)]
    return [*found, *decoder.finish()]


def text_of(found: Iterable[Piece]) -> str:
    return "".join(piece.text for piece in found if piece.message is None)


def messages_of(found: Iterable[Piece]) -> list[Any]:
    return [piece.message for piece in found if piece.message is not None]


@given(LOG, st.lists(st.integers(1, 40), max_size=30))
@example([("message", "", '{"__dagster_pipes_version": "0.1", "method": "é", "params": null}', "\n")], [1] * 100)
def test_every_message_and_all_text_come_out_in_order_wherever_the_log_is_cut(
    log_entries: list[tuple[str, str, str, str]], cuts: list[int]
) -> None:
    """A message may have text in front of it and behind it on its line, and another message right behind it."""
    written, text, messages = "", "", []
    after_message = False
    for kind, words, line, end in log_entries:
        if kind == "text":
            if after_message and words.startswith(("\n", "\r\n")):
                words = f"x{words}"  # A line end behind a message is the message's own.
            written, text, after_message = written + words, text + words, after_message and not words
        else:
            if after_message and not end and written.endswith("\r"):
                continue
            written, after_message = written + line + end, not end
            messages.append(json.loads(line))
    data, parts = written.encode(), []
    for cut in cuts:
        parts.append(data[:cut])
        data = data[cut:]
    found = decoded([*parts, data])
    assert messages_of(found) == messages
    assert text_of(found) == text
    assert not any(piece.fault for piece in found)


@given(st.lists(MESSAGE, min_size=1, max_size=4), st.integers(0, 3), st.integers(1, 20), TEXT)
def test_a_message_that_something_cut_in_the_middle_is_a_fault_and_costs_no_other(
    lines: list[str], which: int, kept: int, words: str
) -> None:
    which %= len(lines)
    damaged = lines[which][: len('{"__dagster_pipes_version"') + kept] + words.replace('"', "")
    found = decoded(["\n".join([*lines[:which], damaged, *lines[which + 1 :]]).encode()])
    assert messages_of(found) == [json.loads(line) for n, line in enumerate(lines) if n != which]
    assert len([piece for piece in found if piece.fault]) == 1
    assert text_of(found) == damaged + ("\n" if which < len(lines) - 1 else "")


def test_a_cut_message_does_not_swallow_the_one_that_is_glued_to_it() -> None:
    found = list(pieces(f"{log('a')[:40]}{log('b')}rest\n"))
    assert [bool(piece.message) for piece in found] == [False, True, False]
    assert found[0].fault.startswith("no JSON (")
    assert found[2].text == "rest\n"


def test_a_line_that_is_one_message_may_have_its_keys_in_any_order() -> None:
    line = '{"method": "log", "params": {}, "__dagster_pipes_version": "0.1"}\n'
    assert messages_of(decoded([line.encode()])) == [json.loads(line)]
    not_alone = f"seen: {line}"
    assert text_of(decoded([not_alone.encode()])) == not_alone


def test_text_without_an_end_is_handed_on_before_it_has_one_and_a_long_message_is_not() -> None:
    decoder = LogDecoder()
    block = b"=" * 100_000
    early = [piece for _ in range(10) for piece in decoder.feed(block)]
    assert len(text_of(early)) > 900_000
    long = log("x" * 3_000_000).encode()
    for start in range(0, len(long), 65_536):
        found = list(decoder.feed(long[start : start + 65_536]))
        assert messages_of(found) == []
        early += found
    found = list(decoder.feed(b"\n"))
    assert messages_of(found) == [json.loads(long)]
    assert text_of([*early, *found]) == "=" * 1_000_000


def test_what_is_longer_than_any_message_is_text_with_a_fault() -> None:
    decoder = LogDecoder(longest_message_characters=1_000_000)
    long = log("x" * 3_000_000).encode()
    too_long = [*decoder.feed(long), *decoder.finish()]
    assert too_long[0].fault == "longer than 1,000,000 characters"
    assert text_of(too_long) == long.decode()


def test_a_message_that_was_cut_into_records_is_put_together() -> None:
    """Docker cuts lines at 16,384 bytes and CloudWatch at 256 KiB, without a word."""
    line = log("é" * 9_000)
    assert len(line) > 3 * 16_384
    cut = [line[start : start + 16_384] for start in range(0, len(line), 16_384)]
    decoder = LogDecoder()
    records = ["before", *cut, "behind", "two\nlines", log("next")]
    found = [piece for record in records for piece in decoder.feed_record(record)]
    assert messages_of(found) == [json.loads(line), json.loads(log("next"))]
    assert text_of(found) == "before\nbehind\ntwo\nlines\n"


def test_records_that_make_no_message_together_are_forwarded_one_by_one_and_counted() -> None:
    cut = log("x" * 20_000)[:16_384]
    for following in ("ordinary", log("next")):
        decoder = LogDecoder()
        found = [piece for record in (cut, following) for piece in decoder.feed_record(record)]
        found += decoder.finish()
        assert [piece.text for piece in found if piece.fault] == [f"{cut}\n"]
        assert messages_of(found) == ([] if following == "ordinary" else [json.loads(following)])


def test_a_message_without_params_is_told_by_its_reason() -> None:
    (piece,) = pieces('{"__dagster_pipes_version": "0.1", "method": "log"}')
    assert piece.fault == "a message without `params`"
    assert message("log")
