"""Text that need not be UTF-8. Messages are, because all writers write UTF-8: another byte is damage."""

import re

ERRORS = "surrogateescape"
"""Decode lines with this handler of errors, so that `is_utf_8` can tell."""
NOT_UTF_8 = "bytes that are no UTF-8"
"""Why a line is no message."""

_ESCAPED = re.compile("[\udc80-\udcff]")


def is_utf_8(text: str) -> bool:
    """Whether a string that was decoded with `ERRORS` was UTF-8."""
    return text.isascii() or _ESCAPED.search(text) is None


def shown(text: str) -> str:
    """A string that was decoded with `ERRORS`, with U+FFFD for each byte that is no UTF-8."""
    return text if text.isascii() else _ESCAPED.sub("\ufffd", text)
