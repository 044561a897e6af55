"""The shorthand in which the AWS CLI takes a step: `Type=Spark,Name=nightly,Args=[--class,acme.A,s3://b/a.jar]`.

Source: https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-shorthand.html
"""

import re

_BLANKS = re.compile(r"\s*")
_KEY = re.compile(r"\s*([A-Za-z_]\w*)\s*=\s*")
_BARE = re.compile(r"(?:\\.|[^,\]\\'\"])(?:\\.|[^,\]\\])*")
_BARE_VALUE = re.compile(r"(?:\\.|[^,\\])*")


class NotShorthandError(ValueError):
    """The string is not the shorthand of a step; the text says why."""


def read_shorthand(text: str) -> dict[str, str | list[str]]:
    """The mapping that the AWS CLI makes of a step in shorthand.

    Raises:
        NotShorthandError: it would refuse the string.
    """
    step: dict[str, str | list[str]] = {}
    at = 0
    while at < len(text):
        found = _KEY.match(text, at)
        if found is None:
            raise NotShorthandError(f"`KEY=VALUE` is missing at character {at}")
        key, at = found[1], found.end()
        if key in step:
            raise NotShorthandError(f"`{key}` is given twice")
        if text.startswith("[", at):
            step[key], at = _list(text, at + 1)
        else:
            value, at = _value(text, at, _BARE_VALUE)
            step[key] = value
            items = [value]
            # `Args=a,b,Name=c`: a list without brackets ends where the next key begins.
            while text.startswith(",", at) and at + 1 < len(text) and not _KEY.match(text, at + 1):
                item, at = _value(text, at + 1, _BARE_VALUE)
                items.append(item)
                step[key] = items
        if at < len(text) and text[at] != ",":
            raise NotShorthandError(f"a comma is missing at character {at}")
        at += 1
    if not step:
        raise NotShorthandError("it is empty")
    return step


def _list(text: str, at: int) -> tuple[list[str], int]:
    items: list[str] = []
    while True:
        at += len(text[at:]) - len(text[at:].lstrip())
        if text.startswith("]", at):
            return items, at + 1
        item, at = _value(text, at, _BARE)
        items.append(item)
        if text.startswith(",", at):
            at += 1
        elif not text.startswith("]", at):
            raise NotShorthandError("a list has no end")


def _value(text: str, at: int, bare: re.Pattern[str]) -> tuple[str, int]:
    quote = text[at : at + 1]
    if quote in ("'", '"') and quote:
        found = re.compile(rf"{quote}((?:\\.|[^{quote}\\])*){quote}", re.DOTALL).match(text, at)
        if found is None:
            raise NotShorthandError(f"a {quote} has no partner")
        return re.sub(r"\\(['\"\\])", r"\1", found[1]), _BLANKS.match(text, found.end()).end()  # type: ignore[union-attr]  # always
    found = bare.match(text, at)
    if found is None:
        return "", at
    return re.sub(r"\\(.)", r"\1", found[0]).strip(), found.end()
