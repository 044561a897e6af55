"""`make dev`, or another `dagster dev`, on a port and in a directory of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.conftest import REPOSITORY

_FINAL = ("SUCCESS", "FAILURE", "CANCELED")


class Dev:
    """The web UI that runs.

    Args:
        process: the command.
        address: where the web UI is.
        state: where the examples keep what they write.
        log: the output of the command and of all processes that it started.
    """

    def __init__(self, process: "subprocess.Popen[bytes]", address: str, state: Path, log: Path) -> None:
        self._process = process
        self._log = log
        self.address = address
        self.state = state

    @property
    def output(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def ask(self, query: str) -> Any:
        """The answer to a GraphQL query, as soon as the server listens."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        body = json.dumps({"query": query}).encode()
        request = urllib.request.Request(f"{self.address}/graphql", body, {"Content-Type": "application/json"})
        while self._process.poll() is None:
            try:
                with opener.open(request) as answer:
                    return json.load(answer)["data"]
            except OSError:
                threading.Event().wait(0.2)
        raise AssertionError(f"the web UI ended with exit code {self._process.returncode}:\n{self.output}")

    def finished_run(self) -> str:
        """How the only run ended, as soon as it has."""
        while True:
            runs = self.ask("{ runsOrError { ... on Runs { results { status } } } }")["runsOrError"]["results"]
            if runs and runs[0]["status"] in _FINAL:
                return str(runs[0]["status"])
            threading.Event().wait(0.2)

    def run_of(self, asset: str, *, has_ended: bool = False) -> str:
        """The id of the only run of an asset, as soon as the run exists, or has ended."""
        query = "{ runsOrError { ... on Runs { results { runId status assetSelection { path } } } } }"
        while True:
            for run in self.ask(query)["runsOrError"]["results"]:
                if run["assetSelection"] == [{"path": [asset]}] and (not has_ended or run["status"] in _FINAL):
                    return str(run["runId"])
            threading.Event().wait(0.2)


@contextmanager
def started(directory: Path) -> Iterator[Dev]:
    """Start `make dev`, and end it as a plain `kill` does."""
    command = [sys.executable, str(REPOSITORY / "examples" / "migration" / "dev.py")]
    with serving(lambda _: command, {"DEMO_STATE_DIR": str(directory / "state")}, directory) as server:
        yield server


@contextmanager
def serving(command: Callable[[int], Sequence[str]], environment: Mapping[str, str], directory: Path) -> Iterator[Dev]:
    """Start a web UI, and end it as a plain `kill` does.

    Args:
        command: gives the command for a port, which `DEV_PORT` in its environment has, too.
        environment: the variables of the command beside those of the tests.
        directory: the directory of its state and its log.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    state, log = directory / "state", directory / "dev.log"
    env = {**os.environ, **environment, "DEV_PORT": str(port)}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command(port), env=env, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        yield Dev(process, f"http://127.0.0.1:{port}", state, log)
    finally:
        process.terminate()
        try:
            process.wait(timeout=120)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise
