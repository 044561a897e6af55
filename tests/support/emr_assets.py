"""An asset whose job runs on EMR, for Dagster processes of their own: `python -m tests.support.emr_assets SETTINGS`."""

import json
import os
import signal
import sys
from typing import Any

import boto3
import dagster as dg
from dagster._utils.interrupts import setup_interrupt_handlers

from dagster_pipes_jvm import EMRStepJob, PipesJvmS3MessageReader, PipesSparkEMRClient, SparkJob

SETTINGS = "EMR_ASSETS_SETTINGS"


@dg.asset
def probe(context: dg.AssetExecutionContext) -> dg.MaterializeResult:  # type: ignore[type-arg]  # the result has no value
    """One step, as the settings say; `AWS_ENDPOINT_URL` says where."""
    settings: dict[str, Any] = json.loads(os.environ[SETTINGS])
    emr = boto3.client("emr")
    if settings.get("dies_after"):
        emr.meta.events.register(f"after-call.emr.{settings['dies_after']}", _die)
    client = PipesSparkEMRClient(
        client=emr,
        message_reader=PipesJvmS3MessageReader(
            bucket=settings["bucket"], client=boto3.client("s3"), key_prefix="pipes"
        ),
        poll_interval_seconds=0.2,
        **settings["client"],
    )
    step = settings.get("step")
    job = EMRStepJob.from_step(step) if step else SparkJob(**settings["job"])
    extras = {"noise": "x" * settings.get("noise", 0)}
    return client.run(context=context, job=job, extras=extras).get_materialize_result()


def _die(**_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _dying_at_handle(report: Any, when: str) -> Any:
    """Dagster's method to write an engine event, which kills this process before or after the one of a launch."""

    def dying(message: str, *args: Any, **given: Any) -> Any:
        is_handle = message.startswith("[pipes] Launched external run")
        if is_handle and when == "before":
            _die()
        event = report(message, *args, **given)
        if is_handle:
            _die()
        return event

    return dying


def probe_job() -> dg.JobDefinition:
    """The asset as a job, which Dagster finds in any process."""
    return dg.Definitions(
        assets=[probe],
        jobs=[dg.define_asset_job("probe_job", [probe], executor_def=dg.in_process_executor)],
    ).resolve_job_def("probe_job")


if __name__ == "__main__":
    setup_interrupt_handlers()  # As `dagster api execute_run` does: SIGTERM interrupts a step.
    with dg.DagsterInstance.local_temp(sys.argv[1], overrides={"telemetry": {"enabled": False}}) as instance:
        if when := json.loads(os.environ[SETTINGS])["dies_at_handle"]:
            instance.report_engine_event = _dying_at_handle(instance.report_engine_event, when)  # type: ignore[method-assign]  # the instance of the test process ends it here
        dg.execute_job(dg.reconstructable(probe_job), instance)
