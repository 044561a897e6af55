import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from dagster_pipes_jvm.run.process import GroupProcess

# A process that starts another one, which ignores SIGTERM when told to, and says both ids on stdout.
PARENT = """
import os, signal, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
sys.exit(int(sys.argv[2])) if sys.argv[2] else signal.pause()
"""
CHILD = "import signal; print('ready', flush=True); signal.pause()"
DEAF_CHILD = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + CHILD[len("import signal; ") :]


def start(command: list[str]) -> tuple[GroupProcess, list[str], threading.Event]:
    lines: list[str] = []
    first = threading.Event()

    rest = b""

    def on_stdout(data: bytes) -> None:
        nonlocal rest
        *complete, rest = (rest + data).split(b"\n")
        lines.extend(line.decode() for line in complete)
        if lines:
            first.set()

    process = GroupProcess(command, environment=os.environ, cwd=None, on_stdout=on_stdout, on_stderr=lambda _: None)
    return process, lines, first


def has_ended(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    try:
        return stat.read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def wait_until(condition: Callable[[], bool]) -> None:
    waiting = threading.Event()
    for _ in range(1000):
        if condition():
            return
        waiting.wait(0.01)
    pytest.fail("the condition did not come true in 10 s")


def test_output_arrives_line_by_line_and_the_end_of_stderr_is_kept() -> None:
    code = "import sys; print('out'); sys.stderr.write('a\\n\\xff' * 500 + 'last'); sys.exit(3)"
    process, lines, _ = start([sys.executable, "-c", code])
    assert process.wait() == 3
    assert lines == ["out"]
    assert process.tail[-1].endswith("last")
    assert len(process.tail) == 400


@pytest.mark.parametrize("child", [CHILD, DEAF_CHILD], ids=["child", "child that ignores SIGTERM"])
def test_terminating_ends_the_whole_group(child: str) -> None:
    process, lines, first = start([sys.executable, "-c", PARENT, child, ""])
    assert first.wait(30)
    process.ask_to_end()
    process.kill()
    wait_until(lambda: has_ended(int(lines[0])))
    assert has_ended(process.pid)


@pytest.mark.parametrize("child", [CHILD, DEAF_CHILD], ids=["child", "child that ignores SIGTERM"])
def test_a_child_that_the_process_left_behind_is_ended_with_it(child: str) -> None:
    process, lines, _ = start([sys.executable, "-c", PARENT, child, "0"])
    assert process.wait() == 0
    wait_until(lambda: has_ended(int(lines[0])))


def test_a_signal_that_ended_the_process_is_its_negative_exit_code() -> None:
    process, _, first = start([sys.executable, "-c", "import signal; print('ready', flush=True); signal.pause()"])
    assert first.wait(30)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL


def test_a_consumer_that_fails_does_not_block_the_process() -> None:
    def broken(data: bytes) -> None:
        raise OSError("closed")

    process = GroupProcess(
        [sys.executable, "-c", "print('x' * 100 + '\\n' * 200_000)"],
        environment=os.environ,
        cwd=None,
        on_stdout=broken,
        on_stderr=broken,
    )
    assert process.wait() == 0


def test_output_without_a_line_end_arrives_as_it_comes_and_the_tail_has_its_last_state() -> None:
    code = (
        "import signal, sys; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1]); sys.stderr.write('10%\\r50%');"
        " sys.stderr.flush(); signal.sigwait([signal.SIGUSR1]); sys.stderr.write('\\r100%\\r')"
    )
    seen, is_there = bytearray(), threading.Event()

    def on_stderr(data: bytes) -> None:
        seen.extend(data)
        is_there.set()

    process = GroupProcess(
        [sys.executable, "-c", code], environment=os.environ, cwd=None, on_stdout=lambda _: None, on_stderr=on_stderr
    )
    assert is_there.wait(30)
    assert bytes(seen) == b"10%\r50%"
    os.kill(process.pid, signal.SIGUSR1)
    assert process.wait() == 0
    assert bytes(seen) == b"10%\r50%\r100%\r"
    assert process.tail == ["100%"]
