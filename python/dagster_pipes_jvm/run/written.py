"""The verdict on an instrumented job that has to write (`instrument="strict"`)."""

from dagster import AssetExecutionContext, MaterializeResult, OpExecutionContext, PipesSession

from dagster_pipes_jvm.errors import NothingWrittenError, see
from dagster_pipes_jvm.job import SparkJob


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
