"""The service of threads, with messages over S3."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dagster_pipes_jvm import PipesJvmS3MessageReader
from dagster_pipes_jvm.run.patience import Patience
from dagster_pipes_jvm_standin.s3_server import LocalS3
from tests.contract.ground import Ground
from tests.contract.threads.platform import ThreadClient, ThreadPlatform
from tests.contract.threads.service import Service


class Threads(Ground):
    @classmethod
    @contextmanager
    def world(cls, folder: Path) -> Iterator[LocalS3]:
        with LocalS3() as s3:
            s3.create_bucket("pipes")
            yield s3

    def __init__(self, world: LocalS3, folder: Path) -> None:
        super().__init__(world, folder)
        self.service = Service(world.environment())

    def client(self, *, platform: ThreadPlatform | None = None, **patience: Any) -> ThreadClient:
        given = {"start_pause_seconds": 0.0, "log_poll_seconds": 0.1, "log_quiet_seconds": 0.1, **patience}
        given = {"poll_interval_seconds": 0.5, "leaves_running_when_stopped": True, **given}
        return ThreadClient(
            platform or ThreadPlatform(self.service),
            lambda: PipesJvmS3MessageReader(bucket="pipes", client=self.world.client()),
            Patience(**given),
        )

    def lose(self, what: Any) -> None:
        self.service.loses = what

    def refuse(self, what: Any) -> None:
        self.service.refuses = what

    def delay_logs(self, seconds: float) -> None:
        self.service.log_delay_seconds = seconds


GROUND = Threads
