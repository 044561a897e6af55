"""What every client has in common, so that where a job runs is a value and not different code."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from dagster import AssetExecutionContext, OpExecutionContext
from dagster._core.definitions.resource_annotation import TreatAsResourceParam
from dagster._core.pipes.client import PipesClient
from dagster_pipes import PipesExtras

from dagster_pipes_jvm.invocation import PipesSparkCompletedInvocation
from dagster_pipes_jvm.job import SparkJob


class PipesSparkClient(PipesClient, TreatAsResourceParam):
    """Runs a `SparkJob` somewhere. Annotate an asset's resource parameter with this type, and bind the client of the place."""

    @abstractmethod
    def run(  # type: ignore[override]  # Dagster's base takes **kwargs, which would hide a misspelt parameter
        self,
        *,
        context: OpExecutionContext | AssetExecutionContext,
        job: SparkJob,
        extras: PipesExtras | None = None,
        args: Sequence[str] | None = None,
        conf: Mapping[str, Any] | None = None,
    ) -> PipesSparkCompletedInvocation:
        """Run the job, wait until it has ended, and hand over what it reported.

        Args:
            context: the execution context of the asset or op.
            job: what to run.
            extras: JSON-serializable values that the job reads as Pipes extras.
            args: takes the place of the job's `args` for this run.
            conf: laid over the job's `conf` for this run.
        """
