"""The numbers of Python's lines, in the form of the golden file that the JVM also reads."""

import json
from itertools import groupby
from typing import Any

import pytest
from dagster_pipes import DagsterPipesError

from dagster_pipes_jvm.injob.identity import Numbers, new_session
from dagster_pipes_jvm.texts import PAGE_URL
from tests.unit.test_golden import GOLDEN

LINES = [json.loads(line) for line in (GOLDEN / "identity.jsonl").read_text(encoding="utf-8").splitlines()]
SESSIONS = {name: list(lines) for name, lines in groupby(LINES, key=lambda line: line["name"])}


def message(line: dict[str, Any]) -> dict[str, Any]:
    return {"__dagster_pipes_version": "0.1", "method": line["method"], "params": line["params"]}


@pytest.mark.parametrize("name", [name for name, lines in SESSIONS.items() if any(x["producer"] == "p" for x in lines)])
def test_pythons_lines_have_the_bytes_of_the_golden_file(name: str) -> None:
    lines = SESSIONS[name]
    opened = next(line for line in lines if line["method"] == "opened")
    attempt = (opened["facts"] or {}).get("attempt")
    container_id = f"container_1410901177871_0001_{attempt:02d}_000001" if attempt else "none"
    numbers = Numbers(lines[0]["token"] + lines[0]["session"], container_id)
    is_alone = all(line["producer"] == "p" for line in lines)
    for line in lines:
        if line["producer"] == "p":
            # If the JVM writes, too, it adds the facts of `closed`.
            facts = None if is_alone else line["facts"]
            assert numbers.line(message(line), facts) == json.dumps(line["expected"])
            assert json.dumps(numbers.next(message(line), facts)) == json.dumps(line["expected"])
            numbers.admit()


def test_a_line_that_was_not_admitted_leaves_its_number_to_the_next_one() -> None:
    numbers = Numbers("k3f9a1c2j0", "none")
    first, second = (numbers.next(message(line))["n"] for line in LINES[:2])
    assert first == second == "k3f9a1c2j0p.1"
    numbers.admit()
    assert numbers.next(message(LINES[0]))["n"] == "k3f9a1c2j0p.2"
    numbers.take_back()
    assert numbers.next(message(LINES[0]))["n"] == "k3f9a1c2j0p.1"


def test_dropped_log_lines_have_no_number_and_closed_tells_how_many_there_were() -> None:
    numbers = Numbers("k3f9a1c2j0", "none")
    numbers.admit()
    numbers.dropped_log_lines = 3
    closed = {"__dagster_pipes_version": "0.1", "method": "closed", "params": {}}
    assert numbers.next(closed)["dagster_pipes_jvm"] == {"messages": {"p": 2}, "dropped_log_lines": 3}


def test_without_a_token_a_message_stays_as_it_is() -> None:
    numbers = Numbers(new_session({}), "container_1410901177871_0001_02_000001")
    assert not numbers.are_requested
    for line in LINES:
        assert numbers.next(message(line)) == message(line)
        assert numbers.line(message(line)) == json.dumps(message(line))


def test_each_session_has_another_id_behind_the_token() -> None:
    sessions = {new_session({"run_token": "Zz9"}) for _ in range(100)}
    assert len(sessions) == 100
    assert all(session.startswith("Zz9") and len(session) == 7 for session in sessions)


@pytest.mark.parametrize("token", ["", "a" * 33, "a.b", "gr\u00f6\u00dfe", "abc\n", 7, True, ["a"]])
def test_a_token_of_another_form_is_an_error_that_names_the_parameter(token: Any) -> None:
    with pytest.raises(DagsterPipesError) as caught:
        new_session({"run_token": token})
    assert str(caught.value) == (
        "Invalid value for parameter `run_token` of `open_pipes`. Expected 1 to 32 letters and digits of ASCII, got"
        f" {token!r}, sent by the orchestration side in the messages parameter. Let the message reader send such a token, or"
        f" none. See {PAGE_URL}#message-channel"
    )
