"""A rendered step as a cluster runs it: the cluster's spark-defaults.conf, real spark-submits of two versions, a real YARN."""

import os
import shlex
import subprocess
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster import PipesEnvContextInjector, open_pipes_session

from dagster_pipes_jvm import EMRStepJob, PipesJvmFileMessageReader, bridge_jar
from dagster_pipes_jvm.inject.bootstrap import bootstrap_conf
from dagster_pipes_jvm.platforms.emr.render import attach_step
from dagster_pipes_jvm.run.identity import LaunchIdentity
from dagster_pipes_jvm_standin.yarn import MiniYarn
from tests.endtoend.conftest import Spark
from tests.support.dagster_runs import DagsterRuns

JOB = str(Path(__file__).parent / "jobs" / "loads.py")
LAUNCH = LaunchIdentity("3f1c", "orders")
CLASSES = ["dagsterpipes.Pipes", "Echo", "migration.Upstream", "there.is.no.such.Class"]


@pytest.mark.parametrize(
    ("version", "deploy_mode", "is_known", "has_own_jars", "loaded"),
    [
        ("4.3", "cluster", True, True, "dagsterpipes.Pipes Echo migration.Upstream"),
        ("3.5", "client", True, False, "dagsterpipes.Pipes migration.Upstream"),
        ("3.5", "cluster", False, True, "dagsterpipes.Pipes Echo migration.Upstream"),
        ("4.3", "client", False, False, "dagsterpipes.Pipes migration.Upstream"),
        pytest.param(
            "3.5", "cluster", True, True, "dagsterpipes.Pipes Echo migration.Upstream", marks=pytest.mark.matrix
        ),
        # --jars hide the cluster's spark.jars, with and without us.
        pytest.param("4.3", "client", True, True, "dagsterpipes.Pipes Echo", marks=pytest.mark.matrix),
    ],
)
def test_the_bridge_is_beside_the_users_and_the_clusters_jars(
    version: str,
    deploy_mode: str,
    is_known: bool,
    has_own_jars: bool,
    loaded: str,
    runs: DagsterRuns,
    yarn: MiniYarn,
    sparks: dict[str, Spark],
    echo_jar: str,
    tmp_path: Path,
) -> None:
    spark = sparks[version]
    jars_key = "spark.yarn.dist.jars" if deploy_mode == "cluster" else "spark.jars"
    defaults = {
        **yarn.spark_conf(spark.home, str(spark.python)),
        "spark.master": "yarn",
        "spark.yarn.tags": "team",
        jars_key: spark.jobs_jar,
    }
    configurations = [{"Classification": "spark-defaults", "Properties": defaults}]
    conf_dir = tmp_path / "conf"
    conf_dir.mkdir()
    lines = "".join(f"{key} {value}\n" for key, value in defaults.items())
    (conf_dir / "spark-defaults.conf").write_text(lines, encoding="utf-8")
    own_jars = ["--jars", echo_jar] if has_own_jars else []
    words = ["spark-submit", "--deploy-mode", deploy_mode, *own_jars, JOB, *CLASSES]
    if not is_known:
        # Without our change spark-submit would end before its application in cluster mode, with no result.
        hidden = ["--conf", "spark.yarn.submit.waitAppCompletion=false", *own_jars, JOB, *CLASSES]
        words = ["bash", "-c", f'spark-submit --deploy-mode "$MODE" {shlex.join(hidden)}']
    job = EMRStepJob.from_step({"Name": "n", "HadoopJarStep": {"Jar": "command-runner.jar", "Args": words}})

    def body(context: dg.AssetExecutionContext) -> Any:
        reader = PipesJvmFileMessageReader(str(tmp_path))
        with open_pipes_session(context, PipesEnvContextInjector(), reader) as session:
            rendered = attach_step(
                job,
                session_conf=bootstrap_conf(session, call="test"),
                bridge_jar_uri=bridge_jar().as_uri(),
                cluster_configurations=configurations,
                launch=LAUNCH,
            ).rendered()
            environment = {**os.environ, **yarn.environment(), "SPARK_CONF_DIR": str(conf_dir)}
            environment |= {"SPARK_HOME": str(spark.home), "LC_ALL": "C.UTF-8"}
            program, *arguments = rendered.step["HadoopJarStep"]["Args"]
            environment |= {"MODE": deploy_mode, "PATH": f"{spark.home / 'bin'}:{os.environ['PATH']}"}
            command = [program, *arguments]
            subprocess.run(command, env=environment, cwd=tmp_path, check=True, timeout=300)
        return session.get_results()

    run = runs.run_body(body)
    assert run.success, run.failure
    metadata = run.metadata
    assert metadata["loaded"] == loaded
    assert metadata["has_environment"] == (deploy_mode == "cluster")
    assert metadata["tags"] == f"team,{LAUNCH.tag}"
    assert metadata["attempts"] == ("1" if deploy_mode == "cluster" or not is_known else "")
