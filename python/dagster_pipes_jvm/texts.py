"""The sentences that all error messages share.

Executors and the commands of the emulators import this module. So it imports the standard library only: Python 3.9.
"""

from __future__ import annotations

PAGE = "TROUBLESHOOTING.md"
"""The page that errors link to: in the folder of this module in a wheel, and in `META-INF` of the bridge jar."""

PAGE_URL = f"https://github.com/dagster-pipes-jvm/dagster-pipes-jvm/blob/v0.1.0/{PAGE}"
"""The page of this version, which stays where it is after later releases. `Troubleshooting.java` has the same."""


def see(anchor: str) -> str:
    """The last sentence of a message, which links to a section of the page.

    Args:
        anchor: the `id` of the section, which never changes.
    """
    return f"See {PAGE_URL}#{anchor}"


def sentence(text: str) -> str:
    """The text with one full stop at its end. The text of another program, such as a store, may already have one."""
    return text if text.endswith((".", "?", "!")) else f"{text}."


def invalid_value(*, parameter: str, call: str, expected: str, got: str, remedy: str, anchor: str) -> str:
    """The message about a parameter whose value cannot work.

    Args:
        parameter: the name of the parameter.
        call: the function or class that has it.
        expected: the values that work.
        got: the value, and where it was found if that is not obvious.
        remedy: whole sentences that say what to do.
        anchor: see `see`.
    """
    return (
        f"Invalid value for parameter `{parameter}` of `{call}`. Expected {expected}, got {sentence(got)}"
        f" {remedy} {see(anchor)}"
    )
