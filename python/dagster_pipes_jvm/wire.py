"""The names of the wire, and one line of text to one message and back.

A message is one line of JSON: `{"__dagster_pipes_version": "0.1", "method": "log", "params": {...}}`. Its JVM
counterpart is `dagsterpipes.wire`; the specification is `dagster_pipes/__init__.py`.

Both sides import it: Python 3.9, and a job that may lack dagster_pipes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from dagster_pipes import PipesMessage

# The names of dagster_pipes; a test compares them.
DAGSTER_PIPES_CONTEXT_ENV_VAR = "DAGSTER_PIPES_CONTEXT"
DAGSTER_PIPES_MESSAGES_ENV_VAR = "DAGSTER_PIPES_MESSAGES"
PIPES_PROTOCOL_VERSION_FIELD = "__dagster_pipes_version"

CONTEXT_CONF_KEY = "spark.dagster.pipes.context"
MESSAGES_CONF_KEY = "spark.dagster.pipes.messages"
CONF_KEY_BY_VARIABLE = {
    DAGSTER_PIPES_CONTEXT_ENV_VAR: CONTEXT_CONF_KEY,
    DAGSTER_PIPES_MESSAGES_ENV_VAR: MESSAGES_CONF_KEY,
}
"""The two parameters of a session: the environment variable in which Dagster hands each over, and our Spark property."""

STDIO_KEY = "stdio"
BUFFERED_STDIO_KEY = "buffered_stdio"
URI_KEY = "uri"
"""Names a place in any file system: of the context a file, of the messages the directory of their chunks."""
UPLOAD_INTERVAL_MILLIS_KEY = "upload_interval_millis"
"""How long a log line may wait in the writer, said by our readers of chunks; Dagster's own reader does not send it, and the JVM
writer then paces itself so that a reader of one chunk every 11 s keeps up."""
COUNT_MESSAGES_KEY = "count_messages"
"""Said by our readers: `closed` shall tell how many messages its session sent. Dagster's own readers do not ask."""
RUN_TOKEN_KEY = "run_token"
"""The token of the run: letters and digits. A reader that sends it requests an identity in every line. Dagster's readers
do not send it."""
IDENTITY_KEY = "n"
"""The key of a line, beside `params`, that holds its identity: token, session, producer, `.`, number."""
JVM_PRODUCER = "j"
PYTHON_PRODUCER = "p"
"""The producers of lines: each numbers its own lines of a session, from 1."""
READS_JVM_FOLDER_KEY = "reads_jvm_folder"
"""Said by our S3 reader: a session that JVM code of a PySpark driver opens by itself, beside one of Python's, may write under
`PREFIX/jvm/`; else both would write the same numbers."""
STOP_POLL_INTERVAL_MILLIS_KEY = "stop_poll_interval_millis"
"""Said for jobs that their platform does not end when it is told to: how often the JVM looks for the object `stop` under its
prefix, which asks it to end."""
SESSION_FACTS_KEY = "dagster_pipes_jvm"
"""What stands in `closed` beside `params` then: `{"messages": N, "dropped_log_lines": D}`; Dagster passes over it."""


LOG_METHODS = frozenset({"log", "log_external_stream"})
"""What a job sends most, and what neither is a result nor says anything about its session."""
RESULT_METHODS = frozenset({"report_asset_materialization", "report_asset_check"})
"""What becomes a result of the step."""
REPORT_METHODS = RESULT_METHODS | {"report_custom_message"}
"""What a job reports of its work; of a job that was started again only the last attempt's count."""

_raw_decode = json.JSONDecoder().raw_decode


class NotAMessageError(ValueError):
    """The line is no Pipes message; the text says why."""


def decode_line(line: str) -> PipesMessage:
    """Decode one line.

    Raises:
        NotAMessageError: where it is no JSON, no object, has no version field or no `params`, or another type of `method` or
            `params`.
    """
    try:
        decoded: Any = json.loads(line)
    except (ValueError, RecursionError) as e:
        raise NotAMessageError(f"no JSON ({e})") from None
    return as_message(decoded)


def split_log_messages(text: str) -> Iterator[tuple[str, PipesMessage | None]]:
    """The lines of a text, with the message for each that is one of `LOG_METHODS`; `decode_line` tells what the others are.

    Lines are decoded where they stand: `json.loads` for each would cost as much again as the decoding.
    """
    at = 0
    # Never str.splitlines: U+2028 and others may stand inside a message.
    while (end := text.find("\n", at)) >= 0:
        yield text[at:end], _log_message_at(text, at, end)
        at = end + 1
    yield text[at:], _log_message_at(text, at, len(text))


def _log_message_at(text: str, at: int, end: int) -> PipesMessage | None:
    if not (text.startswith("{", at, end) and text.endswith("}", at, end)):
        return None
    try:
        decoded, decoded_to = _raw_decode(text, at)
    except (ValueError, RecursionError):
        return None
    # JSON may go on in the next line, which a message may not.
    if decoded_to != end or not _is_log_method(decoded.get("method")):
        return None
    if PIPES_PROTOCOL_VERSION_FIELD not in decoded or type(decoded.get("params")) is not dict:
        return None
    return cast("PipesMessage", decoded)


def _is_log_method(method: Any) -> bool:
    return type(method) is str and method in LOG_METHODS


def as_message(decoded: Any) -> PipesMessage:
    """A JSON value as the message that it is.

    Raises:
        NotAMessageError: see `decode_line`.
    """
    if not isinstance(decoded, dict):
        raise NotAMessageError(f"JSON, but {type(decoded).__name__} instead of an object")
    if PIPES_PROTOCOL_VERSION_FIELD not in decoded:
        raise NotAMessageError(f"an object without `{PIPES_PROTOCOL_VERSION_FIELD}`")
    if not isinstance(decoded.get("method"), str):
        raise NotAMessageError("a message whose `method` is no string")
    if "params" not in decoded:
        raise NotAMessageError("a message without `params`")
    if not isinstance(decoded["params"], (dict, type(None))):
        raise NotAMessageError("a message whose `params` is no object")
    return cast("PipesMessage", decoded)
