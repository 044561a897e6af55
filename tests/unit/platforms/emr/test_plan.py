from typing import Any

from hypothesis import given

from dagster_pipes_jvm import EMRStepJob
from dagster_pipes_jvm.platforms.emr.plan import plan
from dagster_pipes_jvm.platforms.emr.render import attach_step
from dagster_pipes_jvm.run.identity import LaunchIdentity
from tests.unit.platforms.emr.strategies import steps

LONG = "eJ" + "x" * 1_498


def planned(*args: str, pipes: Any = "required", **fields: Any) -> str:
    step = {"Name": "nightly", "HadoopJarStep": {"Jar": "command-runner.jar", "Args": list(args), **fields}}
    done = attach_step(
        EMRStepJob.from_step(step, pipes=pipes),
        session_conf={"spark.dagster.pipes.context": LONG},
        bridge_jar_uri="s3://b/ours.jar",
        pyspark_zip_uri="s3://b/ours.zip",
        launch=LaunchIdentity("3f1c", "orders"),
    )
    return plan(done.given, done.sent, done.notes)


def test_a_plan_shows_what_is_added_as_a_diff_with_the_parameters_shortened() -> None:
    text = planned("spark-submit", "--jars", "a.jar", "job.jar")
    assert text == (
        """\
--- given
+++ sent
@@ -1,12 +1,16 @@
 {
   "HadoopJarStep": {
     "Args": [
       "spark-submit",
+      "--conf",
+      "spark.dagster.pipes.context=eJxxxxxxxxxx...(1,500 characters)",
+      "--conf",
+      "spark.yarn.tags=TAG",
       "--jars",
-      "a.jar",
+      "a.jar,s3://b/ours.jar",
       "job.jar"
     ],
     "Jar": "command-runner.jar"
   },
-  "Name": "nightly"
+  "Name": "nightly [dagster 3f1c orders 0.0]"
 }""".replace("TAG", LaunchIdentity("3f1c", "orders").tag)
    )


def test_a_plan_of_a_script_shows_the_pyspark_zip() -> None:
    in_client_mode = planned("spark-submit", "--py-files", "a.zip", "job.py")
    assert '-      "a.zip",\n+      "a.zip,s3://b/ours.zip",' in in_client_mode
    in_cluster_mode = planned("spark-submit", "--deploy-mode", "cluster", "--py-files", "a.zip", "job.py")
    assert '+      "spark.yarn.dist.pyFiles=s3://b/ours.zip",' in in_cluster_mode
    assert "ours.zip" not in planned("spark-submit", "--deploy-mode", "cluster", "job.jar")
    assert "ours.zip" not in planned("spark-submit", "--py-files", "a.zip", "job.py", pipes="off")


def test_secrets_are_shown_nowhere() -> None:
    words = ["--conf", "spark.hadoop.fs.s3a.secret.key=hush1", "job.jar", "--db-password", "hush2", "token=hush3 hush"]
    script = (
        "DB_PASSWORD=hush4 spark-submit --conf 'spark.a.password'=hush5 --conf 's.token=x hush8'"
        " job.jar --api-token 'hush 6' x"
    )
    properties = [{"Key": "my.password", "Value": "hush7"}]
    text = planned("spark-submit", *words, Properties=properties) + planned("bash", "-c", script)
    assert "hush" not in text
    assert text.count("*********(redacted)") == 12
    assert text.count("job.jar") >= 3


@given(steps)
def test_a_plan_of_a_step_that_is_sent_as_it_is_changes_nothing(step: dict[str, Any]) -> None:
    done = attach_step(EMRStepJob.from_step(step, pipes="off"))
    text = plan(done.given, done.sent, done.notes)
    assert all(line.startswith((" ", "#")) for line in text.splitlines())
    assert '"HadoopJarStep": {' in text


def test_a_step_that_runs_untouched_says_why() -> None:
    text = planned("s3-dist-cp")
    assert text.endswith(
        "# The step 'nightly' runs untouched, as with pipes=\"off\": its Args begin with 's3-dist-cp'."
    )
