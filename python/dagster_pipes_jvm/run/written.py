"""The verdicts on an instrumented job whose process ended well: a thread failed, or nothing was written."""

from dagster import AssetExecutionContext, MaterializeResult, OpExecutionContext, PipesSession
from dagster_pipes import PipesException

from dagster_pipes_jvm.errors import NothingWrittenError, ThreadFailedError, see
from dagster_pipes_jvm.job import SparkJob
from dagster_pipes_jvm.run.failure import first_cause
from dagster_pipes_jvm.wire import THREAD_FAILURE


def check_threads(exception: PipesException | None) -> None:
    """Refuse the success of a job whose main has left its work to a thread that failed.

    Args:
        exception: the exception that the session closed with, if it reported one.

    Raises:
        ThreadFailedError: for such a job; its reason is in the text.
    """
    if exception is not None and exception.get("name") == THREAD_FAILURE:
        raise ThreadFailedError(
            f"The main of the job returned, and a thread that it had left at work failed.{first_cause(exception)} The"
            f" process ended with exit code 0. Wait for the thread in the main, or handle its exception."
            f" {see('instrument')}"
        )


def check_written(context: OpExecutionContext | AssetExecutionContext, session: PipesSession, job: SparkJob) -> None:
    """Refuse the success of a job with `instrument="strict"` that wrote nothing to an asset of its step.

    Raises:
        NothingWrittenError: for such a job; it names the assets.
    """
    if job.instrument != "strict" or not context.has_assets_def:
        return
    results = session.message_handler.get_reported_results()
    reported = {result.asset_key for result in results if isinstance(result, MaterializeResult)}
    missing = sorted(key.to_user_string() for key in context.selected_asset_keys - reported)
    if missing:
        raise NothingWrittenError(
            f"The job ended well, but wrote nothing that belongs to {', '.join(missing)}, and `instrument` is 'strict'."
            f" The log shows what it wrote. Correct `outputs` of the SparkJob, or say `instrument=True`. {see('instrument')}"
        )
