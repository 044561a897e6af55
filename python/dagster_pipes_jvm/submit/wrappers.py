"""The programs that run another one, once, with the words behind it: `sudo -u hadoop spark-submit ...`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")


@dataclass(frozen=True)
class _Wrapper:
    """The grammar of a program.

    Args:
        switches: its options of one character that have no value.
        valued: those that have one.
        long: its long options, with an equals sign behind those that have a value.
        positionals: the number of words between its options and the program.
        has_assignments: whether variables may come before the program.
    """

    switches: str = ""
    valued: str = ""
    long: tuple[str, ...] = ()
    positionals: int = 0
    has_assignments: bool = False


# An option that is not listed makes the words untold: `sudo -i` gives them to a shell, `sudo -b` does not wait.
_WRAPPERS = {
    "command": _Wrapper("p"),
    "doas": _Wrapper("n", "u"),
    "env": _Wrapper("i", "uC", ("ignore-environment", "unset=", "chdir="), has_assignments=True),
    "exec": _Wrapper("cl", "a"),
    "flock": _Wrapper("nxseoF", "wE", ("nonblock", "exclusive", "shared", "wait=", "close"), positionals=1),
    "ionice": _Wrapper("t", "cn", ("class=", "classdata=", "ignore")),
    "nice": _Wrapper("0123456789", "n", ("adjustment=",)),
    "nohup": _Wrapper(),
    "runuser": _Wrapper("", "ug", ("user=", "group=")),
    "stdbuf": _Wrapper("", "ioe", ("input=", "output=", "error=")),
    "sudo": _Wrapper(
        "AEHknPS",
        "CDgpRrTtu",
        (
            *("preserve-env", "set-home", "non-interactive", "preserve-groups", "stdin", "reset-timestamp", "askpass"),
            *("user=", "group=", "prompt=", "role=", "type=", "command-timeout=", "chdir=", "chroot=", "close-from="),
        ),
        has_assignments=True,
    ),
    "time": _Wrapper("apqv", "fo", ("append", "portability", "quiet", "verbose", "format=", "output=")),
    "timeout": _Wrapper(
        "fpv", "sk", ("foreground", "preserve-status", "verbose", "signal=", "kill-after="), positionals=1
    ),
}


def program_index(words: Sequence[str]) -> int:
    """The number of the word that names the program which runs in the end.

    A program with an option that is not known is itself that program.

    Args:
        words: a command.
    """
    index = 0
    while index < len(words):
        wrapper = _WRAPPERS.get(PurePosixPath(words[index]).name)
        behind = None if wrapper is None else _behind(wrapper, words, index + 1)
        if behind is None:
            return index
        index = behind
    return index


def _behind(wrapper: _Wrapper, words: Sequence[str], index: int) -> int | None:
    """The number of the word behind the wrapper, its options and positionals; `None` if they are not known."""
    while index < len(words) and words[index].startswith("-"):
        word = words[index]
        index += 1
        if word == "--":
            break
        if word == "-" and wrapper.has_assignments:
            continue
        taken = _words_of_long(wrapper, word) if word.startswith("--") else _words_of_short(wrapper, word)
        if taken is None:
            return None
        index += taken
    index += wrapper.positionals
    while wrapper.has_assignments and index < len(words) and ASSIGNMENT.match(words[index]):
        index += 1
    return index if index < len(words) else None


def _words_of_long(wrapper: _Wrapper, word: str) -> int | None:
    name, equals, _ = word[2:].partition("=")
    if f"{name}=" in wrapper.long:
        return 0 if equals else 1
    return 0 if name in wrapper.long else None


def _words_of_short(wrapper: _Wrapper, word: str) -> int | None:
    for place, character in enumerate(word[1:], start=2):
        if character in wrapper.valued:
            return 0 if place < len(word) else 1
        if character not in wrapper.switches:
            return None
    return 0
