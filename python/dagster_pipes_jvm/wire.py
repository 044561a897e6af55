"""The names of the wire, and one line of text to one message and back.

A message is one line of JSON: `{"__dagster_pipes_version": "0.1", "method": "log", "params": {...}}`. Its JVM
counterpart is `dagsterpipes.wire`; the specification is `dagster_pipes/__init__.py`.

Both sides import it: Python 3.9, and a job that may lack dagster_pipes.
"""

from __future__ import annotations

import json
import re
import secrets
import string
import sys
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

MAX_CONTEXT_BYTES = 16 * 1024 * 1024
"""How much JSON a job decodes as the parameters of its session, or as its context."""

INSTRUMENT_CONTEXT_KEY = "dagster_pipes_jvm_instrument"
"""The key of `{"outputs": {...}, "inputs": {...}}` in the context of an instrumented job. Other readers ignore it."""

THREAD_FAILURE = "dagsterpipes.instrument.ThreadFailure"
"""The name of the exception of an instrumented job whose main has left its work to a thread that then failed."""

STDIO_KEY = "stdio"
BUFFERED_STDIO_KEY = "buffered_stdio"
URI_KEY = "uri"
"""Names a place in any file system: of the context a file, of the messages the directory of their chunks."""
UPLOAD_INTERVAL_MILLIS_KEY = "upload_interval_millis"
"""How long a log line may wait in the writer, said by our readers of chunks; Dagster's own reader does not send it, and the JVM
writer then paces itself so that a reader of one chunk every 11 s keeps up."""
RUN_TOKEN_KEY = "run_token"
"""The token of the run: letters and digits. A reader that sends it requests an identity in every line. Dagster's readers
do not send it."""
RUN_TOKEN_FORM = r"[A-Za-z0-9]{1,32}"
"""The regular expression of a token."""
SESSION_CHARACTERS = 4
"""The length of the id of a session in its run."""
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
LAUNCH_KEY = "launch"
"""The identity of the launch. Clients send it if their platform may start a job twice."""
JOB_NAME = "job"
"""The object under the prefix that names the first job of a launch."""
SESSION_FACTS_KEY = "dagster_pipes_jvm"
"""The key of the facts that a message has beside `params`, and that Dagster ignores. `closed` has
`{"messages": {"j": 120, "p": 34}, "dropped_log_lines": 0}`, the last number of each producer. `opened` has
`{"attempt": 2, "application": "application_1410901177871_0001"}` if the platform says it."""


LOG_METHODS = frozenset({"log", "log_external_stream"})
"""What a job sends most, and what neither is a result nor says anything about its session."""
RESULT_METHODS = frozenset({"report_asset_materialization", "report_asset_check"})
"""What becomes a result of the step."""
REPORT_METHODS = RESULT_METHODS | {"report_custom_message"}
"""What a job reports of its work; of a job that was started again only the last attempt's count."""
MAX_REPORT_LEVELS = 200
"""The levels of lists and mappings that a reported value may have. The other side might not decode a deeper one."""
METHODS = LOG_METHODS | REPORT_METHODS | {"opened", "closed"}
"""All methods of this version of the protocol."""


_WORD_CHARACTERS = string.ascii_lowercase + string.digits


def is_run_token(value: Any) -> bool:
    """Whether a value is a token that a reader may send."""
    return isinstance(value, str) and re.fullmatch(RUN_TOKEN_FORM, value) is not None


def random_word(characters: int) -> str:
    """A random word of lower case letters and digits, for tokens and sessions."""
    return "".join(secrets.choice(_WORD_CHARACTERS) for _ in range(characters))


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
        raise NotAMessageError(not_decoded(e)) from None
    return as_message(decoded)


def not_decoded(e: Exception) -> str:
    """The reason why `json` did not decode a string. One beyond Python's own limit of levels may be valid JSON."""
    if isinstance(e, RecursionError):
        return f"nested deeper than this Python decodes, whose recursion limit is {sys.getrecursionlimit():,}"
    return f"no JSON ({e})"


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
