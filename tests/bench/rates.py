"""What channels.py runs on Python's own dagster_pipes: the double of Rates.java, where the arguments and the results are
described.
"""

import platform
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from logging import Logger
from pathlib import Path

from dagster_pipes import open_dagster_pipes


def measure(log: Logger, message: str, threads: int, nanoseconds: int) -> str:
    begin = time.perf_counter_ns()

    def logging(_: int) -> int:
        messages = 0
        while time.perf_counter_ns() - begin < nanoseconds:
            log.info(message)
            messages += 1
        return messages

    with ThreadPoolExecutor(threads) as pool:
        messages = sum(pool.map(logging, range(threads)))
    return f"{threads} {messages} {time.perf_counter_ns() - begin}"


def main(message: str, results: str, rounds: str, milliseconds: str, *threads: str) -> None:
    lines = [f"Python {platform.python_version()}"]
    with open_dagster_pipes() as pipes:
        for _ in range(int(rounds)):
            for number in threads:
                lines.append(measure(pipes.log, message, int(number), int(milliseconds) * 1_000_000))
    Path(results).write_text("\n".join(lines))


if __name__ == "__main__":
    main(*sys.argv[1:])
