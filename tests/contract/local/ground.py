"""spark-submit on this machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dagster_pipes_jvm import PipesSparkSubmitClient
from dagster_pipes_jvm.run.patience import Patience
from tests.contract.fake_spark import fake_spark_home
from tests.contract.ground import Ground


class SparkSubmit(Ground):
    # The start of a process has no answer to lose, and no service refuses to show it. Its output is read from its
    # pipes. It ends with Dagster's process.
    cannot = frozenset({"continue", "lose", "refuse", "late"})

    @classmethod
    @contextmanager
    def world(cls, folder: Path) -> Iterator[str]:
        yield fake_spark_home(folder / "spark")

    def client(self, **patience: Any) -> PipesSparkSubmitClient:
        return PipesSparkSubmitClient(
            "local[1]",
            spark_home=self.world,
            env={"PYTHONUNBUFFERED": "1"},
            termination_grace_seconds=5,
            patience=Patience(**patience),
        )


GROUND = SparkSubmit
