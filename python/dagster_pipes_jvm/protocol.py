"""The wire: names of the Pipes protocol, and one line of text to one message.

A message is one line of JSON: `{"__dagster_pipes_version": "0.1", "method": "log", "params": {...}}`. Its JVM counterpart
is `dagsterpipes.message`; the specification is `dagster_pipes/__init__.py`.
"""

import json
from typing import Any, cast

from dagster_pipes import PIPES_PROTOCOL_VERSION_FIELD, PipesMessage

CONTEXT_CONF_KEY = "spark.dagster.pipes.context"
MESSAGES_CONF_KEY = "spark.dagster.pipes.messages"

STDIO_KEY = "stdio"
BUFFERED_STDIO_KEY = "buffered_stdio"
URI_KEY = "uri"
"""Names a place in any file system: of the context a file, of the messages the directory of their chunks."""
UPLOAD_INTERVAL_MILLIS_KEY = "upload_interval_millis"
"""How long a log line may wait in the writer, said by our readers of chunks; Dagster's own reader does not send it, and the JVM
writer then paces itself so that a reader of one chunk every 11 s keeps up."""
COUNT_MESSAGES_KEY = "count_messages"
"""Said by our readers: `closed` shall tell how many messages its session sent. Dagster's own readers do not ask."""
READS_JVM_FOLDER_KEY = "reads_jvm_folder"
"""Said by our S3 reader: a session that JVM code of a PySpark driver opens by itself, beside one of Python's, may write under
`PREFIX/jvm/`; else both would write the same numbers."""
STOP_POLL_INTERVAL_MILLIS_KEY = "stop_poll_interval_millis"
"""Said for jobs that their platform does not end when it is told to: how often the JVM looks for the object `stop` under its
prefix, which asks it to end."""
SESSION_FACTS_KEY = "dagster_pipes_jvm"
"""What stands in `closed` beside `params` then: `{"messages": N, "dropped_log_lines": D}`; Dagster passes over it."""


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
    if not isinstance(decoded["params"], dict | None):
        raise NotAMessageError("a message whose `params` is no object")
    return cast("PipesMessage", decoded)
