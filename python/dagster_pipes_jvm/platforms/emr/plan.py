"""The step that would be sent, as a diff against the step that is sent today."""

import json
from collections.abc import Mapping, Sequence
from difflib import unified_diff
from typing import Any

from dagster_pipes_jvm.platforms.emr.step import EMRStep
from dagster_pipes_jvm.submit.redaction import REDACTED, is_secret, shown_text, shown_words


def plan(given: EMRStep, sent: EMRStep, notes: Sequence[str] = ()) -> str:
    """A unified diff of the step that would be sent against the given one, or the step itself if nothing changes.

    The session's parameters are shortened, and secrets are left out. The notes follow, each on a line that begins with
    `#`.

    Args:
        given: the step as the user has it.
        sent: the step with all changes.
        notes: the notes for the user.
    """
    lines = _lines(given)
    diff = list(unified_diff(lines, _lines(sent), "given", "sent", n=len(lines), lineterm=""))
    return "\n".join([*(diff or [f" {line}" for line in lines]), *(f"# {note}" for note in notes)])


def _lines(step: EMRStep) -> list[str]:
    return json.dumps(_shown(step.written()), indent=2, sort_keys=True, ensure_ascii=False).splitlines()


def _shown(value: Any) -> Any:
    if isinstance(value, Mapping):
        if "Key" in value and is_secret(str(value["Key"])):
            return {**value, "Value": REDACTED}
        return {name: REDACTED if is_secret(name) else _shown(item) for name, item in value.items()}
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return shown_words(value)
    if isinstance(value, list):
        return [_shown(item) for item in value]
    return shown_text(value) if isinstance(value, str) else value
