"""The shown form of a command: without secrets, and with only the beginning of the session's parameters."""

import re
from collections.abc import Sequence

REDACTED = "*********(redacted)"

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


def is_secret(name: str) -> bool:
    """Whether the value with this name must not be shown."""
    return re.fullmatch(_SECRET_NAME, name) is not None


def shown_words(words: Sequence[str]) -> list[str]:
    """The shown form of the words of a command; one of them may be a script."""
    return [
        REDACTED if index and _SECRET_OPTION.fullmatch(words[index - 1]) else shown_text(word)
        for index, word in enumerate(words)
    ]


def shown_text(text: str) -> str:
    """The shown form of one word, or of a script."""
    is_script = "spark-submit" in text
    if not is_script and (word := _SECRET_WORD.fullmatch(text)):
        return word[1] + REDACTED
    text = _SESSION_VALUE.sub(_shortened, text)
    text = _QUOTED_SECRET_ASSIGNMENT.sub(rf"\g<1>{REDACTED}", text)
    text = _SECRET_ASSIGNMENT.sub(rf"\g<1>{REDACTED}", text)
    return _SECRET_OPTION_IN_SCRIPT.sub(rf"\g<1>{REDACTED}", text)


def _shortened(found: re.Match[str]) -> str:
    name, value = found.groups()
    if len(value) <= _SHOWN_CHARACTERS:
        return found[0]
    return f"{name}{value[:_SHOWN_CHARACTERS]}...({len(value):,} characters)"
