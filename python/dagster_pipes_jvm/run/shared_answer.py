"""An answer of a platform that all runs of this process share which need it at the same time."""

from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class SharedAnswer(Generic[T]):
    """The latest answer to one request. Threads: any. One asks the platform, and the others share the next answer.

    An answer that was on its way before a call may lack what the caller has done, so that it is not taken.
    """

    def __init__(self) -> None:
        self._begun = 0
        self._answered = 0
        self._answer: list[T] = []
        self._asking = Lock()

    def get(self, ask: Callable[[], T]) -> T:
        """An answer to a request that began after this call.

        Args:
            ask: makes the request. Its exception is for this caller alone, and the next caller asks.
        """
        begun_before = self._begun
        with self._asking:
            if self._answered <= begun_before:
                self._begun += 1
                self._answer = [ask()]
                self._answered = self._begun
            return self._answer[0]
