"""The additions to a spark-submit whose deploy mode or waiting only the cluster knows."""

from dataclasses import replace
from typing import Any

import pytest

from dagster_pipes_jvm.submit.attach import attached, not_waiting, with_waiting
from dagster_pipes_jvm.submit.shell import ShellScript
from dagster_pipes_jvm.submit.spark_submit import SparkSubmit

WAIT = "spark.yarn.submit.waitAppCompletion"
OURS: Any = {"session_conf": {"spark.dagster.pipes.context": "b"}, "bridge_jar": "ours.jar", "yarn_tag": "tag"}


def submission(options: str, *, default_master: str = "yarn") -> SparkSubmit:
    return replace(ShellScript.read(f"spark-submit {options} job.jar")[1], default_master=default_master)


@pytest.mark.parametrize(
    ("options", "because"),
    [
        ("--deploy-mode $MODE", "$MODE"),
        ('--deploy-mode="${MODE:-cluster}"', "--deploy-mode=${MODE:-cluster}"),
        ('--conf "spark.submit.deployMode=$MODE"', "spark.submit.deployMode=$MODE"),
        ("--properties-file my.conf", "--properties-file"),
        ("--properties-file my.conf --load-spark-defaults", "--properties-file"),
        ("--extra-properties-file my.conf", "--extra-properties-file"),
    ],
)
def test_an_unknown_deploy_mode_gets_the_additions_of_both(options: str, because: str) -> None:
    submit = attached(submission(options), **OURS)
    assert (submit.is_yarn_cluster, submit.may_be_yarn_cluster, submit.is_single_attempt) == (False, True, True)
    assert submit.changes.properties == {
        "spark.dagster.pipes.context": "b",
        "spark.jars": "ours.jar",
        "spark.yarn.tags": "tag",
        "spark.yarn.maxAppAttempts": "1",
        **({WAIT: "true"} if "properties" in options else {}),
    }
    assert submit.notes[-1].startswith(f"The deploy mode is not known here, because of {because}: ")
    assert attached(submit, **OURS) == submit


def test_an_option_of_the_line_makes_the_mode_known_again() -> None:
    client = attached(submission("--properties-file my.conf --deploy-mode client"), **OURS)
    assert (client.may_be_cluster_mode, client.unknown_mode) == (False, "")
    assert "spark.yarn.maxAppAttempts" not in client.changes.properties
    replaced = submission("--deploy-mode $MODE").with_property("spark.submit.deployMode", "client")
    assert (replaced.may_be_cluster_mode, replaced.unknown_mode) == (False, "")


def test_an_unknown_master_may_be_yarn() -> None:
    submit = attached(submission('--master "$MASTER" --deploy-mode cluster'), **OURS)
    assert submit.changes.properties.keys() >= {"spark.yarn.tags", "spark.yarn.maxAppAttempts", "spark.jars"}
    # On a standalone master spark-submit does not wait by default.
    assert submit.changes.properties["spark.standalone.submit.waitAppCompletion"] == "true"
    assert not submit.is_single_attempt
    local = attached(submission("--master local[2] --deploy-mode $MODE"), **OURS)
    assert "spark.yarn.tags" not in local.changes.properties


@pytest.mark.parametrize(
    ("options", "defaults", "shown"),
    [
        (f"--conf {WAIT}=false", {}, "false"),
        (f"--conf {WAIT}=False --conf {WAIT}=\\ FALSE", {}, "FALSE"),
        ("", {WAIT: "false"}, "false"),
        (f'--conf "{WAIT}=$WAIT"', {}, "$WAIT"),
        (f"--conf {WAIT}=false", {WAIT: "true"}, "false"),
    ],
)
def test_a_spark_submit_that_would_not_wait_is_made_to_and_a_note_says_so(
    options: str, defaults: dict[str, str], shown: str
) -> None:
    for mode in ("cluster", "$MODE"):
        given = replace(submission(f"--deploy-mode {mode} {options}"), defaults=defaults)
        assert not_waiting(given) == f"{WAIT}={shown}"
        submit = attached(given, **OURS)
        assert submit.spark_property(WAIT) == "true"
        assert not_waiting(submit) is None
        assert f"{WAIT}={shown} is replaced by true" in " ".join(submit.notes)
    client = replace(submission(f"--deploy-mode client {options}"), defaults=defaults)
    assert with_waiting(client) is client


@pytest.mark.parametrize(("is_machine_known", "added"), [(True, False), (False, True)])
def test_the_default_is_written_down_if_the_machine_may_set_another(is_machine_known: bool, added: bool) -> None:
    submit = with_waiting(submission("--deploy-mode cluster"), is_machine_known=is_machine_known)
    assert (WAIT in submit.changes.properties) == added
    assert not submit.notes
    by_user = submission(f"--deploy-mode cluster --conf {WAIT}=true")
    assert with_waiting(by_user, is_machine_known=is_machine_known) is by_user


@pytest.mark.parametrize(
    ("master", "key"),
    [
        ("k8s://h", "spark.kubernetes.submission.waitAppCompletion"),
        ("spark://h:1", "spark.standalone.submit.waitAppCompletion"),
    ],
)
def test_other_masters_have_their_own_property(master: str, key: str) -> None:
    submit = with_waiting(submission(f"--master {master} --deploy-mode cluster --conf {key}=false"))
    assert submit.spark_property(key) == "true"
    assert len(submit.notes) == 1
