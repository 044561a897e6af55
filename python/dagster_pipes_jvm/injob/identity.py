"""The identity of each line that Python writes, in its key `n`: `TOKEN SESSION p.NUMBER`.

    {"__dagster_pipes_version": "0.1", "method": "log", "params": {...}, "n": "k3f9a1x7c2jp.12"}

A reader requests it with a token. Without a token, lines are those of dagster_pipes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from threading import Lock
from typing import Any, Optional

from dagster_pipes import DagsterPipesError

from dagster_pipes_jvm.injob.levels import check_levels
from dagster_pipes_jvm.injob.write.attempts import application_of_container, attempt_of_container
from dagster_pipes_jvm.texts import invalid_value
from dagster_pipes_jvm.wire import (
    IDENTITY_KEY,
    LOG_METHODS,
    PYTHON_PRODUCER,
    REPORT_METHODS,
    RUN_TOKEN_KEY,
    SESSION_CHARACTERS,
    SESSION_FACTS_KEY,
    is_run_token,
    random_word,
)


def new_session(params: Mapping[str, Any]) -> str:
    """The token of the run and the random id of a new session; empty if the reader sent no token.

    Raises:
        DagsterPipesError: the token is not one.
    """
    token = params.get(RUN_TOKEN_KEY)
    if token is None:
        return ""
    if not is_run_token(token):
        raise DagsterPipesError(
            invalid_value(
                parameter=RUN_TOKEN_KEY,
                call="open_pipes",
                expected="1 to 32 letters and digits of ASCII",
                got=f"{token!r}, sent by the orchestration side in the messages parameter",
                remedy="Let the message reader send such a token, or none.",
                anchor="message-channel",
            )
        )
    return f"{token}{random_word(SESSION_CHARACTERS)}"


class Numbers:
    """Numbers the lines that Python writes in one session: from 1, without gaps.

    `next` proposes a number, and `admit` uses it up. Call `admit` before the line can leave this process. If the write
    breaks off, a gap is better than two lines with one number, since a reader ignores the second one.

    Writers that share a session share this object. Threads: hold `lock` from `next` until the line is written, so that
    lines have the order of their numbers.

    Args:
        session: token and session id, see `new_session`; empty: lines have no identity.
        container_id: the `CONTAINER_ID` of YARN, which contains the attempt; `None`: from the environment.

    Attributes:
        lock: see above.
        admitted (int): the number of the last admitted line.
        dropped_log_lines (int): the number of log lines that were dropped, for `closed`.
    """

    def __init__(self, session: str, container_id: Optional[str] = None) -> None:
        self.lock = Lock()
        self._session = session
        self._key = f', "{IDENTITY_KEY}": "{session}{PYTHON_PRODUCER}.'
        container_id = container_id or os.environ.get("CONTAINER_ID")
        self._attempt = attempt_of_container(container_id)
        self._application = application_of_container(container_id)
        self.restart()

    def restart(self) -> None:
        """Begin again at 1. No line of the session may have arrived."""
        self.admitted = 0
        self.dropped_log_lines = 0

    @property
    def are_requested(self) -> bool:
        """Whether lines have an identity."""
        return bool(self._session)

    def next(self, message: Mapping[str, Any], closed_facts: Optional[Mapping[str, Any]] = None) -> Any:
        """The message with the next number; `opened` and `closed` also with the facts of the session.

        Args:
            message: a message of dagster_pipes.
            closed_facts: what `closed` says of the session; `None`: `closed_facts()`.

        Raises:
            DagsterPipesError: see `check_levels`.
        """
        if message["method"] in REPORT_METHODS:
            check_levels(message)
        if not self._session:
            return message
        facts = self._facts(message["method"], closed_facts)
        named = {SESSION_FACTS_KEY: facts} if facts else {}
        return {**message, **named, IDENTITY_KEY: f"{self._session}{PYTHON_PRODUCER}.{self.admitted + 1}"}

    def line(self, message: Mapping[str, Any], closed_facts: Optional[Mapping[str, Any]] = None) -> str:
        """As `next`, encoded, at a lower cost for the lines that a job sends most."""
        if not self._session or message["method"] not in LOG_METHODS:
            return json.dumps(self.next(message, closed_facts))
        return f'{json.dumps(message)[:-1]}{self._key}{self.admitted + 1}"}}'

    def closed_facts(self, **unknown: None) -> Mapping[str, Any]:
        """The facts of a `closed` with the next number.

        Args:
            unknown: the other producers, if nobody knows their number of lines: `j=None`. A producer that is left out
                has no lines.
        """
        messages = {PYTHON_PRODUCER: self.admitted + 1, **unknown}
        return {"messages": messages, "dropped_log_lines": self.dropped_log_lines}

    def admit(self) -> None:
        """Use the next number: the line with it was admitted."""
        self.admitted += 1

    def take_back(self) -> None:
        """Give the last number to the next line: the line that had it was certainly not written."""
        self.admitted -= 1

    def _facts(self, method: str, closed_facts: Optional[Mapping[str, Any]]) -> Optional[Mapping[str, Any]]:
        if method == "opened" and self._attempt is not None:
            return {"attempt": self._attempt, "application": self._application}
        if method == "closed":
            return self.closed_facts() if closed_facts is None else closed_facts
        return None
