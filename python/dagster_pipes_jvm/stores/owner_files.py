"""Files and directories that only their owner can read, because messages and contexts can hold data.

The JVM's partner is `dagsterpipes.internal.OwnerFiles`. In a directory with the setgid bit, a new file belongs to the
directory's group, and the group can read it: two users share such a directory. The umask still applies.
"""

import os
import stat
from pathlib import Path

_OWNER, _OWNER_AND_GROUP = 0o600, 0o660


def create(path: Path) -> None:
    """Create an empty file; it never has another mode.

    Raises:
        FileExistsError: there is one.
    """
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _mode_in(path.parent)))


def write(path: Path, content: bytes) -> None:
    """Write a whole file, new or in the place of an old one."""
    mode = _mode_in(path.parent)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as opened:
        if hasattr(os, "fchmod"):
            os.fchmod(
                opened.fileno(), stat.S_IMODE(os.fstat(opened.fileno()).st_mode) & mode
            )  # An old one had its own.
        opened.write(content)


def make_directories(path: Path) -> None:
    """Create a directory, and those above it that do not exist."""
    if path.is_dir():
        return
    make_directories(path.parent)
    mode = _mode_in(path.parent)
    path.mkdir(mode | (mode & 0o440) >> 2, exist_ok=True)


def _mode_in(directory: Path) -> int:
    return _OWNER_AND_GROUP if directory.stat().st_mode & stat.S_ISGID else _OWNER
