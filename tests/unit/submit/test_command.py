from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dagster_pipes_jvm import (
    InvalidParameterError,
    PipesJvmFileMessageReader,
    PipesJvmFilesystemMessageReader,
    PipesJvmS3MessageReader,
    SparkJob,
    bridge_jar,
    pyspark_zip,
)
from dagster_pipes_jvm.platforms.local.cluster_mode import check_attempts, for_cluster_mode
from dagster_pipes_jvm.submit.attach import attached
from dagster_pipes_jvm.submit.command import (
    Submission,
    check_application,
    needs_s3a,
    with_locale_and_python,
    with_s3a,
    with_session,
)
from dagster_pipes_jvm.submit.options import parse
from dagster_pipes_jvm.submit.spark_submit import SparkSubmit
from dagster_pipes_jvm.texts import PAGE_URL

JOB = SparkJob("job.py")


def submission(job: SparkJob = JOB, **fields: Any) -> Submission:
    where = {name: fields.pop(name, None) for name in ("master", "deploy_mode")}
    submit = replace(SparkSubmit.of(job, **where), defaults=fields.pop("defaults", {}))
    return Submission(Path("spark"), job, submit, **{"environment": {"LANG": "C.UTF-8"}, **fields})


def conf(of: Submission) -> dict[str, str]:
    """The properties that the command itself sets."""
    properties = parse(of.submit.words()).properties
    return {key: properties[key] for key in properties if key not in ("spark.master", "spark.submit.deployMode")}


def test_the_command_names_only_what_the_client_was_given() -> None:
    assert submission().command() == ["spark/bin/spark-submit", "job.py"]
    given = submission(master="yarn", deploy_mode="cluster").command()
    assert given == ["spark/bin/spark-submit", "--master", "yarn", "--deploy-mode", "cluster", "job.py"]


def test_where_a_job_runs_may_be_said_by_the_client_the_job_or_the_machine() -> None:
    machine = {"spark.master": "yarn", "spark.submit.deployMode": "cluster"}
    by_machine = submission(defaults=machine)
    assert (by_machine.effective_master, by_machine.is_cluster_mode, by_machine.is_local) == ("yarn", True, False)
    by_job = submission(SparkJob("job.py", conf={"spark.master": "local[3]"}), defaults=machine)
    assert (by_job.effective_master, by_job.is_local) == ("local[3]", True)
    by_client = submission(master="spark://h:7077", deploy_mode="client", defaults=machine)
    assert (by_client.effective_master, by_client.is_cluster_mode) == ("spark://h:7077", False)
    assert submission().is_local


def test_what_is_shown_of_the_command_holds_no_session_and_no_secret() -> None:
    job = SparkJob("job.py", conf={"spark.hadoop.fs.s3a.secret.key": "hush", "spark.a": "1"})
    submit = attached(submission(job).submit, session_conf={"spark.dagster.pipes.context": "eJx"}, bridge_jar=None)
    in_session = replace(submission(job), submit=submit)
    assert "spark.dagster.pipes.context=eJx" in in_session.command()
    shown = in_session.command_line()
    assert shown == ("spark-submit --conf 'spark.hadoop.fs.s3a.secret.key=*********(redacted)' --conf spark.a=1 job.py")


def test_jars_of_the_machine_and_the_job_stay_beside_ours() -> None:
    job = SparkJob("local:/job.jar", main_class="acme.Job", jars=["job.jar"])
    with_jars = with_session(submission(job, defaults={"spark.jars": "a.jar,b.jar,job.jar"}), {}, None)
    assert conf(with_jars) == {"spark.jars": f"a.jar,b.jar,job.jar,{bridge_jar()}"}
    on_yarn = with_session(submission(job, master="yarn", deploy_mode="cluster"), {}, None)
    assert (conf(on_yarn)["spark.jars"], conf(on_yarn)["spark.yarn.dist.jars"]) == ("job.jar", str(bridge_jar()))


def test_a_pyspark_job_gets_the_zip_and_a_jar_does_not() -> None:
    script = with_session(submission(SparkJob("job.py", py_files=["own.zip"])), {}, None)
    assert conf(script)["spark.submit.pyFiles"] == f"own.zip,{pyspark_zip()}"
    jar = with_session(submission(SparkJob("local:/job.jar", main_class="acme.Job")), {}, None)
    assert not {"spark.submit.pyFiles", "spark.yarn.dist.pyFiles"} & conf(jar).keys()


@pytest.mark.parametrize("deploy_mode", ["client", "cluster"])
def test_an_instrumented_script_and_the_zip_are_both_on_the_python_path(deploy_mode: str) -> None:
    job = SparkJob("s3://b/job.py", instrument=True)
    done = conf(with_session(submission(job, master="yarn", deploy_mode=deploy_mode), {}, None))
    lists = [*done["spark.submit.pyFiles"].split(","), *done.get("spark.yarn.dist.pyFiles", "").split(",")]
    assert sorted(filter(None, lists)) == sorted([str(pyspark_zip()), "s3://b/job.py"])


def test_s3a_goes_to_the_drivers_class_path_and_to_executors_by_jars() -> None:
    local = with_s3a(submission(defaults={"spark.driver.extraClassPath": "own"}), ["s3a.jar"])
    s3_means_s3a = {"spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem"}
    assert conf(local) == {"spark.driver.extraClassPath": "own:s3a.jar", **s3_means_s3a}
    yarn = with_s3a(submission(master="yarn"), ["s3a.jar"])
    assert conf(yarn) == {"spark.jars": "s3a.jar", "spark.driver.extraClassPath": "s3a.jar", **s3_means_s3a}
    cluster = with_s3a(submission(master="yarn", deploy_mode="cluster"), ["s3a.jar"])
    assert conf(cluster) == {"spark.jars": "s3a.jar", **s3_means_s3a}
    processes = with_s3a(submission(master="local-cluster[2,1,1024]"), ["s3a.jar"])
    assert (conf(processes)["spark.jars"], processes.is_local) == ("s3a.jar", True)


@pytest.mark.parametrize(
    ("job", "extras", "params", "expected"),
    [
        (JOB, None, {"path": "m"}, False),
        (SparkJob("s3://b/job.py"), None, {"path": "m"}, True),
        (SparkJob("job.py", args=["s3a://b/in"]), None, {"path": "m"}, True),
        (JOB, {"tables": [{"path": "s3://b/in"}]}, {"path": "m"}, True),
        (JOB, None, {"bucket": "b"}, True),
        (JOB, {"bucket": "gs"}, {"data": {"extras": {"bucket": "gs"}}}, False),
        (
            SparkJob("s3://b/job.py", conf={"spark.jars.packages": "org.apache.hadoop:hadoop-aws:3.4.1"}),
            None,
            {},
            False,
        ),
    ],
)
def test_s3a_is_attached_where_something_names_s3(job: SparkJob, extras: Any, params: Any, expected: bool) -> None:
    assert needs_s3a(submission(job), extras, params, {}) is expected


def test_a_local_pyspark_job_runs_on_the_python_that_runs_dagster() -> None:
    import sys

    assert with_locale_and_python(submission(), None).environment["PYSPARK_PYTHON"] == sys.executable
    assert "PYSPARK_PYTHON" not in with_locale_and_python(submission(master="yarn"), None).environment
    assert with_locale_and_python(submission(master="yarn"), "py").environment["PYSPARK_DRIVER_PYTHON"] == "py"
    own = submission(environment={"LANG": "C.UTF-8", "PYSPARK_PYTHON": "own"})
    assert with_locale_and_python(own, None).environment["PYSPARK_PYTHON"] == "own"


def test_a_relative_path_starts_where_spark_submit_runs(tmp_path: Path) -> None:
    (tmp_path / "job.py").write_text("")
    check_application(JOB, str(tmp_path))
    with pytest.raises(InvalidParameterError, match="no such file, in working directory"):
        check_application(JOB, str(tmp_path / "elsewhere"))


@pytest.mark.parametrize("application", ["local:/opt/job.jar", "hdfs:/jobs/job.jar", "s3://b/job.jar"])
def test_what_only_the_driver_can_see_is_not_looked_for(application: str) -> None:
    check_application(SparkJob(application), None)


def test_a_file_uri_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / "a job.py").write_text("")
    check_application(SparkJob((tmp_path / "a job.py").as_uri()), None)
    with pytest.raises(InvalidParameterError):
        check_application(SparkJob("file:/nowhere/job.py"), None)


def test_in_cluster_mode_spark_submit_waits_and_yarn_tries_once() -> None:
    cluster: Any = {"deploy_mode": "cluster"}
    assert conf(for_cluster_mode(submission(master="yarn", **cluster))) == {"spark.yarn.maxAppAttempts": "1"}
    standalone = for_cluster_mode(submission(master="spark://h:7077", **cluster))
    assert conf(standalone) == {"spark.standalone.submit.waitAppCompletion": "true"}
    assert conf(for_cluster_mode(submission(SparkJob("job.py", pipes="off"), master="yarn", **cluster))) == {}


def test_a_property_of_the_job_or_machine_that_says_the_contrary_is_replaced_and_a_note_says_so() -> None:
    key = "spark.yarn.submit.waitAppCompletion"
    for fields in (
        {"defaults": {key: " False"}},
        {"defaults": {key: "true"}, "job": SparkJob("job.py", conf={key: False})},
        {"job": SparkJob("job.py", conf={key: False}, pipes="off")},
    ):
        done = for_cluster_mode(submission(master="yarn", deploy_mode="cluster", **fields)).submit
        assert done.spark_property(key) == "true"
        (note,) = done.notes
        assert note.lower().startswith(
            f"{key.lower()}=false is replaced by true: otherwise spark-submit would end before"
        )


@pytest.mark.parametrize(
    ("fields", "is_single"),
    [
        ({}, True),
        ({"master": "yarn"}, True),
        ({"master": "spark://h:7077", "deploy_mode": "client"}, True),
        ({"master": "yarn", "deploy_mode": "cluster"}, False),
        ({"master": "yarn", "deploy_mode": "cluster", "defaults": {"spark.yarn.maxAppAttempts": " 1"}}, True),
        ({"master": "yarn", "deploy_mode": "cluster", "defaults": {"spark.yarn.maxAppAttempts": "2"}}, False),
        ({"master": "k8s://h", "deploy_mode": "cluster"}, False),
    ],
)
def test_a_job_is_started_once_in_client_mode_and_where_yarn_was_told_so(fields: Any, is_single: bool) -> None:
    assert submission(**fields).submit.is_single_attempt == is_single


def two_attempts() -> Submission:
    return for_cluster_mode(
        submission(master="yarn", deploy_mode="cluster", defaults={"spark.yarn.maxAppAttempts": "2"})
    )


def test_a_second_attempt_is_allowed_where_the_reader_tells_them_apart(tmp_path: Path) -> None:
    assert "spark.yarn.maxAppAttempts" not in conf(two_attempts())
    check_attempts(two_attempts(), PipesJvmS3MessageReader(bucket="b", client=SimpleNamespace()))
    check_attempts(two_attempts(), PipesJvmFilesystemMessageReader(str(tmp_path)))


def test_a_second_attempt_is_refused_where_the_reader_would_mix_them_up(tmp_path: Path) -> None:
    with pytest.raises(InvalidParameterError) as caught:
        check_attempts(two_attempts(), PipesJvmFileMessageReader(str(tmp_path)))
    assert str(caught.value) == (
        "Invalid value for parameter `conf['spark.yarn.maxAppAttempts']` of `PipesSparkSubmitClient`. Expected 1:"
        " PipesJvmFileMessageReader cannot tell the messages of a second attempt of the application from those of the first,"
        " got '2'. Leave the property out, and let Dagster's retry policy run the step again; or pass PipesJvmS3MessageReader"
        " or PipesJvmFilesystemMessageReader as `message_reader`, which read attempt by attempt."
        f" See {PAGE_URL}#cluster-mode"
    )
    told = PipesJvmS3MessageReader(bucket="b", client=SimpleNamespace(), single_attempt=True)
    with pytest.raises(InvalidParameterError, match="Take `single_attempt` out of the reader's parameters"):
        check_attempts(two_attempts(), told)
