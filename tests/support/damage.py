"""Sessions with one line that is damaged, or that Dagster refuses; and a Spark that sends them."""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dagster_pipes_jvm import PipesJvmFileMessageReader, PipesSparkSubmitClient
from tests.support.numbered import Session

MATERIALIZATION = "report_asset_materialization"
CHECK = "report_asset_check"
LINES = ("opened", "log", MATERIALIZATION, CHECK, "report_custom_message", "log_external_stream", "closed")
_HTML = b"<html><body>502 Bad Gateway</body></html>"


@dataclass(frozen=True)
class Damage:
    """The damage of one line.

    Args:
        what: it in words, as the name of the test.
        method: the method of the line.
        reason: what the error says of it.
        apply: the line as it arrives.
        is_closed: whether `closed` arrives.
    """

    what: str
    method: str
    reason: str
    apply: Callable[[bytes], bytes]
    is_closed: bool = True

    @property
    def number(self) -> int:
        """The number of the line, from 1."""
        return LINES.index(self.method) + 1

    @property
    def is_of_asset(self) -> bool:
        """Whether the asset's materialization is lost."""
        return self.method == MATERIALIZATION

    @property
    def is_of_log(self) -> bool:
        """Whether only a log line is lost."""
        return self.method.startswith("log")


def session(*, is_numbered: bool = True) -> list[bytes]:
    """The lines of a session that reports the asset `probe` with `rows` 7, and its check `fresh`."""
    writer = Session()
    rows = {"rows": {"raw_value": 7, "type": "int"}, "city": {"raw_value": "M\u00fcnchen", "type": "text"}}
    report = {"asset_key": "probe", "metadata": rows, "data_version": "v1"}
    check = {"asset_key": "probe", "check_name": "fresh", "passed": True, "severity": "WARN", "metadata": {}}
    lines = [
        writer.opened(),
        writer.log("hello"),
        writer.line(MATERIALIZATION, report),
        writer.line(CHECK, check),
        writer.line("report_custom_message", {"payload": {"a": 1}}),
        writer.line("log_external_stream", {"stream": "stdout", "text": "out\n", "extras": {}}),
        writer.closed(),
    ]
    decoded = [json.loads(line) for line in lines]
    if not is_numbered:
        decoded = [{key: line[key] for key in ("__dagster_pipes_version", "method", "params")} for line in decoded]
    return [json.dumps(line, ensure_ascii=False).encode() for line in decoded]


def damaged(damage: Damage, *, is_numbered: bool = True) -> list[bytes]:
    """The lines of `session`, one of them damaged."""
    lines = session(is_numbered=is_numbered)
    lines[damage.number - 1] = damage.apply(lines[damage.number - 1])
    return lines


def _replaced(old: str, new: bytes) -> Callable[[bytes], bytes]:
    def apply(line: bytes) -> bytes:
        assert line.count(old.encode()) == 1, (old, line)
        return line.replace(old.encode(), new)

    return apply


def _with(change: Callable[[dict[str, Any]], Any]) -> Callable[[bytes], bytes]:
    def apply(line: bytes) -> bytes:
        message = json.loads(line)
        change(message)
        return json.dumps(message).encode()

    return apply


def _params(**changed: Any) -> Callable[[bytes], bytes]:
    return _with(lambda message: message["params"].update(changed))


def _whole_params(params: Any) -> Callable[[bytes], bytes]:
    return _with(lambda message: message.update(params=params))


def _metadata(value: Any) -> Callable[[bytes], bytes]:
    return _params(metadata={"rows": value})


_NO_FLOAT = {"raw_value": [1], "type": "float"}

DAMAGES = (
    Damage("a broken character", MATERIALIZATION, "no JSON (", _replaced('"params"', b'"params')),
    Damage("a byte that is no UTF-8", MATERIALIZATION, "bytes that are no UTF-8", _replaced("\u00fc", b"\xfc")),
    Damage("a character less", MATERIALIZATION, "no JSON (", lambda line: line[1:]),
    Damage("half a line", MATERIALIZATION, "cut off, no JSON (", lambda line: line[: len(line) // 2]),
    Damage("a proxy's HTML", MATERIALIZATION, "no JSON (", lambda _: _HTML),
    Damage("another method", MATERIALIZATION, "Unknown message method: report_assit", _replaced("_asset_", b"_assit_")),
    Damage("a method that is a number", MATERIALIZATION, "`method` is no string", _with(lambda m: m.update(method=1))),
    Damage("no method", MATERIALIZATION, "`method` is no string", _with(lambda m: m.pop("method"))),
    Damage("no version", MATERIALIZATION, "without `__dagster_pipes_v", _with(lambda m: m.pop("__dagster_pipes_version"))),
    Damage("params that are a list", MATERIALIZATION, "`params` is no object", _whole_params(["probe"])),
    Damage("params that are a string", MATERIALIZATION, "`params` is no object", _whole_params("probe")),
    Damage("params that are null", MATERIALIZATION, "TypeError: ", _whole_params(None)),
    Damage("params that are empty", MATERIALIZATION, "TypeError: ", _whole_params({})),
    Damage("no params", MATERIALIZATION, "a message without `params`", _with(lambda m: m.pop("params"))),
    Damage("another name of a param", MATERIALIZATION, "argument", _replaced('"metadata"', b'"metadeta"')),
    Damage("an asset key that is a list", MATERIALIZATION, 'Param "asset_key"', _params(asset_key=["probe"])),
    Damage("metadata that are a list", MATERIALIZATION, "CheckError", _params(metadata=["rows"])),
    Damage("an unknown type of metadata", MATERIALIZATION, "", _metadata({"raw_value": 7, "type": "integer"})),
    Damage("a value of another type", MATERIALIZATION, "CheckError", _metadata({"raw_value": [7], "type": "int"})),
    Damage("a value without its type", MATERIALIZATION, "", _metadata({"raw_value": 7})),
    Damage("a data version that is a number", MATERIALIZATION, 'Param "data_version"', _params(data_version=5)),
    Damage("a report of what Spark wrote", MATERIALIZATION, "", _params(metadata={"spark/wall_seconds": _NO_FLOAT})),
    Damage("a check's severity", CHECK, "severity", _params(severity="FATAL")),
    Damage("a check's result", CHECK, 'Param "passed"', _params(passed="yes")),
    Damage("a custom message without its payload", "report_custom_message", "TypeError: ", _whole_params({})),
    Damage("a broken log line", "log", "no JSON (", _replaced('"hello"', b'"hello')),
    Damage("a log line's level", "log", "TRACE", _params(level="TRACE")),
    Damage("a log line's text", "log", 'Param "message"', _params(message=5)),
    Damage("output of an unknown stream", "log_external_stream", "Unexpected stream", _params(stream="stdlog")),
    Damage("a broken opened", "opened", "no JSON (", _replaced('"extras"', b'"extras')),
    Damage("another method than opened", "opened", "Unknown message method: openad", _replaced("opened", b"openad")),
    Damage("a broken closed", "closed", "no JSON (", _replaced('"method"', b'"method'), is_closed=False),
    Damage("another method than closed", "closed", "method: clased", _replaced("closed", b"clased"), is_closed=False),
    Damage("closed with an exception that is none", "closed", "", _params(exception="boom")),
)  # fmt: skip


def damage_called(what: str) -> Damage:
    """A damage by its name."""
    (damage,) = [damage for damage in DAMAGES if damage.what == what]
    return damage


_SPARK_SUBMIT = '''#!{python}
"""Sends the lines in the file that spark-submit is told to run, by the channel that the conf names."""
import base64, json, pathlib, sys, zlib
key = "spark.dagster.pipes.messages="
(encoded,) = [word.partition(key)[2] for word in sys.argv if key in word]
params = json.loads(zlib.decompress(base64.b64decode(encoded)))
text = pathlib.Path(sys.argv[-1]).read_bytes().replace(b"k3f9a1", params["run_token"].encode())
if "path" in params:
    pathlib.Path(params["path"]).write_bytes(text)
else:
    getattr(sys, params["stdio"]).buffer.write(text)
'''


class SendingSpark:
    """A Spark home whose spark-submit sends the lines of the application's file.

    Args:
        folder: a new folder.
    """

    def __init__(self, folder: Path) -> None:
        self._home = folder / "spark"
        self._application = folder / "lines.py"
        for name, text in (("spark-submit", _SPARK_SUBMIT.format(python=sys.executable)), ("java", "#!/bin/sh\n")):
            path = self._home / "bin" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            path.chmod(0o755)

    def client(self, reader: Any = None) -> PipesSparkSubmitClient:
        """A client whose jobs this Spark runs."""
        return PipesSparkSubmitClient(
            "local",
            spark_home=str(self._home),
            env={"JAVA_HOME": str(self._home)},
            attach_s3a=False,
            message_reader=reader or PipesJvmFileMessageReader(),
        )

    def application(self, lines: Sequence[bytes]) -> str:
        """The application that sends these lines."""
        self._application.write_bytes(b"".join(line + b"\n" for line in lines))
        return str(self._application)
