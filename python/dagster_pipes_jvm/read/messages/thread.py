"""The thread that reads while the job runs."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from dagster import PipesMessageHandler


@contextmanager
def reading(handler: PipesMessageHandler, name: str, read: Callable[[Event], None]) -> Iterator[None]:
    """Run `read` in a thread for as long as the block runs; then wait until it has read to the end.

    `read` gets an event that is set when the external process has ended: it then reads what is there and returns.
    What it raises becomes an engine event at once, and is raised when the block ends without another exception.
    """
    ended = Event()
    failures: list[BaseException] = []

    def target() -> None:
        try:
            read(ended)
        except BaseException as e:
            failures.append(e)
            handler.report_pipes_framework_exception(f"{name} thread", sys.exc_info())

    thread = Thread(target=target, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
    if failures:
        raise failures[0]
