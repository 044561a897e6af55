"""The one-node YARN itself: what it shows of an application, and that nothing outlives it."""

import os
import select
import subprocess
from pathlib import Path

import pytest

from dagster_pipes_jvm.submit.spark_home import find_spark_home
from dagster_pipes_jvm_standin.yarn import MiniYarn
from tests.support.processes import processes_naming

# Says that it runs, and then never ends by itself.
_ENDLESS_JOB = """\
import signal, sys
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
print("counted", spark.range(1000).count(), flush=True)
open(sys.argv[1], "w").write("running")
signal.pause()
"""


@pytest.mark.matrix
def test_a_running_application_can_be_seen_and_ends_with_the_cluster(tmp_path: Path) -> None:
    """About 40 s: starts YARN, and a PySpark job in cluster mode whose driver and executor are processes of the node manager."""
    job, says_running = tmp_path / "job.py", tmp_path / "running"
    job.write_text(_ENDLESS_JOB)
    os.mkfifo(says_running)
    home = find_spark_home(None, os.environ)
    with MiniYarn(tmp_path / "yarn") as yarn:
        conf = {**yarn.spark_conf(), "spark.yarn.submit.waitAppCompletion": "false"}
        command = [str(home / "bin" / "spark-submit"), "--master", "yarn", "--deploy-mode", "cluster"]
        for name, value in conf.items():
            command += ["--conf", f"{name}={value}"]
        submitted = subprocess.run(
            [*command, str(job), str(says_running)],
            env={**os.environ, **yarn.environment(), "SPARK_HOME": str(home)},
            capture_output=True,
            text=True,
        )
        assert submitted.returncode == 0, submitted.stderr
        fifo = os.open(says_running, os.O_RDONLY | os.O_NONBLOCK)
        ready, _, _ = select.select([fifo], [], [], 300)
        (application,) = yarn.applications()
        logs = yarn.container_logs(application.id)
        assert ready, logs
        os.close(fifo)
        assert application[1:] == ("RUNNING", "UNDEFINED")
        assert any(name.endswith("/stdout") and "counted 1000" in text for name, text in logs.items())
        assert len(processes_naming(yarn.base_dir)) > 1
    assert processes_naming(tmp_path) == {}
