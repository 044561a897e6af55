"""What would be sent, as a diff against what is sent today."""

import json
import re
from collections.abc import Mapping
from difflib import unified_diff
from typing import Any

from dagster_pipes_jvm.platforms.emr.render import RenderedStep

_SESSION_VALUE = re.compile(
    r"(spark\.dagster\.pipes\.(?:context|messages)=|DAGSTER_PIPES_(?:CONTEXT|MESSAGES)=)([A-Za-z0-9+/=_-]+)"
)
_SHOWN_CHARACTERS = 12
# Spark's default of `spark.redaction.regex`, in a name that ends with `=` or is an option by itself.
_SECRET_NAME = r"[^\s=\"']*(?i:secret|password|token|access[.]?key)[^\s=\"']*"
_SECRET_ASSIGNMENT = re.compile(rf"({_SECRET_NAME}[\"']?=)('[^']*'|\"[^\"]*\"|[^\s\"']+)")
_QUOTED_SECRET_ASSIGNMENT = re.compile(rf"(([\"']){_SECRET_NAME}=)(?:(?!\2).)*", re.DOTALL)
_SECRET_WORD = re.compile(rf"({_SECRET_NAME}=).*", re.DOTALL)
_SECRET_OPTION = re.compile(rf"--?{_SECRET_NAME}")
_SECRET_OPTION_IN_SCRIPT = re.compile(rf"(\s--?{_SECRET_NAME}\s+)('[^']*'|\"[^\"]*\"|[^\s-]\S*)")
_REDACTED = "*********(redacted)"


def plan(rendered: RenderedStep) -> str:
    """A unified diff of the step that would be sent against the given one; the step itself where nothing changes.

    The session's parameters are shortened, secrets are left out. What else is to be said follows, each line behind a `#`.
    """
    given = _lines(rendered.given)
    sent = _lines({**rendered.step, **rendered.request})
    diff = list(unified_diff(given, sent, "given", "sent", n=len(given), lineterm=""))
    return "\n".join([*(diff or [f" {line}" for line in given]), *(f"# {note}" for note in rendered.notes)])


def _lines(step: Mapping[str, Any]) -> list[str]:
    return json.dumps(_shown(step), indent=2, sort_keys=True, ensure_ascii=False).splitlines()


def _shown(value: Any) -> Any:
    if isinstance(value, Mapping):
        if "Key" in value and _is_secret(str(value["Key"])):
            return {**value, "Value": _REDACTED}
        return {name: _REDACTED if _is_secret(name) else _shown(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [
            _REDACTED if index and _SECRET_OPTION.fullmatch(str(value[index - 1])) else _shown(item)
            for index, item in enumerate(value)
        ]
    return _shown_text(value) if isinstance(value, str) else value


def _is_secret(name: str) -> bool:
    return re.fullmatch(_SECRET_NAME, name) is not None


def _shown_text(text: str) -> str:
    is_script = "spark-submit" in text
    if not is_script and (word := _SECRET_WORD.fullmatch(text)):
        return word[1] + _REDACTED
    text = _SESSION_VALUE.sub(_shortened, text)
    text = _QUOTED_SECRET_ASSIGNMENT.sub(rf"\g<1>{_REDACTED}", text)
    text = _SECRET_ASSIGNMENT.sub(rf"\g<1>{_REDACTED}", text)
    return _SECRET_OPTION_IN_SCRIPT.sub(rf"\g<1>{_REDACTED}", text)


def _shortened(found: re.Match[str]) -> str:
    name, value = found.groups()
    if len(value) <= _SHOWN_CHARACTERS:
        return found[0]
    return f"{name}{value[:_SHOWN_CHARACTERS]}...({len(value):,} characters)"
