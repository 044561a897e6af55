"""Whatever ends the EMR of this machine, no process of it is left; and two do not meet."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from dagster_pipes_jvm_standin import LocalEMR
from tests.conftest import REPOSITORY
from tests.support.emr import BUCKET, Cluster, shell
from tests.support.processes import descendants

# Starts a cluster with a step that would never end, and a process that the step leaves on its own.
_USER = """
import os, sys, boto3
gate, ready = sys.argv[1:]
os.mkfifo(gate)
os.mkfifo(ready)
client = boto3.client("emr")
script = f"trap '' TERM INT; (trap '' TERM INT; echo x > {ready}; cat {gate}) & echo x > {ready}; cat {gate}"
jar = {"Jar": "command-runner.jar", "Args": ["bash", "-c", script]}
client.run_job_flow(Name="n", Instances={"InstanceCount": 1}, Steps=[{"Name": "s", "HadoopJarStep": jar}])
"""


def wait_for_end(processes: set[int]) -> None:
    """Until none of them is left, or a minute has passed."""
    handles = []
    for pid in processes:
        try:
            handles.append(os.pidfd_open(pid))
        except ProcessLookupError:
            continue
    try:
        for handle in handles:
            assert select.select([handle], [], [], 60)[0], processes
    finally:
        for handle in handles:
            os.close(handle)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], set[int]]]:
    """The command with a step that runs, and all its processes."""
    gate, ready, environment, log = (tmp_path / name for name in ("gate", "ready", "environment", "log"))
    command = [sys.executable, "-m", "dagster_pipes_jvm.cli.main", "standin", "--provisioning-seconds", "0"]
    standin = subprocess.Popen(
        [*command, "--env-file", str(environment), "--log", str(log)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert standin.stdout is not None
    assert standin.stdout.readline().startswith("export ")
    exported = f'. {environment}; exec {sys.executable} -c "$0" {gate} {ready}'
    subprocess.run(["bash", "-c", exported, _USER], check=True)
    said, opened = b"", os.open(ready, os.O_RDWR)
    while len(said) < len(b"x\nx\n"):  # A line of each of the two processes of the step.
        said += os.read(opened, 16)
    os.close(opened)
    processes = descendants(standin.pid)
    yield standin, processes
    standin.kill()
    standin.communicate()
    wait_for_end(processes)


def test_ctrl_c_leaves_nothing(running: tuple[subprocess.Popen[str], set[int]]) -> None:
    standin, processes = running
    assert len(processes) > 4
    standin.send_signal(signal.SIGINT)
    _, said = standin.communicate(timeout=60)
    assert standin.returncode == 0
    assert "ending every step" in said
    wait_for_end(processes)
    (folder,) = [line.rpartition(" ")[2] for line in said.splitlines() if "steps run under" in line]
    assert not Path(folder).exists()


def test_sigkill_of_the_starter_leaves_nothing(running: tuple[subprocess.Popen[str], set[int]]) -> None:
    standin, processes = running
    standin.kill()
    _, said = standin.communicate(timeout=60)
    wait_for_end(processes)
    (folder,) = [line.rpartition(" ")[2] for line in said.splitlines() if "steps run under" in line]
    assert not Path(folder).exists()


@pytest.mark.matrix
def test_sigkill_of_the_starter_leaves_nothing_of_yarn_and_its_containers(tmp_path: Path) -> None:
    """About a minute: an application in cluster mode that would never end."""
    job = tmp_path / "job.py"
    job.write_text(
        "import signal\nfrom pyspark.sql import SparkSession\nSparkSession.builder.getOrCreate()\nsignal.pause()\n"
    )
    program = (
        "import sys; from dagster_pipes_jvm_standin import LocalEMR; from tests.support.emr import Cluster, step\n"
        "emr = LocalEMR('yarn', provisioning_seconds=0); emr.start()\n"
        f"cluster = Cluster(emr, step('spark-submit', '--deploy-mode', 'cluster', {str(job)!r}))\n"
        "cluster.until_true(lambda: any(a.state == 'RUNNING' for a in emr.yarn.applications()))\n"
        "print(emr.folder, flush=True); sys.stdin.read()"
    )
    starter = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY
    )
    assert starter.stdout is not None
    folder = Path(starter.stdout.readline().strip())
    processes = descendants(starter.pid)
    assert len(processes) > 5
    starter.kill()
    starter.communicate()
    wait_for_end(processes)
    assert not folder.exists()


def test_sigkill_of_the_server_itself_leaves_no_step() -> None:
    with LocalEMR(provisioning_seconds=0) as emr:
        cluster = Cluster(emr, shell("trap '' TERM; sleep 1000 & sleep 1000; echo"))
        cluster.until("RUNNING")
        cluster.until_true(lambda: len(descendants(emr.pid)) >= 4)
        processes = descendants(emr.pid)
        os.kill(emr.pid, signal.SIGKILL)
        wait_for_end(processes)


def test_a_second_one_shares_nothing_with_the_first() -> None:
    with LocalEMR(provisioning_seconds=0) as first, LocalEMR(provisioning_seconds=0) as second:
        assert first.endpoint_url != second.endpoint_url
        assert first.folder != second.folder
        cluster = Cluster(first, shell("exit 0"))
        cluster.ended()
        assert second.emr_client().list_clusters()["Clusters"] == []
        assert BUCKET not in [b["Name"] for b in second.client().list_buckets()["Buckets"]]
    with second:
        assert second.emr_client().list_clusters()["Clusters"] == []


def test_it_listens_on_loopback_only() -> None:
    with LocalEMR() as emr:
        port = int(emr.endpoint_url.rpartition(":")[2])
        listening = [line.split()[1] for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        assert [a for a in listening if a.endswith(f":{port:04X}") and not a.startswith("0100007F")] == []
        assert f"0100007F:{port:04X}" in listening


def test_a_command_runs_with_its_environment_and_gives_its_exit_code(tmp_path: Path) -> None:
    program = "import boto3, sys; sys.exit(40 + len(boto3.client('s3').list_buckets()['Buckets']))"
    command = [
        sys.executable,
        "-m",
        "dagster_pipes_jvm.cli.main",
        "standin",
        "--bucket",
        "one",
        "--bucket",
        "two",
        "--",
    ]
    done = subprocess.run([*command, sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 42, done.stderr
    assert done.stdout == ""
    missing = subprocess.run([*command, str(tmp_path / "none")], capture_output=True, text=True)
    assert missing.returncode == 1
    assert "none cannot be started: No such file or directory." in missing.stderr


def test_the_command_says_what_keeps_it_from_starting(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "dagster_pipes_jvm.cli.main", "standin", "--spark-home", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert "Error: No Spark was found: the parameter `spark_home`" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_environment_is_all_that_boto3_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    with LocalEMR() as emr:
        for name, value in emr.environment().items():
            monkeypatch.setenv(name, value)
        assert boto3.session.Session().client("emr").list_clusters()["Clusters"] == []
