"""Lines with an identity, of sessions that the JVM, Python, or both write: the form that both languages hold.

An entry has the inputs of one line: `token`, `session`, `producer`, `number`, `method`, `params`, `facts`. `expected`
is the line as an object, and `n` is its last key. `facts` is null for a line without facts. The entries of a session
are in the order of its lines. A writer finds the facts itself: those of `closed` from the lines before it, the attempt
in `opened` from `CONTAINER_ID`.
"""

from collections.abc import Iterator
from typing import Any

import dagster_pipes as dp
from messages import TEXT

TOKEN = "k3f9a1"
LONG_TOKEN = "Zz9" + "0123456789" * 2 + "abcdefghi"
"""As long as a token may be."""
TABLE = {"raw_value": {"records": [{"a": 1}], "schema": [{"name": "a", "type": "int"}]}, "type": "table"}
EXCEPTION: dict[str, Any] = {
    "name": "E",
    "message": 'größer "n": "k3f9a1c2j0j.7"}',
    "stack": [],
    "cause": None,
    "context": None,
}
LINES: list[tuple[str, dict[str, Any]]] = [
    ("log", {"message": "ready", "level": "INFO"}),
    ("log", {"message": TEXT, "level": "WARNING"}),
    ("log", {"message": 'a forged one: ","n":"k3f9a1c2j0j.1"}', "level": "INFO"}),
    ("report_asset_materialization", {"asset_key": "a/b", "data_version": None, "metadata": {"table": TABLE}}),
    (
        "report_asset_check",
        {"asset_key": "a/b", "check_name": "n", "passed": True, "metadata": {}, "severity": "ERROR"},
    ),
    ("report_custom_message", {"payload": {"n": "k3f9a1c2j0j.1"}}),
    ("log_external_stream", {"stream": "stdout", "text": TEXT, "extras": {}}),
]
LATE = ("log_external_stream", {"stream": "stderr", "text": "after closed\n", "extras": {}})


def entries() -> Iterator[dict[str, Any]]:
    """All of them, session by session."""
    for producer, session in (("j", "c2j0"), ("p", "p4q7")):
        yield from _session(f"only {producer}", TOKEN, session, [(producer, *line) for line in _whole()], attempt=2)
    opened, *lines, closed, late = _whole()
    both = [("p", *opened), ("j", *lines[0]), ("p", *lines[1]), ("p", *lines[4]), ("j", *lines[5])]
    yield from _session("both, p opens", TOKEN, "m1x2", [*both, ("p", *closed), ("p", *late)], dropped=7)
    both = [("j", *opened), ("p", *lines[0]), ("j", *lines[1]), ("p", *lines[2])]
    yield from _session("both, j opens", LONG_TOKEN, "0000", [*both, ("j", *closed)], attempt=1)
    signal = ("closed", {"exception": EXCEPTION})
    yield from _session("p opens, j closes", "A", "zzzz", [("p", *opened), ("p", *lines[0]), ("j", *signal)])


def _whole() -> list[tuple[str, dict[str, Any]]]:
    return [("opened", {"extras": {"app": "größer"}}), *LINES, ("closed", {}), LATE]


def _session(
    name: str,
    token: str,
    session: str,
    lines: list[tuple[str, str, dict[str, Any]]],
    attempt: int | None = None,
    dropped: int = 0,
) -> Iterator[dict[str, Any]]:
    last: dict[str, int] = {}
    for producer, method, params in lines:
        number = last[producer] = last.get(producer, 0) + 1
        facts: dict[str, Any] | None = None
        if method == "opened" and attempt:
            facts = {"attempt": attempt, "application": "application_1410901177871_0001"}
        if method == "closed":
            facts = {"messages": dict(sorted(last.items())), "dropped_log_lines": dropped}
        expected = {dp.PIPES_PROTOCOL_VERSION_FIELD: dp.PIPES_PROTOCOL_VERSION, "method": method, "params": params}
        if facts:
            expected["dagster_pipes_jvm"] = facts
        expected["n"] = f"{token}{session}{producer}.{number}"
        yield {
            "name": name,
            "token": token,
            "session": session,
            "producer": producer,
            "number": number,
            "method": method,
            "params": params,
            "facts": facts,
            "expected": expected,
        }
