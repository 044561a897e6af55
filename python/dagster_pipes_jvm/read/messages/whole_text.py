"""Text that every store and every page takes: what a job sends has half characters replaced, and NUL in names."""

import re
from collections.abc import Mapping
from typing import Any, cast

from dagster_pipes import PIPES_PROTOCOL_VERSION, PIPES_PROTOCOL_VERSION_FIELD, PipesMessage

from dagster_pipes_jvm.characters import REPLACEMENT, has_half_characters, whole_characters

_LOG_PARAMS = {"message", "level"}
_LEVELS = ("INFO", "DEBUG", "WARNING", "ERROR", "CRITICAL")
# PostgreSQL keeps these in columns of their own, and refuses NUL there. In metadata and log messages NUL is escaped.
_NAMES = frozenset({"asset_key", "check_name", "data_version"})

# A surrogate in JSON, with or without its partner. A search for it takes half the time of `in`.
_ESCAPED = re.compile(r"\\u[dD][89a-fA-F]")


def whole_message(message: PipesMessage) -> PipesMessage:
    """The message with each half character in it replaced by U+FFFD, and in names also NUL.

    A half character is a surrogate without its partner. Python's `os.listdir` returns them for names that are not
    UTF-8. Dagster's web server cannot encode them, and then answers 500 for the whole run page.

    Args:
        message: the message, as JSON has it.

    Returns:
        PipesMessage: the same object if nothing has to be replaced.
    """
    params = message["params"]
    if message["method"] == "log" and params is not None and params.keys() == _LOG_PARAMS:
        # Most messages, in a third of the time.
        text, version = params["message"], cast("Mapping[str, Any]", message).get(PIPES_PROTOCOL_VERSION_FIELD)
        is_known = version == PIPES_PROTOCOL_VERSION and params["level"] in _LEVELS
        if is_known and type(text) is str and not has_half_characters(text):
            return message
    if _is_broken(message):
        message = cast("PipesMessage", _whole(message))
        params = message["params"]
    if type(params) is dict and not _NAMES.isdisjoint(params):
        changed = {
            name: value.replace("\0", REPLACEMENT)
            for name in _NAMES & params.keys()
            if isinstance(value := params[name], str) and "\0" in value
        }
        if changed:
            return cast("PipesMessage", {**message, "params": {**params, **changed}})
    return message


def are_logs_whole(lines: str) -> bool:
    """Whether no log message in these lines of JSON can have a half character; one search for all of them."""
    return _ESCAPED.search(lines) is None and not has_half_characters(lines)


def _is_broken(value: Any) -> bool:
    """Whether a half character is anywhere in a JSON value. Without recursion, because JSON may be deeply nested."""
    waiting: list[Any] = [value]
    while waiting:
        one = waiting.pop()
        if type(one) is str:
            if not one.isascii() and has_half_characters(one):
                return True
        elif type(one) is dict:
            waiting += one
            waiting += one.values()
        elif type(one) is list:
            waiting += one
    return False


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        return whole_characters(value)
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return _whole_mapping(value) if isinstance(value, Mapping) else value


def _whole_mapping(value: Mapping[Any, Any]) -> Mapping[Any, Any]:
    whole: dict[Any, Any] = {}
    for key, item in value.items():
        name = whole_characters(key) if isinstance(key, str) else key
        # Two names that differ in half characters alone stay two.
        while name in whole or (name != key and name in value):
            name += REPLACEMENT
        whole[name] = _whole(item)
    return whole
