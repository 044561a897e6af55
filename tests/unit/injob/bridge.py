"""A bridge that keeps what Python sends to the JVM."""

import json
from pathlib import Path
from types import SimpleNamespace

from py4j.protocol import Py4JError, Py4JJavaError, Py4JNetworkError

from dagster_pipes_jvm.injob.jvm_writer import PipesJvmMessageWriterChannel


def java_error(text: str) -> Py4JJavaError:
    """As py4j raises what a method of the JVM throws."""
    return Py4JJavaError(
        "An error occurred while calling o1.write.\n", SimpleNamespace(_target_id="o2", getMessage=lambda: text)
    )


class Bridge:
    """Keeps each line. `answers` has what the next calls of `write` do instead: raise an error, or return a number.

    A line whose call raises `Py4JNetworkError` was written before the JVM ended.
    """

    sessions = 0

    def __init__(self, session: str | None = "") -> None:
        Bridge.sessions += 1
        self.lines: list[str] = []
        self.answers: list[int | BaseException | None] = []
        self._session = f"tok{Bridge.sessions:04d}" if session == "" else session
        self.is_gone = False

    def session(self) -> str | None:
        return self._session

    def write(self, method: str, line: str) -> int:
        assert json.loads(line)["method"] == method
        if self.is_gone:
            raise Py4JNetworkError("Answer from Java side is empty")
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, int) and answer < 0:
            return answer
        if not isinstance(answer, Py4JJavaError):
            self.lines.append(line)
        if isinstance(answer, BaseException):
            self.is_gone = isinstance(answer, Py4JNetworkError)
            raise answer
        return answer or 0

    def close(self) -> None:
        if self.is_gone:
            raise Py4JNetworkError("Answer from Java side is empty")

    @property
    def numbers(self) -> list[str]:
        return [json.loads(line)["n"].removeprefix(str(self._session)) for line in self.lines]


class OlderBridge(Bridge):
    def session(self) -> str:
        raise Py4JError("An error occurred while calling o1.session. Trace: Method session([]) does not exist")


def channel(bridge: Bridge, path: Path) -> PipesJvmMessageWriterChannel:
    return PipesJvmMessageWriterChannel(bridge, {"path": str(path)})
