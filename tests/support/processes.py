"""Finding what a test has left behind, by what it was started with (Linux: `/proc`)."""

import ipaddress
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


def descendants(pid: int) -> set[int]:
    """The process and every one below it, those included that began sessions of their own."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue  # It ended between the listing and the look.
    found = {pid}
    while len(more := found | {child for child, parent in parents.items() if parent in found}) > len(found):
        found = more
    return found


def listening(pids: set[int]) -> dict[str, int]:
    """The TCP sockets on which these processes wait for connections: address and port, and the process."""
    pid_by_inode = {}
    for pid in pids:
        try:
            for entry in Path(f"/proc/{pid}/fd").iterdir():
                name = os.readlink(entry)
                if name.startswith("socket:["):
                    pid_by_inode[name[len("socket:[") : -1]] = pid
        except OSError:
            continue  # It ended, or closed the file.
    found = {}
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in pid_by_inode:
                address, port = fields[1].split(":")
                words = [bytes.fromhex(address[n : n + 8])[::-1] for n in range(0, len(address), 8)]
                ip = ipaddress.ip_address(b"".join(words))
                found[f"{getattr(ip, 'ipv4_mapped', None) or ip} {int(port, 16)}"] = pid_by_inode[fields[9]]
    return found
