import copy
import shlex
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dagster_pipes_jvm import EMRStepJob, InvalidParameterError, SparkJob
from dagster_pipes_jvm.platforms.emr.configurations import spark_defaults_of
from dagster_pipes_jvm.platforms.emr.render import AttachedStep, attach_step
from dagster_pipes_jvm.platforms.emr.requests import check_request
from dagster_pipes_jvm.platforms.emr.step import characters_of
from dagster_pipes_jvm.run.identity import LaunchIdentity
from dagster_pipes_jvm.submit.options import parse
from dagster_pipes_jvm.submit.shell import spark_submit_words
from dagster_pipes_jvm.submit.spark_submit import SparkSubmit
from dagster_pipes_jvm.texts import PAGE_URL
from tests.unit.platforms.emr.strategies import cluster_configurations, steps, submit_words

SESSION = {
    "spark.dagster.pipes.context": "eJyrVkrOzytJrShRsqpWMjQyBgA=",
    "spark.dagster.pipes.messages": "eJyrVsosKUktAg==",
}
JAR = "s3://b/pipes/dagster-pipes-jvm.jar"
ZIP = "s3://b/pipes/dagster-pipes-jvm-pyspark.zip"
FILES = {"bridge_jar_uri": JAR, "pyspark_zip_uri": ZIP}
LAUNCH = LaunchIdentity("3f1c", "orders")
WAITING = "spark.yarn.submit.waitAppCompletion=true"


def attached(*words: str, configurations: Any = None, pipes: Any = "required", **more: Any) -> AttachedStep:
    step = {"Name": "n", "HadoopJarStep": {"Jar": "command-runner.jar", "Args": ["spark-submit", *words]}}
    job = EMRStepJob.from_step(step, pipes=pipes)
    given_more = {"session_conf": SESSION, **FILES, **more}
    return attach_step(job, cluster_configurations=configurations, **given_more)


def args(done: AttachedStep) -> list[str]:
    arguments: list[str] = done.rendered().step["HadoopJarStep"]["Args"]
    return arguments


def properties(done: AttachedStep, configurations: Any = ()) -> dict[str, str]:
    """What spark-submit sees of a step, over the cluster's own."""
    defaults = spark_defaults_of(configurations)
    arguments = args(done)
    words = arguments[1:]
    if arguments[0] == "bash":
        words = [word.text for word in spark_submit_words(arguments[2])[1:]]
    return {**defaults, **parse(words).properties}


@settings(max_examples=300)
@given(steps)
def test_with_pipes_off_any_given_step_is_sent_as_it_is(step: dict[str, Any]) -> None:
    before = copy.deepcopy(step)
    done = attach_step(EMRStepJob.from_step(step, pipes="off"), session_conf=SESSION, **FILES, launch=LAUNCH)
    sent = done.rendered()
    assert {**sent.step, **sent.request} == step == before
    assert not done.has_session


@settings(max_examples=300)
@given(steps, cluster_configurations)
def test_any_rendered_step_is_a_request_that_boto3_accepts(step: dict[str, Any], configurations: Any) -> None:
    done = attach_step(
        EMRStepJob.from_step(step),
        session_conf=SESSION,
        **FILES,
        cluster_configurations=configurations,
        launch=LAUNCH,
    )
    sent = done.rendered()
    check_request("AddJobFlowSteps", sent.add_job_flow_steps("j-1"), call="test")
    assert done.size.users + done.size.ours == characters_of(sent.step)
    assert done.size.users == characters_of(step)


@settings(max_examples=300)
@given(submit_words, cluster_configurations, st.booleans())
def test_without_what_is_ours_any_step_is_the_given_one(words: list[str], configurations: Any, is_script: bool) -> None:
    arguments = ["bash", "-c", "spark-submit " + shlex.join(words)] if is_script else ["spark-submit", *words]
    step = {"Name": "n", "HadoopJarStep": {"Jar": "command-runner.jar", "Args": arguments}}
    done = args(
        attach_step(
            EMRStepJob.from_step(step),
            session_conf=SESSION,
            **FILES,
            cluster_configurations=configurations,
            launch=LAUNCH,
        )
    )
    if is_script:
        script = done[2]
        inserted = len(spark_submit_words(script)) - 1 - len(words)
        kept = [script[word.start : word.end] for word in spark_submit_words(script)[1 + inserted :]]
        originals = spark_submit_words(arguments[2])[1:]
        given_words = [arguments[2][word.start : word.end] for word in originals]
    else:
        inserted = len(done) - 1 - len(words)
        kept, given_words = done[1 + inserted :], words
    ours = (JAR, "," + JAR, ZIP, "," + ZIP, LAUNCH.tag, "," + LAUNCH.tag)
    suffixes = {after.removeprefix(before) for after, before in zip(kept, given_words, strict=True)} - {""}
    assert suffixes <= set(ours)
    assert inserted % 2 == 0


@settings(max_examples=300)
@given(steps, cluster_configurations)
def test_the_bridge_and_the_session_are_there_and_nothing_of_the_users_is_gone(
    step: dict[str, Any], configurations: Any
) -> None:
    job = EMRStepJob.from_step(step)
    assume(job.pipes != "off")
    done = attach_step(job, session_conf=SESSION, **FILES, cluster_configurations=configurations, launch=LAUNCH)
    defaults = [] if "--properties-file" in str(args(done)) else configurations
    before = properties(AttachedStep(done.given, done.given, done.given, True), defaults)
    after = properties(done, defaults)
    assert after.items() >= SESSION.items()
    is_yarn = before.get("spark.master", "yarn") == "yarn"
    is_cluster = is_yarn and before.get("spark.submit.deployMode") == "cluster"
    assert done.given.submit is not None
    is_python = done.given.submit.is_python
    may_be_cluster = is_cluster or (is_yarn and bool(done.given.submit.unknown_mode))
    lists = {
        "spark.jars": not is_cluster and JAR,
        "spark.yarn.dist.jars": is_cluster and JAR,
        "spark.submit.pyFiles": is_python and not is_cluster and ZIP,
        "spark.yarn.dist.pyFiles": is_python and is_cluster and ZIP,
        "spark.yarn.tags": is_yarn and LAUNCH.tag,
    }
    for key, ours in lists.items():
        entries = [entry for entry in before.get(key, "").split(",") if entry]
        assert [entry for entry in after.get(key, "").split(",") if entry] == [*entries, *([ours] if ours else [])]
    attempts = before.get("spark.yarn.maxAppAttempts", "1" if may_be_cluster else None)
    assert after.get("spark.yarn.maxAppAttempts") == attempts
    assert after.get("spark.yarn.submit.waitAppCompletion") == ("true" if may_be_cluster else None)
    others = {k: v for k, v in before.items() if k not in lists}
    assert after.items() >= others.items()


def test_in_cluster_mode_no_character_of_the_users_changes() -> None:
    words = ["--deploy-mode", "cluster", "--jars", "a.jar", "--class", "acme.A", "s3://b/job.jar", "x"]
    assert args(attached(*words, launch=LAUNCH)) == [
        "spark-submit",
        *("--conf", f"spark.dagster.pipes.context={SESSION['spark.dagster.pipes.context']}"),
        *("--conf", f"spark.dagster.pipes.messages={SESSION['spark.dagster.pipes.messages']}"),
        *("--conf", f"spark.yarn.dist.jars={JAR}", "--conf", f"spark.yarn.tags={LAUNCH.tag}"),
        *("--conf", "spark.yarn.maxAppAttempts=1", "--conf", WAITING),
        *words,
    ]


def test_in_client_mode_the_users_list_of_jars_gets_ours_at_its_end_and_nothing_else_changes() -> None:
    assert args(attached("--jars", "a.jar", "--jars", "b.jar", "job.jar"))[5:] == [
        *("--jars", "a.jar", "--jars", f"b.jar,{JAR}", "job.jar"),
    ]
    assert args(attached("--conf", "spark.jars=a.jar", "job.jar"))[5:] == [
        "--conf",
        f"spark.jars=a.jar,{JAR}",
        "job.jar",
    ]
    assert args(attached("--jars=a.jar", "--conf", "spark.jars=b.jar", "job.jar"))[5:] == [
        *(f"--jars=a.jar,{JAR}", "--conf", "spark.jars=b.jar", "job.jar"),
    ]


def test_the_clusters_own_jars_tags_and_attempts_stay() -> None:
    defaults = {
        "spark.submit.deployMode": "cluster",
        "spark.yarn.dist.jars": "c.jar",
        "spark.yarn.tags": "team",
        "spark.yarn.maxAppAttempts": "3",
    }
    configurations = [{"Classification": "spark-defaults", "Properties": defaults}]
    assert args(attached("job.jar", configurations=configurations, launch=LAUNCH))[5:] == [
        *(
            "--conf",
            f"spark.yarn.dist.jars=c.jar,{JAR}",
            "--conf",
            f"spark.yarn.tags=team,{LAUNCH.tag}",
            "--conf",
            WAITING,
            "job.jar",
        ),
    ]
    hidden = attached("--properties-file", "my.conf", "job.jar", configurations=configurations)
    assert args(hidden)[5:7] == ["--conf", f"spark.jars={JAR}"]
    note, mode = hidden.notes
    assert note == "A spark.jars in the step's --properties-file is hidden by ours: write it as --conf."
    assert mode.startswith("The deploy mode is not known here, because of --properties-file: ")
    both = attached("--properties-file", "my.conf", "--load-spark-defaults", "job.jar", configurations=configurations)
    assert args(both)[5:7] == ["--conf", f"spark.yarn.dist.jars=c.jar,{JAR}"]


@pytest.mark.parametrize(
    ("mode", "may_outlive"),
    [("--deploy-mode client", False), ("--deploy-mode cluster", True), ("--deploy-mode $M", True)],
)
def test_a_driver_whose_mode_only_the_shell_knows_may_outlive_its_step(mode: str, may_outlive: bool) -> None:
    script = f"spark-submit {mode} job.jar"
    step = {"Name": "n", "HadoopJarStep": {"Jar": "command-runner.jar", "Args": ["bash", "-c", script]}}
    rendered = attach_step(EMRStepJob.from_step(step), session_conf=SESSION, **FILES, launch=LAUNCH).rendered()
    assert rendered.is_cluster_mode == may_outlive
    sent = rendered.step["HadoopJarStep"]["Args"][2]
    assert f"spark.yarn.tags={LAUNCH.tag}" in sent
    assert ("spark.yarn.maxAppAttempts=1" in sent) == may_outlive


@pytest.mark.parametrize(
    "words",
    [
        ["timeout", "9", "spark-submit"],
        ["sudo", "-u", "hadoop", "/usr/bin/timeout", "9", "spark-submit"],
        ["bash", "-c", "nice timeout 9 spark-submit --deploy-mode MODE job.jar"],
        ["timeout", "9", "bash", "-c", "spark-submit --deploy-mode MODE job.jar"],
    ],
)
def test_a_timeout_in_front_of_spark_submit_leaves_a_driver_in_cluster_mode_and_a_note_says_so(
    words: list[str],
) -> None:
    for mode, is_told in (("cluster", True), ("client", False)):
        given = [word.replace("MODE", mode) for word in words]
        if given[-1] == "spark-submit":
            given += ["--deploy-mode", mode, "job.jar"]
        step = {"Name": "n", "HadoopJarStep": {"Jar": "command-runner.jar", "Args": given}}
        notes = attach_step(EMRStepJob.from_step(step), session_conf=SESSION, **FILES).notes
        assert [note.startswith("`timeout` ends only spark-submit") for note in notes] == [True] * is_told


def test_without_pipes_a_step_that_does_not_wait_is_sent_as_it_is_and_a_note_says_so() -> None:
    words = ["--deploy-mode", "cluster", "--conf", "spark.yarn.submit.waitAppCompletion=false", "job.jar"]
    done = attached(*words, pipes="off")
    assert args(done)[1:] == words
    (note,) = done.notes
    assert note.startswith("The step 'n' ends as COMPLETED when its application is submitted, because of spark.yarn.")
    by_cluster = [{"Classification": "spark-defaults", "Properties": {"spark.yarn.submit.waitAppCompletion": "false"}}]
    assert attached("--deploy-mode", "cluster", "job.jar", pipes="off", configurations=by_cluster).notes
    sent = attached("--deploy-mode", "cluster", "job.jar", configurations=by_cluster)
    assert WAITING in args(sent)
    assert "spark.yarn.submit.waitAppCompletion=false is replaced by true" in " ".join(sent.notes)


def test_a_property_of_pipes_that_the_user_sets_is_the_users() -> None:
    key = "spark.dagster.pipes.forwardLogs"
    done = attached("--conf", f"{key}=WARN", "job.jar", session_conf={**SESSION, key: "INFO"})
    assert properties(done)[key] == "WARN"
    assert sum(key in word for word in args(done)) == 1


def test_a_python_driver_in_cluster_mode_has_the_environment_where_it_fits() -> None:
    words = ["--deploy-mode", "cluster", "job.py"]
    environment = {
        "spark.yarn.appMasterEnv.DAGSTER_PIPES_CONTEXT": SESSION["spark.dagster.pipes.context"],
        "spark.yarn.appMasterEnv.DAGSTER_PIPES_MESSAGES": SESSION["spark.dagster.pipes.messages"],
    }
    assert properties(attached(*words)).items() >= environment.items()
    assert not environment.keys() & properties(attached("job.py")).keys()
    assert not environment.keys() & properties(attached("--deploy-mode", "cluster", "job.jar")).keys()
    long = {**SESSION, "spark.dagster.pipes.context": "e" * 5_500}
    done = attached(*words, session_conf=long)
    assert not environment.keys() & properties(done).keys()
    assert done.size.excess == 0
    (note,) = done.notes
    assert note.startswith("The step is too long for the environment of Dagster's own open_dagster_pipes()")


def test_a_job_without_a_step_of_its_own_becomes_one() -> None:
    job = SparkJob("s3://b/job.jar", main_class="acme.A", args=["x"], conf={"spark.a": 1}, jars=["a.jar"])
    assert attach_step(job, session_conf=SESSION, **FILES, name="orders", launch=LAUNCH).rendered().step == {
        "Name": "orders [dagster 3f1c orders 0.0]",
        "ActionOnFailure": "CONTINUE",
        "HadoopJarStep": {
            "Jar": "command-runner.jar",
            "Args": [
                "spark-submit",
                *(w for key, value in SESSION.items() for w in ("--conf", f"{key}={value}")),
                *("--conf", f"spark.yarn.dist.jars={JAR}", "--conf", f"spark.yarn.tags={LAUNCH.tag}"),
                *("--conf", "spark.yarn.maxAppAttempts=1", "--conf", WAITING),
                *("--deploy-mode", "cluster", "--class", "acme.A"),
                *("--jars", "a.jar", "--conf", "spark.a=1", "s3://b/job.jar", "x"),
            ],
        },
    }
    off = attach_step(replace(job, pipes="off"), session_conf=SESSION, **FILES, launch=LAUNCH)
    assert off.rendered().step["Name"] == "spark-submit"
    assert args(off) == ["spark-submit", *SparkSubmit.of(job, deploy_mode="cluster").words()]
    client = attach_step(job, **FILES, deploy_mode="client")
    assert args(client)[1:7] == ["--deploy-mode", "client", "--class", "acme.A", "--jars", f"a.jar,{JAR}"]


def test_an_application_that_spark_submit_would_take_for_an_option_is_refused() -> None:
    with pytest.raises(
        InvalidParameterError, match=r"parameter `application` of `SparkJob`. Expected an application that"
    ):
        SparkJob("--x.jar")


def test_characters_that_aws_does_not_take_are_refused_before_anything_is_sent() -> None:
    with pytest.raises(InvalidParameterError) as caught:
        attach_step(SparkJob("job.jar", args=["a\x01b"])).rendered()
    assert str(caught.value) == (
        "Invalid value for parameter `job` of `SparkJob`. Expected a step without control characters, which AWS does not take,"
        rf" got '\x01' at 1 of 'a\x01b'. Send such values as Pipes `extras`. See {PAGE_URL}#emr-step"
    )
