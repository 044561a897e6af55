"""The step that would be sent, as a diff against the step that is sent today."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from typing import Any

from dagster_pipes_jvm.platforms.emr.step import EMRStep
from dagster_pipes_jvm.redaction import REDACTED, SPARK_KEY, is_secret, secrets_of, shown_text, shown_words


def plan(given: EMRStep, sent: EMRStep, notes: Sequence[str] = ()) -> str:
    """A unified diff of the step that would be sent against the given one, or the step itself if nothing changes.

    The session's parameters are shortened, and secrets are left out. The notes follow, each on a line that begins with
    `#`.

    Args:
        given: the step as the user has it.
        sent: the step with all changes.
        notes: the notes for the user.
    """
    shown = _Shown.of(given, sent)
    lines = shown.lines(given)
    diff = list(unified_diff(lines, shown.lines(sent), "given", "sent", n=len(lines), lineterm=""))
    return "\n".join([*(diff or [f" {line}" for line in lines]), *(f"# {note}" for note in notes)])


@dataclass(frozen=True)
class _Shown:
    """The values that are hidden.

    Args:
        also: the `spark.redaction.regex` of the spark-submit, if it sets one.
        known: the secrets in its words, which may be in a script as well.
    """

    also: str | None = None
    known: frozenset[str] = frozenset()

    @classmethod
    def of(cls, *steps: EMRStep) -> "_Shown":
        submits = [step.submit for step in steps if step.submit is not None]
        also = next(filter(None, (submit.spark_property(SPARK_KEY) for submit in submits)), None)
        return cls(also, frozenset().union(*(secrets_of(submit.words(), also) for submit in submits)))

    def lines(self, step: EMRStep) -> list[str]:
        return json.dumps(self._value(step.written()), indent=2, sort_keys=True, ensure_ascii=False).splitlines()

    def _value(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            if "Key" in value and is_secret(str(value["Key"]), self.also):
                return {**value, "Value": REDACTED}
            return {name: REDACTED if is_secret(name, self.also) else self._value(of) for name, of in value.items()}
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return [shown_text(word, self.known) for word in shown_words(value, self.also)]
        if isinstance(value, list):
            return [self._value(item) for item in value]
        return shown_text(value, self.known) if isinstance(value, str) else value
