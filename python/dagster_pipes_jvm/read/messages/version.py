"""The version of the protocol that a message names, compared with the one that this side knows."""

from collections.abc import Mapping
from typing import Any, cast

from dagster_pipes import PIPES_PROTOCOL_VERSION, PIPES_PROTOCOL_VERSION_FIELD, PipesMessage


def version_of(message: PipesMessage) -> str:
    """The version that a message names."""
    return str(cast("Mapping[str, Any]", message).get(PIPES_PROTOCOL_VERSION_FIELD, PIPES_PROTOCOL_VERSION))


def is_newer(message: PipesMessage) -> bool:
    """Whether a message is of a newer version, so that an unknown method is new and not damaged."""
    return compared(version_of(message)) == "a newer"


def compared(version: str) -> str:
    """A version that is not the known one, in words that precede "version": newer, older or unknown."""
    try:
        came, known = ([int(part) for part in text.split(".")] for text in (version, PIPES_PROTOCOL_VERSION))
    except ValueError:
        return "an unknown"
    return "a newer" if came > known else "an older"
