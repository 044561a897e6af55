"""The parameters that the client refuses, each with what to do."""

from typing import Any

import dagster as dg
import pytest

from dagster_pipes_jvm import (
    EMRStepJob,
    InvalidParameterError,
    PipesJvmEMRLogMessageReader,
    PipesJvmS3MessageReader,
    PipesSparkEMRClient,
    SparkJob,
)
from dagster_pipes_jvm.run.patience import Patience
from tests.support.dagster_runs import DagsterRuns
from tests.support.emr import step
from tests.support.emr_answers import ScriptedEMR, VirtualClock


@pytest.mark.parametrize(
    ("given", "parameter", "remedy"),
    [
        ({}, "cluster_id", "Pass exactly one of them; `cluster_name` and `cluster_tags` count as one."),
        (
            {"cluster_id": "j-1", "poll_interval_seconds": 0},
            "poll_interval_seconds",
            "Pass the seconds between two requests for the state of the EMR step, or leave the parameter out.",
        ),
        (
            {"cluster_id": "j-1", "message_reader": dg.PipesTempFileMessageReader()},
            "message_reader",
            "Pass PipesJvmS3MessageReader with a bucket that the cluster can write to. If it reaches no bucket, pass"
            " PipesJvmEMRLogMessageReader.",
        ),
        (
            {"cluster_id": "j-1", "patience": Patience(run_time_limit_seconds=60.0)},
            "patience",
            "Pass it as `step_time_limit_seconds`.",
        ),
        (
            {"cluster_id": "j-1", "send_context_by": "hdfs"},
            "send_context_by",
            "Write `s3` for a context in the bucket of the message reader, or give a `context_injector` alone.",
        ),
        (
            {"cluster_id": "j-1", "send_context_by": "s3", "context_injector": dg.PipesEnvContextInjector()},
            "send_context_by",
            "Write `s3` for a context in the bucket of the message reader, or give a `context_injector` alone.",
        ),
        (
            {
                "cluster_id": "j-1",
                "send_context_by": "s3",
                "message_reader": PipesJvmEMRLogMessageReader(client=None, log_uri="s3://logs/"),
            },
            "send_context_by",
            "Pass PipesJvmS3MessageReader, or context_injector=PipesJvmS3ContextInjector(...) with a bucket.",
        ),
    ],
)
def test_a_refused_parameter_has_its_remedy(given: dict[str, Any], parameter: str, remedy: str) -> None:
    reader = PipesJvmS3MessageReader(bucket="pipes", client=object())
    with pytest.raises(InvalidParameterError) as raised:
        PipesSparkEMRClient(**{"message_reader": reader, "client": object(), **given})
    assert raised.value.parameter == parameter
    assert f". {remedy} See " in str(raised.value)


S3_READER = PipesJvmS3MessageReader(bucket="pipes", client=object())
LOG_READER = PipesJvmEMRLogMessageReader(client=None, log_uri="s3://logs/")


def client(**given: Any) -> PipesSparkEMRClient:
    return PipesSparkEMRClient(**{"message_reader": S3_READER, "client": object(), "cluster_id": "j-1", **given})


@pytest.mark.parametrize(
    ("given", "jar", "zip_of_pyspark"),
    [
        ({}, "s3://pipes/dagster-pipes-jvm/...", "s3://pipes/dagster-pipes-jvm/..."),
        ({"staging_prefix": "code"}, "s3://pipes/code/...", "s3://pipes/code/..."),
        ({"pyspark_zip_uri": "s3://b/p.zip"}, "s3://pipes/dagster-pipes-jvm/...", "s3://b/p.zip"),
        ({"bridge_jar_uri": "s3://b/b.jar", "pyspark_zip_uri": ""}, "s3://b/b.jar", None),
        ({"message_reader": LOG_READER}, "(bridge_jar_uri)", "(pyspark_zip_uri)"),
    ],
)
def test_a_plan_has_the_places_of_the_files_of_the_client(
    given: dict[str, Any], jar: str, zip_of_pyspark: str | None
) -> None:
    plan = client(**given).plan(SparkJob("s3://b/job.py"))
    assert f'"spark.yarn.dist.jars={jar}"' in plan
    assert (f'"spark.yarn.dist.pyFiles={zip_of_pyspark}"' in plan) == (zip_of_pyspark is not None)
    assert ("pyFiles" in plan) == (zip_of_pyspark is not None)
    assert "pyFiles" not in client(**given).plan(SparkJob("s3://b/job.jar", main_class="acme.Job"))


def test_without_a_bucket_the_client_needs_the_place_of_the_zip_for_a_script(runs: DagsterRuns) -> None:
    emr = ScriptedEMR(VirtualClock(), lambda _, seconds: "COMPLETED")
    without = client(client=emr.client, message_reader=LOG_READER, bridge_jar_uri="")
    run = runs.run_body(lambda c: without.run(context=c, job=SparkJob("s3://b/job.py")).get_materialize_result())
    assert not run.success
    assert "Invalid value for parameter `pyspark_zip_uri` of `PipesSparkEMRClient`. Expected the URI" in run.failure
    assert "Put the file of `pyspark_zip()` on S3 and pass its URI, or pass an empty string if " in run.failure


def test_a_plan_refuses_a_string_that_yarn_would_change() -> None:
    job = SparkJob("s3://b/job.jar", main_class="acme.Job", args=['{"a": {"b": 1}}'])
    with pytest.raises(InvalidParameterError, match=r"`args\[0\]` of `SparkJob`.*\#cluster-strings"):
        client().plan(job)
    client(deploy_mode="client").plan(job)
    with pytest.raises(InvalidParameterError, match=r"`conf\['spark.yarn.appMasterEnv.NAME'\]` of `SparkJob`"):
        client(conf={"spark.yarn.appMasterEnv.NAME": "`id`"}).plan(SparkJob("s3://b/job.py"))
    with pytest.raises(InvalidParameterError, match=r"`args\[0\]` of `SparkJob`"):
        client().plan(SparkJob("s3://b/job.py", args=["`id`"], pipes="off"))


def test_a_given_step_is_planned_unchanged_with_a_warning_and_an_override_is_refused() -> None:
    words = ["spark-submit", "--deploy-mode", "cluster", "s3://b/job.py", "a", "{{b}}"]
    job = EMRStepJob.from_step(step(*words))
    note = "# `args[1]` does not reach the driver unchanged, with or without Dagster. It has '{{' at character 1 of 5"
    assert note in client().plan(job)
    assert '"{{b}}"' in client().plan(job)
    assert note in client().plan(EMRStepJob.from_step(step(*words), pipes="off"))
    assert "# `args" not in client().plan(EMRStepJob.from_step(step("bash", "-c", " ".join(words))))
    with pytest.raises(InvalidParameterError, match=r"`args\[0\]` of `EMRStepJob.override`"):
        client().plan(job, args=["`id`"])
    with pytest.raises(InvalidParameterError, match=r"`conf\['spark.executorEnv.A'\]` of `EMRStepJob.override`"):
        client().plan(job, conf={"spark.executorEnv.A": "$x"})
