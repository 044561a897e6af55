"""Given steps of unmodified applications: our main or script is in front, as a diff that can be taken away."""

import json
import shlex
from dataclasses import replace
from typing import Any

import pytest

from dagster_pipes_jvm import EMRStepJob, InvalidParameterError, PipesJvmS3MessageReader, PipesSparkEMRClient
from dagster_pipes_jvm.platforms.emr.plan import plan
from dagster_pipes_jvm.platforms.emr.render import AttachedStep, attach_step
from dagster_pipes_jvm.submit.spark_submit import SparkSubmit
from tests.support.emr_steps import args, script

MAIN = "dagsterpipes.instrument.PipesMain"
PLUGIN = "spark.plugins.defaultList=dagsterpipes.instrument.PipesPlugin"
RUNNER = "s3://b/runner.py"


def attached(step: Any, **more: Any) -> AttachedStep:
    job = EMRStepJob.from_step(step, instrument=True, **more)
    return attach_step(job, session_conf={}, script_runner_uri=RUNNER, main_class="acme.OfManifest")


def words(done: AttachedStep) -> list[str]:
    sent: list[str] = done.rendered().step["HadoopJarStep"]["Args"]
    return shlex.split(sent[2]) if sent[0] == "bash" else sent


JAR = ["--class", "acme.A", "s3://b/a.jar", "x y"]
JAR_ALONE = ["s3://b/a.jar", "x y"]
SCRIPT = ["s3://b/my%20job.py", "x y"]
OF_JAR = ["--conf", PLUGIN, "--conf", "spark.app.name=acme.A", "--class", MAIN, "s3://b/a.jar", "acme.A", "x y"]
OF_JAR_ALONE = [
    *("--conf", PLUGIN, "--conf", "spark.app.name=a.jar", "--class", MAIN),
    *("s3://b/a.jar", "acme.OfManifest", "x y"),
]
OF_SCRIPT = [
    *("--conf", PLUGIN, "--conf", "spark.app.name=my%20job.py", "--conf", "spark.submit.pyFiles=s3://b/my%20job.py"),
    *("--conf", "spark.dagster.pipes.instrument.main=python", RUNNER, "my job.py", "x y"),
]


@pytest.mark.parametrize(
    ("given", "expected"),
    [(JAR, OF_JAR), (JAR_ALONE, OF_JAR_ALONE), (SCRIPT, OF_SCRIPT)],
    ids=["class", "jar", "script"],
)
@pytest.mark.parametrize("in_bash", [False, True])
def test_our_main_or_script_is_in_front_and_taking_it_away_gives_the_old_step(
    given: list[str], expected: list[str], in_bash: bool
) -> None:
    step = script(f"set -e; {shlex.join(['spark-submit', *given])} > log") if in_bash else args("spark-submit", *given)
    done = attached(step)
    sent = words(done)
    assert [word for word in sent[sent.index("spark-submit") + 1 :] if word not in (">", "log")] == expected

    diff = plan(done.given, done.sent).splitlines()[3:]
    old = "\n".join(line[1:] for line in diff if not line.startswith("+"))
    assert json.loads(old) == step
    job = EMRStepJob.from_step(step, instrument=True)
    for without in (EMRStepJob.from_step(step, pipes="off"), replace(job, instrument=False, pipes="off")):
        assert attach_step(without).rendered().step == step


def test_variables_and_redirections_of_a_script_stay() -> None:
    text = 'A=1 timeout 9 spark-submit --class acme.A --name "$N" s3://b/$V/a.jar "$@" >log 2>&1 || exit 1'
    done = attached(script(text))
    assert done.rendered().step["HadoopJarStep"]["Args"][2] == (
        f'A=1 timeout 9 spark-submit --conf {PLUGIN} --class {MAIN} --name "$N" s3://b/$V/a.jar acme.A "$@" >log 2>&1'
        " || exit 1"
    )


SQL = ["--conf", "a=b", "-d", "x=1 2", "-f", "s3://b/report.sql", "-S"]


@pytest.mark.parametrize("in_bash", [False, True])
def test_a_step_of_spark_sql_gets_our_plugin_and_keeps_every_word(in_bash: bool) -> None:
    step = script(f"set -e; {shlex.join(['spark-sql', *SQL])} > log") if in_bash else args("spark-sql", *SQL)
    done = attached(step)
    sent = words(done)
    assert [word for word in sent[sent.index("spark-sql") + 1 :] if word not in (">", "log")] == [
        "--conf",
        PLUGIN,
        *SQL,
    ]
    job = EMRStepJob.from_step(step, instrument=True)
    assert (job.application, job.args, job.main_class) == ("s3://b/report.sql", ("-d", "x=1 2", "-S"), None)
    assert SparkSubmit.of(job).words()[-5:] == ["-f", "s3://b/report.sql", "-d", "x=1 2", "-S"]
    changed = words(attach_step(job.override(args=["-v"]), session_conf={}))
    assert [word for word in changed if word in ("-S", "x=1 2", "-v")] == ["-v"]
    assert changed.index("-f") < changed.index("s3://b/report.sql") < changed.index("-v")


def test_a_step_of_spark_sql_that_is_not_instrumented_runs_untouched_and_so_does_spark_shell() -> None:
    for step, instrument, reason in (
        (args("spark-sql", *SQL), False, "it runs spark-sql, which reports only with instrument=True"),
        (args("spark-sql", "-e", "select 1"), True, "spark-sql without `-f FILE` runs no file of statements"),
        (args("spark-shell", "-i", "a.scala"), True, "spark-shell ends with exit code 0 also after an error"),
    ):
        job = EMRStepJob.from_step(step, instrument=instrument)
        done = attach_step(job, session_conf={})
        assert (job.pipes, done.rendered().step) == ("off", step)
        assert reason in done.notes[-1]


def test_a_script_with_both_reports_from_its_spark_submit() -> None:
    done = attached(script("spark-sql -f a.sql && spark-submit --class acme.A s3://b/a.jar"))
    assert f"&& spark-submit --conf {PLUGIN}" in done.rendered().step["HadoopJarStep"]["Args"][2]


def test_outputs_and_inputs_are_those_of_the_job_which_are_in_its_context() -> None:
    step = args("spark-submit", *JAR)
    job = EMRStepJob.from_step(step, instrument=True, outputs={"orders": "s3://b/orders"}, inputs={"raw": "*/raw"})
    job = job.override(args=["z"], action_on_failure="CONTINUE")
    assert (job.outputs, job.inputs) == ({"orders": "s3://b/orders"}, {"raw": "*/raw"})
    with pytest.raises(InvalidParameterError, match=r"the application is not instrumented"):
        EMRStepJob.from_step(step, outputs={"orders": "s3://b/orders"})


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        (script('spark-submit --class "$CLASS" s3://b/a.jar'), "only the shell knows the class $CLASS"),
        (script('spark-submit --class acme.A "$APP"'), "only the shell knows whether $APP is a jar or a script"),
        (script('spark-submit "s3://b/$V/job.py"'), "only the shell knows the script s3://b/$V/job.py"),
        (script('spark-submit "s3://b/$V/job.jar"'), "it has no --class, and s3://b/$V/job.jar is no jar on S3"),
        (args("spark-submit", "/home/hadoop/a.jar"), "it has no --class, and /home/hadoop/a.jar is no jar on S3"),
        (args("spark-submit", "job.R"), "it has no --class, and job.R is no jar on S3"),
        (args("s3-dist-cp"), "its Args begin with 's3-dist-cp'"),
    ],
)
def test_a_step_that_cannot_be_instrumented_runs_untouched_or_is_refused_if_it_must_be(step: Any, reason: str) -> None:
    done = attached(step)
    assert done.rendered().step == step
    assert reason in done.notes[-1]
    with pytest.raises(InvalidParameterError, match=r"`instrument` of `EMRStepJob.from_step`") as caught:
        EMRStepJob.from_step(step, instrument="strict")
    assert reason in str(caught.value)


def test_the_plan_of_a_jar_without_class_says_from_where_the_class_comes() -> None:
    client = PipesSparkEMRClient(
        client=object(), cluster_id="j-1", message_reader=PipesJvmS3MessageReader(bucket="b", client=object())
    )
    text = client.plan(EMRStepJob.from_step(args("spark-submit", *JAR_ALONE), instrument=True))
    assert '+      "(Main-Class of s3://b/a.jar)",' in text
