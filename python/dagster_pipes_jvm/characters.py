"""Half characters, which no store and no page takes, and their replacement."""

import re

REPLACEMENT = "\ufffd"
"""The character in the place of one that cannot be encoded."""

_HALF_CHARACTERS = re.compile("[\ud800-\udfff]")


def has_half_characters(text: str) -> bool:
    """Whether a string has a surrogate without its partner, which UTF-8 cannot encode."""
    try:
        # Both take less time than a search.
        return not text.isascii() and not text.encode()
    except UnicodeEncodeError:
        return True


def whole_characters(text: str) -> str:
    """The string with U+FFFD in the place of each surrogate without its partner; the same object if there is none."""
    return _HALF_CHARACTERS.sub(REPLACEMENT, text) if has_half_characters(text) else text
