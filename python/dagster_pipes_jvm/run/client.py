"""What every client has in common, so that where a job runs is a value and not different code."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dagster import AssetExecutionContext, OpExecutionContext, PipesClient, PipesExecutionResult
from dagster_pipes import PipesExtras

from dagster_pipes_jvm._dagster import TreatAsResourceParam
from dagster_pipes_jvm.job import SparkJob
from dagster_pipes_jvm.run.invocation import PipesSparkCompletedInvocation
from dagster_pipes_jvm.run.port import Launch
from dagster_pipes_jvm.run.running import JobRun
from dagster_pipes_jvm.run.streaming import stream_results


class PipesSparkClient(PipesClient, TreatAsResourceParam):
    """Runs a `SparkJob` somewhere. Annotate an asset's resource parameter with this type, and bind the client of the place."""

    @abstractmethod
    def _launch(
        self, context: OpExecutionContext | AssetExecutionContext, job: SparkJob, extras: PipesExtras | None
    ) -> Launch[Any]:
        """Prepare one run, and check everything that can be checked before anything is started.

        Args:
            context: the execution context of the asset or op.
            job: the job, with what is laid over it for this run.
            extras: what the job reads as Pipes extras.
        """

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
            extras: JSON-serializable values that the job reads as Pipes extras. In cluster mode and on EMR they are
                among the arguments of spark-submit, where `ps` shows them. Put no secret there, see
                docs/security.md#extras.
            args: takes the place of the job's `args` for this run.
            conf: laid over the job's `conf` for this run.

        Raises:
            InvalidParameterError: for a value that cannot work, before anything is started.
            SparkSubmitFailedError: spark-submit ended with a non-zero exit code.
            EMRStepFailedError: the step on EMR ended in another state than COMPLETED.
            EMRTimeLimitError: a time limit of the user's is over; the step was ended.
            EMRRequestError: EMR refuses to show the step; it may run on.
            PipesNotClosedError: the job ended well, but never opened or never closed its session (`pipes="required"`).
            MessagesMissingError: it closed its session, but not all that it reported arrived (`pipes="required"`).
        """
        return JobRun(context, self._launch(context, job.override(args=args, conf=conf), extras), extras).conduct()

    def stream(
        self,
        *,
        context: OpExecutionContext | AssetExecutionContext,
        job: SparkJob,
        extras: PipesExtras | None = None,
        args: Sequence[str] | None = None,
        conf: Mapping[str, Any] | None = None,
    ) -> Iterator[PipesExecutionResult]:
        """Run the job, and yield each materialization and check as soon as it arrives, while the job still runs.

        For the body of an asset, as `yield from spark.stream(context=context, job=job)`: Dagster writes what is yielded into
        the event log at once. When the job has ended, assets of the step that it did not report follow, each with an empty
        materialization, or the error that `run` would raise. What was yielded before that stays in the event log.

        Only what is yielded after the job's end carries the metadata `dagster_pipes_jvm/messages_received`: the number is
        not known before. Where a platform may start the job again, its reports wait for its end, since only the last
        attempt's count.

        Lifecycle: nothing starts before the first result is asked for. The job ends with the step: also where the body
        fails between two results, takes no more of them, or the step is interrupted. Threads: those of the client; the
        results are yielded in the caller's.

        Args:
            context: as for `run`, like all others.
            job: what to run.
            extras: JSON-serializable values that the job reads as Pipes extras.
            args: takes the place of the job's `args` for this run.
            conf: laid over the job's `conf` for this run.
        """
        return stream_results(context, self._launch(context, job.override(args=args, conf=conf), extras), extras)
