"""Steps as users write them: each row of the table of docs/emr.md, with its examples."""

from typing import Any

import pytest
from hypothesis import given

from dagster_pipes_jvm import EMRStepJob, InvalidParameterError
from dagster_pipes_jvm.platforms.emr.render import attach_step
from dagster_pipes_jvm.platforms.emr.requests import check_request
from dagster_pipes_jvm.platforms.emr.spellings import as_boto3
from tests.conftest import REPOSITORY
from tests.support.emr_steps import ROWS, Example, args, put_in
from tests.unit.platforms.emr.strategies import steps

SESSION = {"spark.dagster.pipes.messages": "eJ"}


def examples(*outcomes: str) -> list[Any]:
    return [
        pytest.param(example, id=f"{row.outcome}-{number}-{index}")
        for number, row in enumerate(ROWS)
        if row.outcome in outcomes
        for index, example in enumerate(row.examples)
    ]


@pytest.mark.parametrize("example", examples("session"))
def test_a_step_gets_the_session_and_without_it_stays_as_it_is(example: Example) -> None:
    job = EMRStepJob.from_step(example.step)
    assert job.pipes == "required"
    done = attach_step(job, session_conf=SESSION)
    sent = done.rendered().step
    given = attach_step(EMRStepJob.from_step(example.step, pipes="off")).rendered().step
    (changed,) = [
        (old, new)
        for old, new in zip(given["HadoopJarStep"]["Args"], _without(sent["HadoopJarStep"]["Args"]), strict=True)
        if old != new
    ] or [("", "")]
    for word in ("--conf spark.dagster.pipes.messages=eJ", "--conf spark.yarn.maxAppAttempts=1"):
        changed = (changed[0], changed[1].replace(f" {word}", ""))
    assert changed[0] == changed[1].replace(" --conf spark.yarn.submit.waitAppCompletion=true", "")
    assert "spark.dagster.pipes.messages=eJ" in " ".join(sent["HadoopJarStep"]["Args"])
    assert given["HadoopJarStep"]["Jar"] == sent["HadoopJarStep"]["Jar"]
    check_request("AddJobFlowSteps", done.rendered().add_job_flow_steps("j-1"), call="test")


def _without(words: list[str]) -> list[str]:
    """The words without the properties that are words of their own."""
    ours = [
        i for i, word in enumerate(words) if word.startswith(("spark.dagster.", "spark.yarn.submit", "spark.yarn.max"))
    ]
    return [word for i, word in enumerate(words) if i not in ours and i + 1 not in ours]


@pytest.mark.parametrize("example", examples("untouched"))
def test_a_step_that_cannot_be_told_runs_untouched_and_the_note_names_the_word(example: Example) -> None:
    job = EMRStepJob.from_step(example.step)
    assert job.pipes == "off"
    done = attach_step(job, session_conf=SESSION, bridge_jar_uri="s3://b/ours.jar")
    assert done.rendered().step == example.step
    (note,) = done.notes
    assert note.startswith("The step 'nightly' runs untouched")
    assert example.text in note


@pytest.mark.parametrize("example", examples("warned"))
def test_a_warning_names_the_word(example: Example) -> None:
    notes = attach_step(EMRStepJob.from_step(example.step), session_conf=SESSION).notes
    assert example.text in " ".join(notes)


@pytest.mark.parametrize("example", examples("refused"))
def test_a_value_of_another_tool_is_refused_with_the_way_to_write_it(example: Example) -> None:
    with pytest.raises(InvalidParameterError) as caught:
        EMRStepJob.from_step(example.step)
    assert example.text in str(caught.value)


def test_the_page_has_this_table() -> None:
    page = (REPOSITORY / "docs" / "emr.md").read_text(encoding="utf-8")
    assert put_in(page) == page, "run `python -m tests.support.emr_steps`"


@given(steps)
def test_a_step_of_boto3_stays_as_it_is(step: dict[str, Any]) -> None:
    assert as_boto3(step) == step
    assert list(as_boto3(step)) == list(step)


SPARK = {
    "Name": "nightly",
    "ActionOnFailure": "CONTINUE",
    "HadoopJarStep": {
        "Jar": "command-runner.jar",
        "Args": ["spark-submit", "--class", "acme.A", "s3://b/a.jar", "x y"],
        "Properties": [{"Key": "k", "Value": "v"}],
    },
}
TERRAFORM = {
    "jar": "command-runner.jar",
    "args": SPARK["HadoopJarStep"]["Args"],  # type: ignore[index]  # a mapping
    "properties": {"k": "v"},
    "main_class": None,
}
CLOUD_FORMATION = {
    "Jar": "command-runner.jar",
    "Args": TERRAFORM["args"],
    "StepProperties": [{"Key": "k", "Value": "v"}],
}


@pytest.mark.parametrize(
    "written",
    [
        "Name=nightly,ActionOnFailure=CONTINUE,Type=Spark,Properties=k=v,Args=[--class,acme.A,s3://b/a.jar,x y]",
        "Type=Spark,Name=nightly,Args=--class,acme.A,s3://b/a.jar,'x y',Properties=k=v",
        'Type=spark,Name="nightly",Properties="k=v",Args=[ "--class" , acme.A, s3://b/a.jar, "x y" ]',
        "Type=CUSTOM_JAR,Name=nightly,Jar=command-runner.jar,Properties=k=v,Args=[spark-submit,--class,acme.A,s3://b/a.jar,x y]",
        {"name": "nightly", "action_on_failure": "CONTINUE", "hadoop_jar_step": [TERRAFORM]},
        {"name": "nightly", "actionOnFailure": "CONTINUE", **TERRAFORM},
        {"Name": "nightly", "ActionOnFailure": "CONTINUE", "HadoopJarStep": CLOUD_FORMATION},
    ],
)
def test_every_spelling_is_the_same_step(written: Any) -> None:
    assert as_boto3(written) == SPARK


@pytest.mark.parametrize(
    ("shorthand", "reason"),
    [
        ("Type=Spark,Args=[--db-password,hush", "a list has no end"),
        ("Type=Spark,Type=Spark", "`Type` is given twice"),
        ("Type=Spark,Args=[a]b", "a comma is missing at character 19"),
        ("Type=Spark,Name='a", "a ' has no partner"),
        ("spark-submit a.py", "`KEY=VALUE` is missing at character 0"),
        ("", "it is empty"),
    ],
)
def test_a_string_that_is_no_shorthand_is_refused(shorthand: str, reason: str) -> None:
    with pytest.raises(InvalidParameterError) as caught:
        EMRStepJob.from_step(shorthand)
    assert "hush" not in str(caught.value)
    assert f"({reason})" in str(caught.value)


def test_json_marks_of_yarn_and_variables_of_shells_are_no_templates() -> None:
    words = ['{"a":{"b":1}}', '{{"a": 1}}', "{{PWD}}/lib", "${X:-y}", "${#x}", "$(date)", "#{"]
    assert attach_step(EMRStepJob.from_step(args("spark-submit", "job.py", *words))).notes == ()
