"""The changes of `SparkJob(instrument=...)` in a command, and the runner around a script, without Spark."""

import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from dagster_pipes_jvm import InvalidParameterError, SparkJob
from dagster_pipes_jvm.injob import script_runner as _script_runner
from dagster_pipes_jvm.submit.instrument import instrumented
from dagster_pipes_jvm.submit.shell import ShellScript
from dagster_pipes_jvm.submit.spark_submit import SparkSubmit

RUNNER = str(_script_runner.__file__)


def test_a_job_without_it_is_the_same_job() -> None:
    job = SparkJob("job.jar", main_class="acme.Main")
    submit = SparkSubmit.of(job)
    assert instrumented(submit, job) is submit


def test_a_jar_runs_through_our_main_and_keeps_its_plugins_and_arguments() -> None:
    job = SparkJob(
        "job.jar",
        main_class="acme.Main",
        args=["a b", ""],
        conf={"spark.plugins": "acme.Own"},
        instrument=True,
        outputs={"a/b": "*/ü"},
    )
    given = replace(SparkSubmit.of(job), defaults={"spark.plugins.defaultList": "cluster.Plugin"})
    assert instrumented(given, job).words() == [
        *("--conf", "spark.plugins.defaultList=cluster.Plugin,dagsterpipes.instrument.PipesPlugin"),
        *("--conf", "spark.app.name=acme.Main"),
        *("--class", "dagsterpipes.instrument.PipesMain", "--conf", "spark.plugins=acme.Own"),
        *("job.jar", "acme.Main", "a b", ""),
    ]


def test_a_jar_without_a_main_class_runs_the_one_of_its_manifest() -> None:
    job = SparkJob("job.jar", instrument=True)
    words = instrumented(SparkSubmit.of(job), job, main_class="acme.Main").words()
    assert words[-4:] == ["--class", "dagsterpipes.instrument.PipesMain", "job.jar", "acme.Main"]


def test_a_script_of_this_machine_runs_from_its_own_place_and_any_other_one_travels() -> None:
    job = SparkJob("jobs/job.py", args=["x"], instrument=True)
    here = instrumented(SparkSubmit.of(job), job, script=Path("/srv/jobs/job.py")).words()
    assert here[-3:] == [RUNNER, "/srv/jobs/job.py", "x"]
    assert "spark.dagster.pipes.instrument.main=python" in here
    elsewhere = SparkJob("s3://b/jobs/job.py", py_files=["p.zip"], instrument=True)
    far = instrumented(SparkSubmit.of(elsewhere), elsewhere).words()
    assert far[-4:] == ["--py-files", "p.zip,s3://b/jobs/job.py", RUNNER, "job.py"]


@pytest.mark.parametrize(
    ("job", "application"),
    [
        (
            SparkJob("s3://b/job.jar", main_class="acme.Main", args=["a b"], instrument=True, outputs={"a": "b"}),
            "s3://b/job.jar",
        ),
        (SparkJob("s3://b/job.py", args=["a b"], instrument=True), "s3://b/runner.py"),
    ],
)
def test_a_command_in_a_script_is_instrumented_in_its_place_and_nothing_else_changes(
    job: SparkJob, application: str
) -> None:
    given = "set -e; " + shlex.join(["spark-submit", *SparkSubmit.of(job).words()]) + " 2>&1 | tee log"
    script, submit = ShellScript.read(given)
    changed = instrumented(submit, job, runner="s3://b/runner.py")
    written = script.written(changed)
    assert script.growth(changed) == len(written) - len(given)
    again = ShellScript.read(written)[1]
    assert again.line.words == tuple(changed.words())
    assert (again.application, again.args[1:]) == (application, ("a b",))
    assert written.startswith("set -e; spark-submit ")
    assert written.endswith(" 2>&1 | tee log")


def name_of(words: list[str]) -> list[str]:
    return [word.partition("=")[2] for word in words if word.startswith("spark.app.name=")]


@pytest.mark.parametrize(
    ("job", "name"),
    [
        (SparkJob("job.jar", main_class="acme.Main", instrument=True), ["acme.Main"]),
        (SparkJob("lib/a job.jar", instrument=True), ["a%20job.jar"]),
        (SparkJob("s3://b/jobs/my job.py", instrument=True), ["my%20job.py"]),
        (SparkJob("jobs/ä#1.py", instrument=True), ["ä%231.py"]),
        (SparkJob("jobs/job.py", name="own", instrument=True), []),
        (SparkJob("jobs/job.py", conf={"spark.app.name": "own"}, instrument=True), ["own"]),
    ],
)
def test_an_application_without_a_name_keeps_the_name_that_spark_gives_it(job: SparkJob, name: list[str]) -> None:
    """Spark would call it after our own class or script."""
    words = instrumented(SparkSubmit.of(job), job, main_class="acme.OfManifest").words()
    assert name_of(words) == name


def test_the_name_of_the_machine_stays_and_a_link_is_called_after_its_target(tmp_path: Path) -> None:
    target, link = tmp_path / "target.py", tmp_path / "link.py"
    target.touch()
    link.symlink_to(target)
    job = SparkJob(str(link), instrument=True)
    given = SparkSubmit.of(job)
    assert name_of(instrumented(given, job, application_file=link).words()) == ["target.py"]
    assert name_of(instrumented(replace(given, defaults={"spark.app.name": "own"}), job).words()) == []


SPARK_SQL = "org.apache.spark.sql.hive.thriftserver.SparkSQLCLIDriver"
PLUGIN = ("--conf", "spark.plugins.defaultList=dagsterpipes.instrument.PipesPlugin")


def test_a_sql_file_runs_as_spark_sql_runs_it_with_our_plugin() -> None:
    job = SparkJob("my report.sql", args=["-d", "day=1"], conf={"a": "b"})
    assert job.instrument is True
    assert replace(job, pipes="off", instrument=False).instrument is False
    plain = ["--class", SPARK_SQL, "--conf", "a=b", "-f", "my report.sql", "-d", "day=1"]
    assert SparkSubmit.of(job).words() == plain
    assert instrumented(SparkSubmit.of(job), job).words() == [*PLUGIN, *plain]


@pytest.mark.parametrize(
    ("application", "file", "more", "sent"),
    [
        ("jobs/my report.sql", Path("/srv/jobs/my report.sql"), ["jobs/my report.sql"], "my report.sql"),
        ("s3://b/report.sql", None, [], "s3://b/report.sql"),
    ],
)
def test_a_sql_file_in_cluster_mode_runs_through_our_main_because_spark_refuses_spark_sql_there(
    application: str, file: Path | None, more: list[str], sent: str
) -> None:
    job = SparkJob(application, args=["-d", "day=1"])
    words = instrumented(SparkSubmit.of(job, deploy_mode="cluster"), job, application_file=file).words()
    name = sent.rpartition("/")[2]
    files = [word for path in more for word in ("--conf", f"spark.files={path}")]
    assert words == [
        *(*PLUGIN, "--conf", f"spark.app.name={name}", *files),
        *("--deploy-mode", "cluster", "--class", "dagsterpipes.instrument.SqlMain"),
        *("spark-internal", sent, "-d", "day=1"),
    ]


def test_a_spark_without_spark_sql_runs_a_sql_file_through_our_main() -> None:
    job = SparkJob("report.sql")
    words = instrumented(SparkSubmit.of(job), job, has_spark_sql=False).words()
    assert words[-4:] == ["--class", "dagsterpipes.instrument.SqlMain", "spark-internal", "report.sql"]


@pytest.mark.parametrize(
    ("application", "message"),
    [
        ("spark-internal", "Pass the .sql file of `spark-sql -f` itself, and its options as `args`."),
        ("jobs/job.scala", "a script of spark-shell, which ends with exit code 0 also after an error"),
    ],
)
def test_a_shell_of_spark_is_refused_with_the_reason(application: str, message: str) -> None:
    with pytest.raises(InvalidParameterError) as e:
        SparkJob(application)
    assert message in str(e.value)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"instrument": "yes"}, "`instrument` of `SparkJob`. Expected one of [False, True, 'strict'], got 'yes'."),
        ({"outputs": {"a": "b"}}, "Expected None, because the application is not instrumented, got {'a': 'b'}."),
        ({"instrument": True, "inputs": ["a"]}, "Expected a mapping of asset keys to paths or tables, got ['a']"),
        ({"instrument": True, "outputs": {"a": ""}}, "Expected keys and patterns that are not empty, got {'a': ''}."),
        (
            {"instrument": True, "outputs": {"a": 1}},
            "`outputs['a']` of `SparkJob`. Expected a text, got 1 of type int.",
        ),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidParameterError) as e:
        SparkJob("job.jar", **arguments)  # type: ignore[arg-type]  # the test passes wrong values
    assert message in str(e.value)
