"""Whether a Dagster run was cancelled, by a user or by a time limit of Dagster."""

from dagster import AssetExecutionContext, DagsterEventType, DagsterRunStatus, OpExecutionContext

from dagster_pipes_jvm._dagster import has_run

_CANCELLED_RUN = (DagsterRunStatus.CANCELING, DagsterRunStatus.CANCELED)


def is_cancelled(context: OpExecutionContext | AssetExecutionContext) -> bool:
    """Whether the run of this step was cancelled. A direct call has no run.

    Dagster's run monitoring cancels a run that exceeds `dagster/max_runtime`, and marks it as failed immediately. Only
    the event log then shows the cancellation.
    """
    if not has_run(context):
        return False
    run = context.instance.get_run_by_id(context.run.run_id)
    if run is None:
        return False
    return run.status in _CANCELLED_RUN or (run.status is DagsterRunStatus.FAILURE and bool(_cancelings(context)))


def reason_of_cancellation(context: OpExecutionContext | AssetExecutionContext) -> str:
    """The reason in Dagster's words, such as an exceeded maximum runtime; empty if there is none."""
    return next((text for text in _cancelings(context) if "maximum runtime" in text), "")


def _cancelings(context: OpExecutionContext | AssetExecutionContext) -> list[str]:
    entries = context.instance.all_logs(context.run.run_id, of_type=DagsterEventType.RUN_CANCELING)
    return [event.message or "" for entry in entries if (event := entry.dagster_event) is not None]
