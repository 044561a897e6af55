import copy
import shlex
from dataclasses import replace
from typing import Any

import pytest

from dagster_pipes_jvm import EMRStepJob, InvalidParameterError, SparkJob
from dagster_pipes_jvm.platforms.emr.render import attach_step
from dagster_pipes_jvm.run.identity import LaunchIdentity
from dagster_pipes_jvm.submit.spark_submit import SparkSubmit
from dagster_pipes_jvm.texts import PAGE_URL


def step(*args: str, jar: str = "command-runner.jar", **fields: Any) -> dict[str, Any]:
    return {"Name": "nightly", "HadoopJarStep": {"Jar": jar, "Args": list(args)}, **fields}


WORDS = [
    *(
        "--deploy-mode",
        "cluster",
        "--master=yarn",
        "--class",
        "acme.Nightly",
        "--name",
        "orders",
        "--executor-memory",
        "4g",
    ),
    *("--conf", "spark.a=1", "-c", "spark.b=x=y", "--jars", "a.jar,b.jar", "--files", "f.txt", "--py-files", "p.zip"),
    *("--verbose", "s3://b/job.jar", "--day", "2013-01-01", "--class", "x"),
]


@pytest.mark.parametrize(
    "args",
    [
        ["spark-submit", *WORDS],
        ["/usr/bin/spark-submit", *WORDS],
        ["bash", "-c", "set -e; spark-submit " + " ".join(WORDS)],
        ["/bin/bash", "-l", "-c", "/usr/lib/spark/bin/spark-submit \\\n  " + " \\\n  ".join(WORDS) + "\n"],
        ["sh", "-ec", "exec spark-submit " + " ".join(WORDS) + " 2>&1 | tee /mnt/log"],
    ],
)
def test_a_step_that_is_a_spark_submit_fills_the_job(args: list[str]) -> None:
    job = EMRStepJob.from_step(step(*args))
    assert (job.application, job.main_class, job.name) == ("s3://b/job.jar", "acme.Nightly", "orders")
    assert job.args == ("--day", "2013-01-01", "--class", "x")
    assert dict(job.conf) == {"spark.a": "1", "spark.b": "x=y", "spark.executor.memory": "4g"}
    assert (job.jars, job.files, job.py_files) == (("a.jar", "b.jar"), ("f.txt",), ("p.zip",))
    assert job.pipes == "required"
    assert EMRStepJob.from_step(step(*args), pipes="optional").pipes == "optional"


def test_the_step_is_kept_as_it_was_given_and_cannot_be_changed_from_outside() -> None:
    given = step(
        *("spark-submit", "job.py"),
        ActionOnFailure="CANCEL_AND_WAIT",
        ExecutionRoleArn="arn:aws:iam::123456789012:role/job",
        StepMonitoringConfiguration={"S3MonitoringConfiguration": {"LogUri": "s3://b/logs"}},
    )
    given["HadoopJarStep"]["Properties"] = [{"Key": "k", "Value": "v"}]
    before = copy.deepcopy(given)
    job = EMRStepJob.from_step(given)
    attach_step(job, session_conf={"spark.dagster.pipes.messages": "eJ"}, bridge_jar_uri="s3://b/ours.jar").rendered()
    assert given == before
    given["HadoopJarStep"]["Args"].append("changed")
    given["StepMonitoringConfiguration"].clear()
    assert attach_step(job.override(), deploy_mode="client").given.written() == before
    with pytest.raises(TypeError):
        job.step.given["HadoopJarStep"]["Jar"] = "other.jar"
    assert job.override() == job


def test_a_python_step_may_name_a_class_which_spark_submit_passes_over() -> None:
    assert EMRStepJob.from_step(step("spark-submit", "--class", "x", "job.py")).main_class is None


def test_elsewhere_the_job_is_the_spark_submit_that_it_is_without_master_and_deploy_mode() -> None:
    words = ["--master", "yarn", "--conf", "spark.master=x", "--deploy-mode=cluster", "--driver-memory", "2g"]
    job = EMRStepJob.from_step(step("spark-submit", *words, "--jars", "a.jar", "job.py", "x"))
    assert isinstance(job, SparkJob)
    assert SparkSubmit.of(job.override(args=["y"]), master="local[2]").words() == [
        *("--master", "local[2]", "--jars", "a.jar", "--conf", "spark.driver.memory=2g", "job.py", "y"),
    ]


def test_elsewhere_a_warning_names_the_words_that_only_the_shell_of_the_step_knows() -> None:
    script = 'spark-submit --conf "spark.a=$A" --conf spark.b=$b --name x s3://b/job.py "$DAY" \'$no\''
    job = EMRStepJob.from_step(step("bash", "-c", script))
    (note,) = job.notes
    assert note.startswith(
        "Only the shell of the EMR step 'nightly' knows spark.a=$A, spark.b=$b, $DAY: here the job gets"
    )
    (note,) = job.override(args=["1"]).notes
    assert "$DAY" not in note
    assert EMRStepJob.from_step(step("spark-submit", "job.py", "$DAY")).notes == ()
    assert SparkJob("job.py", args=["$DAY"]).notes == ()


def test_a_property_that_an_option_hides_is_not_brought_back() -> None:
    words = ["--conf", "spark.jars=hidden.jar", "--jars", "a.jar", "--conf", "spark.a=1", "-c", "spark.a=2", "job.py"]
    job = EMRStepJob.from_step(step("spark-submit", *words), pipes="off").override(conf={"spark.b": "3"})
    assert attach_step(job).rendered().step["HadoopJarStep"]["Args"][3:] == words


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (step("s3-dist-cp", "--src", "a"), "its Args begin with 's3-dist-cp'"),
        (step("hdfs", "dfs", "-ls", "spark-submit"), "its Args begin with 'hdfs'"),
        (step("a", jar="s3://b/tool.jar"), "its Jar is s3://b/tool.jar, not command-runner.jar"),
        (step("bash", "-c", "spark-submit a.py; spark-submit b.py"), "the script has 2 spark-submit commands"),
        (step("bash", "-c", "spark-submit $OPTIONS job.py"), "$OPTIONS stands for in the script could be options"),
        (step("bash", "nightly.sh"), "its 'bash' runs the file nightly.sh, which is not read here"),
        (step("spark-submit", "--speed", "9", "job.py"), "spark-submit has no option --speed"),
        ({"Name": "n", "HadoopJarStep": {"Jar": "command-runner.jar"}}, "it has no Args"),
    ],
)
def test_any_other_step_runs_untouched_and_that_is_said(given: dict[str, Any], reason: str) -> None:
    job = EMRStepJob.from_step(given)
    assert job.pipes == "off"
    done = attach_step(job, session_conf={"spark.dagster.pipes.messages": "eJ"}, bridge_jar_uri="s3://b/ours.jar")
    assert done.rendered().step == given
    assert not done.has_session
    (note,) = done.notes
    assert note.startswith(f"The step {given['Name']!r} runs untouched")
    assert reason in note
    with pytest.raises(InvalidParameterError, match=r"Expected a step in which a spark-submit is recognised"):
        job.override(args=["other"])
    with pytest.raises(InvalidParameterError, match=r"parameter `conf` of `EMRStepJob.override`"):
        job.override(conf={"spark.a": "1"})


def test_overridden_arguments_replace_the_tail_and_overridden_conf_stands_behind_spark_submit_or_where_it_stood() -> (
    None
):
    words = ["--conf", "spark.a=1", "--executor-memory", "4g", "--conf=spark.c=3", "job.py", "old"]
    changes: dict[str, Any] = {
        "args": ["new", "er"],
        "conf": {"spark.a": "9", "spark.b": 2, "spark.executor.memory": "8g", "spark.c": "4"},
    }
    job = EMRStepJob.from_step(step("spark-submit", *words), pipes="off").override(**changes)
    assert attach_step(job).rendered().step["HadoopJarStep"]["Args"] == [
        *("spark-submit", "--conf", "spark.b=2"),
        *("--conf", "spark.a=9", "--executor-memory", "8g", "--conf=spark.c=4", "job.py", "new", "er"),
    ]
    script = "spark-submit --conf spark.a=1 --executor-memory 4g --conf=spark.c=3 job.py old > log"
    job = EMRStepJob.from_step(step("bash", "-c", script), pipes="off").override(**changes)
    assert attach_step(job).rendered().step["HadoopJarStep"]["Args"][2] == (
        "spark-submit --conf spark.b=2 --conf spark.a=9 --executor-memory 8g --conf=spark.c=4 job.py new er  > log"
    )


def test_an_overridden_list_gets_ours_at_its_end_too() -> None:
    conf = {"spark.jars": "new.jar", "spark.yarn.tags": "team"}
    for args in (
        ["spark-submit", "--jars", "old.jar", "job.jar"],
        ["bash", "-c", "spark-submit --jars old.jar job.jar"],
    ):
        job = EMRStepJob.from_step(step(*args)).override(conf=conf)
        done = attach_step(job, bridge_jar_uri="s3://b/ours.jar", launch=LaunchIdentity("3f1c", "orders"))
        tags = f"spark.yarn.tags=team,{LaunchIdentity('3f1c', 'orders').tag}"
        expected = ["spark-submit", "--conf", tags, "--jars", "new.jar,s3://b/ours.jar", "job.jar"]
        sent = done.rendered().step["HadoopJarStep"]["Args"]
        assert (sent if args[0] == "spark-submit" else shlex.split(sent[2])) == expected


def test_what_override_cannot_change_of_a_step_is_refused() -> None:
    job = EMRStepJob.from_step(step("spark-submit", "job.py"))
    with pytest.raises(InvalidParameterError) as caught:
        replace(job, jars=["a.jar"])
    assert str(caught.value) == (
        "Invalid value for parameter `jars` of `EMRStepJob`. Expected a job whose step is sent as it is given,"
        " with `override` of args and conf alone, got ('a.jar',) instead of (). Change the step itself."
        f" See {PAGE_URL}#emr-step"
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("spark-submit", "parameter `step` of `EMRStepJob.from_step`. Expected a step as boto3 takes it"),
        ({"Steps": []}, "Expected one step, got a whole request with `Steps`"),
        ({"Name": "n"}, "parameter `step['HadoopJarStep']`"),
        ({"HadoopJarStep": {"Jar": "a.jar"}}, "parameter `step['Name']`"),
        ({"Name": "n", "HadoopJarStep": {"Args": []}}, "parameter `step['HadoopJarStep']['Jar']`"),
        (
            step("spark-submit") | {"HadoopJarStep": {"Jar": "j", "Args": "a b"}},
            "Expected a list of strings, got 'a b'",
        ),
        (
            {"Name": "n", "HadoopJarStep": {"Jar": "j", "Args": ["a", 3]}},
            "parameter `step['HadoopJarStep']['Args'][1]`",
        ),
        (step("spark-submit", "--conf", "spark.dagster.pipes.context=x", "a.py"), "carries the Pipes session"),
    ],
)
def test_what_is_no_step_gets_one_clear_error(given: Any, message: str) -> None:
    with pytest.raises(InvalidParameterError) as caught:
        EMRStepJob.from_step(given)
    assert message in str(caught.value)
