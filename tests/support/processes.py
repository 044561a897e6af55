"""Finding what a test has left behind, by what it was started with (Linux: `/proc`)."""

import os
from pathlib import Path


def processes_naming(text: str | Path) -> dict[int, str]:
    """Command lines, by process id, of the processes other than this one whose arguments name `text` (a folder of the test)."""
    wanted = str(text)
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue  # It ended between the listing and the look.
        if wanted in command:
            found[int(entry.name)] = command.strip()
    return found
