"""What nobody but Spark can show of the EMR of this machine: a plain boto3 script, and Dagster's own client, unmodified."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import dagster as dg
import pytest
from dagster_aws.pipes import PipesEMRClient, PipesS3ContextInjector, PipesS3MessageReader
from dagster_pipes import encode_param

from dagster_pipes_jvm import PipesJvmS3MessageReader, bridge_jar
from dagster_pipes_jvm_standin import LocalEMR
from tests.conftest import REPOSITORY
from tests.endtoend.conftest import MIGRATION, Spark
from tests.support.dagster_runs import DagsterRuns
from tests.support.emr import BUCKET, Cluster, step
from tests.support.processes import processes_naming

JOBS = Path(__file__).parent / "jobs"
CONFIGURATIONS = [
    {"Classification": "spark-defaults", "Properties": {"spark.acme.tenant": "blue", "spark.ui.enabled": "false"}},
    {
        "Classification": "spark-env",
        "Configurations": [{"Classification": "export", "Properties": {"GREETING": "it's me"}}],
    },
    {
        "Classification": "hadoop-env",
        "Configurations": [{"Classification": "export", "Properties": {"OF_HADOOP": "yes"}}],
    },
]


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, LocalEMR]]:
    started: dict[str, LocalEMR] = {}
    yield started
    for server in started.values():
        folder = server.folder
        server.stop()
        assert processes_naming(folder) == {}
        assert not folder.exists()


@pytest.fixture
def emr(
    request: pytest.FixtureRequest, servers: dict[str, LocalEMR], sparks: dict[str, Spark], flights_csv: Path
) -> LocalEMR:
    """The server with this engine, started for the first test that asks for it, with the jobs on its S3."""
    engine = request.param
    if engine not in servers:
        servers[engine] = LocalEMR(engine, provisioning_seconds=0.2, spark_home=str(sparks["4.3"].home))
        servers[engine].start()
        servers[engine].create_bucket(BUCKET)
        files = {
            "jobs.jar": sparks["4.3"].jobs_jar,
            "bridge.jar": bridge_jar(),
            "upstream.py": MIGRATION / "upstream.py",
            "counting.py": JOBS / "counting.py",
            "endless.py": JOBS / "endless.py",
            "flights.csv": flights_csv,
        }
        client = servers[engine].client()
        for name, file in files.items():
            client.upload_file(str(file), BUCKET, f"code/{name}")
    return servers[engine]


def pipes_conf(extras: dict[str, Any], prefix: str) -> list[str]:
    """The Pipes parameters as `--conf`s, by hand."""
    absent = ("code_version_by_asset_key", "provenance_by_asset_key", "partition_key", "partition_key_range")
    context = {
        **dict.fromkeys([*absent, "partition_time_window", "job_name"]),
        **{"retry_number": 0, "run_id": "by-hand", "asset_keys": ["flights"], "extras": extras},
    }
    conf = {"context": {"data": context}, "messages": {"bucket": BUCKET, "key_prefix": prefix}}
    return [w for n, v in conf.items() for w in ("--conf", f"spark.dagster.pipes.{n}={encode_param(v)}")]


@pytest.mark.parametrize("emr", [pytest.param("local", marks=pytest.mark.matrix), "yarn"], indirect=True)
def test_a_plain_boto3_script_runs_scala_and_pyspark_steps(emr: LocalEMR) -> None:
    extras = {"flights_csv": f"s3://{BUCKET}/code/flights.csv", "output_path": f"s3://{BUCKET}/tables/scala"}
    scala = step(
        *("spark-submit", "--deploy-mode", "cluster", "--class", "migration.Upstream"),
        *("--jars", f"s3://{BUCKET}/code/bridge.jar", *pipes_conf(extras, "pipes/by-hand")),
        f"s3://{BUCKET}/code/jobs.jar",
        name="scala",
        on_failure="TERMINATE_CLUSTER",
    )
    pyspark = step(
        *("spark-submit", "--master", "yarn", "--deploy-mode", "client", f"s3://{BUCKET}/code/counting.py"),
        f"s3://{BUCKET}/tables/pyspark",
        name="pyspark",
        on_failure="TERMINATE_CLUSTER",
    )
    cluster = Cluster(emr, scala, pyspark, Configurations=CONFIGURATIONS)
    cluster.until("RUNNING", "PENDING")
    cluster.until_true(lambda: any("deploy.SparkSubmit" in c for c in processes_naming(emr.folder).values()))
    assert cluster.ended() == ("TERMINATED", "ALL_STEPS_COMPLETED", "Steps completed"), [
        cluster.log(f"steps/{s['Id']}/stderr")[-3000:] for s in cluster.steps()
    ]
    assert cluster.states() == ["COMPLETED", "COMPLETED"]

    scala_id, pyspark_id = (s["Id"] for s in cluster.steps())
    for step_id in (scala_id, pyspark_id):
        names = {f"steps/{step_id}/{name}.gz" for name in ("controller", "stderr", "stdout", "syslog")}
        assert names <= set(cluster.log_names())
    printed = cluster.log(f"steps/{pyspark_id}/stdout")
    assert "rows 1000" in printed
    assert f"master {'local[2]' if emr.engine == 'local' else 'yarn'} deploy mode client" in printed
    assert "from spark-env it's me from hadoop-env yes" in printed
    assert "from spark-defaults blue" in printed
    # In cluster mode the driver is in a container, and so is what it logs.
    containers = [
        n for n in cluster.log_names() if n.startswith("containers/application_") and n.endswith("/stderr.gz")
    ]
    assert any(cluster.log(name.removesuffix(".gz")) for name in containers), cluster.log_names()
    if emr.engine == "yarn":
        (finished,) = {(a.state, a.final_status) for a in emr.yarn.applications()}
        assert finished == ("FINISHED", "SUCCEEDED")

    messages = emr.client().list_objects_v2(Bucket=BUCKET, Prefix="pipes/by-hand/")["Contents"]
    lines = [
        json.loads(line)
        for chunk in messages
        for line in emr.client().get_object(Bucket=BUCKET, Key=chunk["Key"])["Body"].read().splitlines()
    ]
    assert lines[0]["method"] == "opened"
    assert lines[-1]["method"] == "closed"
    (reported,) = (line["params"]["metadata"] for line in lines if line["method"] == "report_asset_materialization")
    assert reported["rows"]["raw_value"] == 400


@pytest.mark.parametrize("emr", ["yarn"], indirect=True)
def test_an_application_outlives_its_cancelled_step_and_ends_with_the_cluster(emr: LocalEMR) -> None:
    """As on EMR: CancelSteps ends the spark-submit, `yarn application -kill` the application."""
    before = {application.id for application in emr.yarn.applications()}
    endless = ["spark-submit", "--deploy-mode", "cluster", f"s3://{BUCKET}/code/endless.py"]
    steps = [step(*endless, f"s3://{BUCKET}/marks/{name}", name=name) for name in ("one", "two")]
    cluster = Cluster(emr, *steps, keep_alive=True, StepConcurrencyLevel=2, Configurations=CONFIGURATIONS)

    def marks() -> set[str]:
        listed = emr.client().list_objects_v2(Bucket=BUCKET, Prefix="marks/").get("Contents", [])
        return {entry["Key"].split("/")[1] for entry in listed if entry["Key"].endswith("_SUCCESS")}

    def live() -> dict[str, str]:
        found = [application for application in emr.yarn.applications() if application.id not in before]
        return {application.id: application.state for application in found}

    cluster.until_true(lambda: marks() == {"one", "two"}, lambda: (cluster.states(), live()))
    cluster.client.cancel_steps(ClusterId=cluster.id, StepIds=[s["Id"] for s in cluster.steps()])
    cluster.until("CANCELLED", "CANCELLED")
    assert list(live().values()) == ["RUNNING", "RUNNING"]

    killed, left = sorted(live())
    (kill_id,) = cluster.add(step("yarn", "application", "-kill", killed))
    cluster.wait("step_complete", StepId=kill_id)
    cluster.until_true(lambda: live() == {killed: "KILLED", left: "RUNNING"}, live)
    cluster.client.terminate_job_flows(JobFlowIds=[cluster.id])
    cluster.ended()
    assert live() == {killed: "KILLED", left: "KILLED"}
    assert any(name.startswith(f"containers/{left}/") for name in cluster.log_names())


@pytest.mark.parametrize("emr", ["local"], indirect=True)
def test_a_jar_on_s3_is_run_by_hadoop_jar_and_hadoop_fs_copies(emr: LocalEMR, tmp_path: Path) -> None:
    source, jar = tmp_path / "Hello.java", tmp_path / "hello.jar"
    source.write_text(
        'public class Hello { public static void main(String[] a) { System.out.println("hello " + a[0]); } }'
    )
    subprocess.run(["javac", "--release", "8", "-Xlint:-options", source], check=True)
    with zipfile.ZipFile(jar, "w") as archive:
        archive.write(tmp_path / "Hello.class", "Hello.class")
    emr.client().upload_file(str(jar), BUCKET, "code/hello.jar")
    hello = {"Jar": f"s3://{BUCKET}/code/hello.jar", "MainClass": "Hello", "Args": ["from a jar"]}
    copy = step("hadoop", "fs", "-cp", f"s3://{BUCKET}/code/hello.jar", f"s3://{BUCKET}/copied.jar")
    cluster = Cluster(emr, {"Name": "hello", "ActionOnFailure": "CONTINUE", "HadoopJarStep": hello}, copy)
    cluster.ended()
    said = [cluster.log(f"steps/{s['Id']}/stderr")[-2000:] for s in cluster.steps()]
    assert cluster.states() == ["COMPLETED", "COMPLETED"], said
    assert cluster.log(f"steps/{cluster.steps()[0]['Id']}/stdout") == "hello from a jar\n"
    copied = emr.client().get_object(Bucket=BUCKET, Key="copied.jar")["Body"].read()
    assert copied == jar.read_bytes()


def test_the_example_runs_as_its_page_says() -> None:
    example = REPOSITORY / "examples" / "standin" / "plain_boto3.py"
    command = [sys.executable, "-m", "dagster_pipes_jvm.cli.main", "standin", "--", sys.executable, str(example)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "rows: 1000"  # Before it, what Python warns of: Spark makes it stdout.


def fast_waiters(client: Any) -> Any:
    """The client with botocore's waiters asking twice a second: as they come they ask every 30 s."""
    get_waiter = client.get_waiter

    def fast(name: str) -> Any:
        waiter = get_waiter(name)
        waiter.config.delay, waiter.config.max_attempts = 0.5, 1000
        return waiter

    client.get_waiter = fast
    return client


@pytest.mark.parametrize(
    ("emr", "language", "reader"),
    [
        ("local", "Scala", "ours"),
        ("yarn", "PySpark", "ours"),
        pytest.param("local", "PySpark", "Dagster's", marks=pytest.mark.matrix),
        pytest.param("yarn", "Scala", "Dagster's", marks=pytest.mark.matrix),
    ],
    indirect=["emr"],
)
def test_dagsters_own_client_materializes_an_asset(
    emr: LocalEMR, runs: DagsterRuns, language: str, reader: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing but `AWS_ENDPOINT_URL` and its credentials tells the client where it is."""
    for name, value in emr.environment().items():
        monkeypatch.setenv(name, value)
    session = boto3.session.Session()  # The default session keeps the first credentials that it has seen.
    given = {"bucket": BUCKET, "client": session.client("s3")}
    message_reader = PipesJvmS3MessageReader(**given) if reader == "ours" else PipesS3MessageReader(**given)
    client = PipesEMRClient(
        message_reader=message_reader,
        client=fast_waiters(session.client("emr")),
        context_injector=PipesS3ContextInjector(**given),
        wait_for_s3_logs_seconds=1,
    )
    application = {
        "Scala": [
            "--class",
            "migration.Upstream",
            "--jars",
            f"s3://{BUCKET}/code/bridge.jar",
            f"s3://{BUCKET}/code/jobs.jar",
        ],
        "PySpark": [f"s3://{BUCKET}/code/upstream.py"],
    }[language]

    def body(context: dg.AssetExecutionContext) -> Any:
        return client.run(
            context=context,
            extras={
                "flights_csv": f"s3://{BUCKET}/code/flights.csv",
                "output_path": f"s3://{BUCKET}/tables/{context.run.run_id}",
            },
            run_job_flow_params={
                "Name": "from dagster",
                "ReleaseLabel": "emr-7.5.0",
                "LogUri": f"s3://{BUCKET}/logs/",
                "JobFlowRole": "EMR_EC2_DefaultRole",
                "ServiceRole": "EMR_DefaultRole",
                "Instances": {
                    "MasterInstanceType": "m5.xlarge",
                    "InstanceCount": 1,
                    "KeepJobFlowAliveWhenNoSteps": False,
                },
                "Steps": [
                    step(
                        *("spark-submit", "--master", "yarn", "--deploy-mode", "cluster", *application),
                        name="upstream",
                        on_failure="TERMINATE_CLUSTER",
                    )
                ],
            },
        ).get_materialize_result()

    run = runs.run_body(body)
    assert run.success, run.failure
    metadata = run.metadata
    assert metadata["rows"] == 400
    cluster = emr.emr_client().describe_cluster(ClusterId=metadata["AWS EMR Cluster ID"])["Cluster"]
    assert cluster["Status"]["State"] == "TERMINATED"
    assert {tag["Key"] for tag in cluster["Tags"]} >= {"dagster/run-id"}
