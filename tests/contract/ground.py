"""The part of a platform in the contract suite: a client, and ways to cause faults."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Literal

from dagster_pipes_jvm import PipesSparkClient, SparkJob
from tests.support.processes import processes_naming

JOB = Path(__file__).parent / "job.py"


class Ground(ABC):
    """One platform, ready for the jobs of one test.

    Args:
        world: what `world` gave; it is shared by all tests.
        folder: of the test, in which its jobs leave their marks.
    """

    cannot: ClassVar[frozenset[str]] = frozenset()
    """The abilities that the platform lacks: `continue` with a job of an earlier attempt, `lose` an answer, `refuse` a
    request, be `late` with logs."""

    @classmethod
    @abstractmethod
    @contextmanager
    def world(cls, folder: Path) -> Iterator[Any]:
        """The place itself, for all tests."""

    def __init__(self, world: Any, folder: Path) -> None:
        self.world = world
        self.folder = folder

    @abstractmethod
    def client(self, *, poll_interval_seconds: float = 0.5, **patience: Any) -> PipesSparkClient:
        """A client with short time limits, except those that are given."""

    def job(self, action: str, **given: Any) -> SparkJob:
        """A job that runs `job.py` with this action."""
        return SparkJob(str(JOB), args=[action, str(self.folder)], **given)

    def started(self) -> int:
        """How many jobs were started."""
        return len(list(self.folder.glob("started-*")))

    def running(self) -> dict[int, str]:
        """Processes of jobs that run."""
        return {pid: line for pid, line in processes_naming(self.folder).items() if JOB.name in line}

    def open_gate(self) -> None:
        """Let waiting jobs continue."""
        (self.folder / "gate").touch()

    def lose(self, what: Literal["answer", "request"]) -> None:
        """The next start's answer never comes, or its request never arrives."""
        raise NotImplementedError

    def refuse(self, what: Literal["start", "look", "list"] | None) -> None:
        """From now on the platform refuses that, or nothing."""
        raise NotImplementedError

    def delay_logs(self, seconds: float) -> None:
        """Logs come so long after a job's end."""
        raise NotImplementedError
