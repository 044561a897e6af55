"""A launch goes through the house once: no module does a part of the work, is left, and is entered for another part."""

import sys
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

import dagster as dg
import pytest

import dagster_pipes_jvm
from dagster_pipes_jvm import EMRStepJob, PipesJvmEMRLogMessageReader, PipesSparkEMRClient, SparkJob
from dagster_pipes_jvm.run.patience import Patience
from tests.support.dagster_runs import DagsterRuns
from tests.support.emr import step
from tests.support.emr_answers import ScriptedEMR, VirtualClock

PACKAGE = f"{Path(dagster_pipes_jvm.__file__).parent}/"


class LaunchPath:
    """The modules of this package that work on a launch in this thread, in the order in which they are entered.

    A call of one of its functions enters a module, if none of its frames is on the stack. The module is left when that
    call returns. Methods and properties are questions to a value, and belong to the caller.
    """

    def __init__(self) -> None:
        self.entered: list[str] = []
        self.is_over = False

    def record(self, frame: FrameType, event: str, arg: Any) -> None:
        """For `sys.setprofile`."""
        code = frame.f_code
        if self.is_over or event != "call" or not code.co_filename.startswith(PACKAGE) or "." in code.co_qualname:
            return
        caller = frame.f_back
        while caller is not None and caller.f_code.co_filename != code.co_filename:
            caller = caller.f_back
        if caller is None and code.co_name[0] != "<":
            self.entered.append(code.co_filename.removeprefix(PACKAGE))


@pytest.mark.parametrize(
    "job",
    [
        SparkJob("s3://lake/code/job.jar", main_class="acme.Job", args=["a"], conf={"spark.x": 1}),
        SparkJob("s3://lake/code/job.py", args=["a"]),
        SparkJob("s3://lake/code/job.jar", main_class="acme.Job", instrument=True),
        EMRStepJob.from_step(step("spark-submit", "--class", "acme.Job", "s3://lake/code/job.jar")).override(
            args=["b"]
        ),
    ],
    ids=["jar", "script", "instrumented", "step"],
)
def test_no_module_is_entered_again_between_run_and_add_job_flow_steps(runs: DagsterRuns, job: SparkJob) -> None:
    clock = VirtualClock()
    emr = ScriptedEMR(clock, lambda _, seconds: "COMPLETED")
    client = PipesSparkEMRClient(
        client=emr.client,
        message_reader=PipesJvmEMRLogMessageReader(client=None, log_uri="s3://lake/logs/"),
        cluster_id="j-1",
        bridge_jar_uri="s3://lake/jars/bridge.jar",
        pyspark_zip_uri="s3://lake/jars/pyspark.zip",
        patience=Patience(clock=clock),
    )
    path = LaunchPath()

    def sent(request: Any, **_: Any) -> None:
        path.is_over = True

    emr.client.meta.events.register_first("before-send.emr.AddJobFlowSteps", sent)

    def body(context: dg.AssetExecutionContext) -> None:
        sys.setprofile(path.record)
        try:
            client.run(context=context, job=job)
        finally:
            sys.setprofile(None)

    runs.run_body(body)
    assert path.is_over
    assert path.entered[0] == "run/identity.py"
    assert path.entered[-1] == "platforms/emr/sending.py"
    again = {module for module, times in Counter(path.entered).items() if times > 1}
    assert again == set(), path.entered
