import pytest

from dagster_pipes_jvm import EMRStepJob, InvalidParameterError, SparkJob
from dagster_pipes_jvm.platforms.emr.render import AttachedStep, attach_step
from dagster_pipes_jvm.platforms.emr.step import characters_of
from dagster_pipes_jvm.texts import PAGE_URL


def attached(context: int, argument: int) -> AttachedStep:
    return attach_step(
        SparkJob("job.jar", args=["a" * argument]),
        session_conf={"spark.dagster.pipes.context": "e" * context, "spark.dagster.pipes.messages": "e" * 200},
        bridge_jar_uri="s3://b/ours.jar",
    )


def test_every_string_of_the_hadoop_jar_step_counts_and_nothing_else() -> None:
    jar_step = {"Jar": "12", "MainClass": "345", "Args": ["6", "78"], "Properties": [{"Key": "9", "Value": "0"}]}
    assert characters_of({"Name": "not this", "HadoopJarStep": jar_step}) == 10
    assert characters_of({"Name": "", "HadoopJarStep": {"Jar": "1", "MainClass": None, "Args": None}}) == 1


def test_a_step_that_fits_to_the_last_character_is_sent_and_one_more_sends_the_context_to_s3() -> None:
    room = 10_240 - characters_of(attached(0, 1).rendered().step)
    fits = attached(room, 1)
    assert characters_of(fits.rendered().step) == 10_240
    assert (fits.size.excess, fits.size.decision()) == (0, "send")
    passes = attached(room + 1, 1)
    assert (passes.size.excess, passes.size.decision()) == (1, "context_to_s3")


def test_a_job_that_is_too_long_by_itself_is_told_by_how_much() -> None:
    step = attached(500, 11_000)
    users, ours = step.size.users, step.size.ours
    with pytest.raises(InvalidParameterError) as caught:
        step.size.decision()
    excess = users + ours - 500 - 10_240
    assert str(caught.value) == (
        "Invalid value for parameter `job` of `SparkJob`. Expected a step of at most 10,240 characters, which is all that AWS"
        f" takes, got {users:,} of the job and {ours} of the Pipes session: {excess:,} too many, even with the Pipes context"
        " on S3. Shorten `args`, `conf` and `jars`: pass values as `extras`, and put jars into one file or a prefix."
        f" See {PAGE_URL}#emr-step-size"
    )


def test_a_context_on_s3_is_not_sent_there_again() -> None:
    step = attached(200, 9_750)
    assert step.size.decision() == "context_to_s3"
    with pytest.raises(
        InvalidParameterError, match=rf": {step.size.excess} too many, even with the Pipes context on S3"
    ):
        step.size.decision(context_is_on_s3=True)


def test_without_a_session_only_the_job_counts() -> None:
    step = {"Name": "n", "HadoopJarStep": {"Jar": "tool.jar", "Args": ["a" * 10_240]}}
    with pytest.raises(InvalidParameterError, match=r"got 10,248 of the job: 8 too many\. Shorten"):
        attach_step(EMRStepJob.from_step(step)).size.decision()
