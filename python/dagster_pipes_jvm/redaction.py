"""The shown form of values that a user gave: without secrets. The sent form does not pass through here.

A name decides: Spark's default of `spark.redaction.regex` and some more names. In addition some values are known by
their form, such as AWS's access keys. The module imports the standard library only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

REDACTED = "*********(redacted)"
SPARK_KEY = "spark.redaction.regex"

_SESSION_VALUE = re.compile(
    r"(spark\.dagster\.pipes\.(?:context|messages)=|DAGSTER_PIPES_(?:CONTEXT|MESSAGES)=)([A-Za-z0-9+/=_-]+)"
)
_SHOWN_CHARACTERS = 12
# A shorter value occurs in too many places where it is no secret.
_MIN_KNOWN_CHARACTERS = 6

# Spark's default is `(?i)secret|password|token|access[.]?key`.
_SECRET = (
    r"(?i:secret|passwd|password|passphrase|pwd|token|credential|signature|(?:access|account|api|private|shared)[._-]?key"
    r"|(?<!by)(?<!com)(?<!tres)pass(?![a-z])|(?<![a-z])sig(?![a-z]))"
)
# Bounded, so that a long word costs no more than its length. The part before the secret word of a name is kept anyway.
_IN_NAME = r"[^\s=:\"'&;,?<>(){}\[\]\\]{0,120}"
_NAME_END = rf"{_SECRET}{_IN_NAME}"
_NAME = rf"{_IN_NAME}{_NAME_END}"
# The value of a name in a string: in quotes, also in those of JSON within JSON, or up to the next separator.
_VALUE = r"(?!\*{9})(?:\\*\"(?:\\.|[^\"\\])*\\*\"|\\*'(?:\\.|[^'\\])*\\*'|(?:\\.|[^\s\"'&;,)}\]\\])+)"
# A colon follows a name that ends with the secret word, and is not that of a URL.
_ASSIGNED = rf"(?:{_NAME_END}[\"'\\]{{0,4}}\s?=\s?|{_SECRET}[\"'\\]{{0,4}}\s{{0,4}}:(?!//)\s{{0,4}})"

_ASSIGNED_WORD = re.compile(rf"({_ASSIGNED}).*", re.DOTALL)
_QUOTED_ASSIGNMENT = re.compile(rf"(([\"']){_NAME}=)(?:(?!\2).)*", re.DOTALL)
_ASSIGNMENT = re.compile(rf"({_ASSIGNED}){_VALUE}")
_OPTION = re.compile(rf"--?{_NAME}")
_OPTION_IN_TEXT = re.compile(rf"((?:^|[\s\"'\[(])--?{_NAME}[\"']?(?:,\s*|\s+))(?!-){_VALUE}")
# "Pass" as the first word of a sentence is no name.
_QUOTED_VALUE = re.compile(rf"((?!(?<![\w.-])Pass\s){_NAME_END}[\"']?,?\s{{1,4}})('[^']*'|\"[^\"]*\")")
_USER_OPTION = re.compile(r"-u|--(?:proxy-)?user(?:name|pwd)?")
_USER_OPTION_IN_TEXT = re.compile(
    r"((?:^|[\s\"'])(?:-u|--(?:proxy-)?user)[\"']?(?:,\s{0,4}|\s{1,4})[\"']?[^\s:/\"']{1,120}:)[^\s\"']+"
)
_USER_AND_PASSWORD = re.compile(r"([^\s:/]+:)(\S+)")
_HIDDEN_BEFORE_AT = [
    # The password in a URL; s3a's old form has slashes in it.
    re.compile(r"(\bs3[an]?://[^\s:/@\"']+:)[^\s@\"']+(?=@)"),
    re.compile(r"(\b[A-Za-z][A-Za-z0-9+.-]{0,30}://[^\s/:@\"']*:)[^\s/\"']+(?=@)"),
    # The form of Oracle.
    re.compile(r"(\bjdbc:oracle:[a-z0-9]+:[^\s/@\"']+/)[^\s@\"']+(?=@)"),
]
_KNOWN_FORMS = [
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL),
    re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    re.compile(r"\bgh[a-z]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}|\bxox[a-z]-[\w-]{10,}|\bdapi[0-9a-f]{32}\b"),
    re.compile(r"\beyJ[\w-]+\.eyJ[\w-]+\.[\w-]*"),
]
_AUTHORIZATION = re.compile(r"\b((?i:bearer|basic)\s+)[A-Za-z0-9._~+/=-]{8,}")


def is_secret(name: str, also: str | None = None) -> bool:
    """Whether the value with this name must not be shown.

    Args:
        name: the name of a property, a variable or an option.
        also: the `spark.redaction.regex` of the job, if it sets one.
    """
    return re.search(_SECRET, name) is not None or _finds(also, name)


def shown_words(words: Sequence[str], also: str | None = None) -> list[str]:
    """The shown form of the words of a command; one of them may be a script.

    Args:
        words: the words.
        also: see `is_secret`. As in Spark, it is searched in names and in values.
    """
    shown = []
    for index, word in enumerate(words):
        before = words[index - 1] if index else ""
        if _OPTION.fullmatch(before) or (before.startswith("-") and "=" not in before and _finds(also, before)):
            shown.append(REDACTED)
        elif _USER_OPTION.fullmatch(before) and (found := _USER_AND_PASSWORD.fullmatch(word)):
            shown.append(found[1] + REDACTED)
        else:
            shown.append(_shown_word(word, also))
    return shown


def shown_text(text: str, known: Iterable[str] = ()) -> str:
    """The shown form of a message, of output, or of a script.

    Args:
        text: the string.
        known: the secrets that are known, see `secrets_of`.
    """
    for value in sorted(known, key=len, reverse=True):
        text = text.replace(value, REDACTED)
    text = _SESSION_VALUE.sub(_shortened, text)
    for form in _KNOWN_FORMS:
        text = form.sub(REDACTED, text)
    for before in _HIDDEN_BEFORE_AT:
        text = before.sub(rf"\g<1>{REDACTED}", text)
    for pattern in (
        _QUOTED_ASSIGNMENT,
        _ASSIGNMENT,
        _OPTION_IN_TEXT,
        _USER_OPTION_IN_TEXT,
        _QUOTED_VALUE,
        _AUTHORIZATION,
    ):
        text = pattern.sub(rf"\g<1>{REDACTED}", text)
    return text


def secrets_of(words: Sequence[str], also: str | None = None) -> frozenset[str]:
    """The values that `shown_words` hides, without those that are too short to be replaced elsewhere."""
    found = set()
    for word, shown in zip(words, shown_words(words, also), strict=True):
        start = shown.removesuffix(REDACTED)
        if start != shown and word.startswith(start):
            found.add(word[len(start) :])
        for pattern in (*_HIDDEN_BEFORE_AT, _ASSIGNMENT, _OPTION_IN_TEXT, _QUOTED_VALUE):
            found.update(match[0][match.end(1) - match.start() :] for match in pattern.finditer(word))
    values = {value.strip("\\\"' ") for value in found}
    return frozenset(value for value in values if len(value) >= _MIN_KNOWN_CHARACTERS)


def _shown_word(word: str, also: str | None) -> str:
    name, is_assigned, value = word.partition("=")
    if is_assigned and (_finds(also, name) or _finds(also, value)):
        return f"{shown_text(name)}={REDACTED}"
    # The end of a value within a script or a list of options is not certain, so nothing follows it but in a script.
    if "spark-submit" not in word and (found := _ASSIGNED_WORD.search(word)):
        return shown_text(word[: found.start()]) + found[1] + REDACTED
    return shown_text(word)


def _finds(pattern: str | None, text: str) -> bool:
    if not isinstance(pattern, str) or not pattern:
        return False
    try:
        return re.search(pattern, text) is not None
    except re.error:
        return True  # Java may read it, and this side cannot tell what it means.


def _shortened(found: re.Match[str]) -> str:
    name, value = found.groups()
    if len(value) <= _SHOWN_CHARACTERS:
        return found[0]
    return f"{name}{value[:_SHOWN_CHARACTERS]}...({len(value):,} characters)"
