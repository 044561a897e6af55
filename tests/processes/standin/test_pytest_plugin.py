"""The fixture `local_emr`, as a project's own tests see it."""

import subprocess
import sys
from pathlib import Path

_CONFTEST = """
import pytest

pytest_plugins = ["dagster_pipes_jvm_standin.pytest_plugin"]

@pytest.fixture(scope="session")
def local_emr_options():
    return {"provisioning_seconds": 0}
"""
_TESTS = """
import boto3
import pytest
from dagster_pipes_jvm_standin import Faults

urls = set()

def test_the_environment_points_at_it(local_emr):
    urls.add(local_emr.endpoint_url)
    assert boto3.session.Session().client("emr").meta.endpoint_url == local_emr.endpoint_url
    local_emr.set_faults(Faults(throttle_every=1))

def test_the_server_is_the_same_and_the_faults_of_the_first_test_are_over(local_emr):
    urls.add(local_emr.endpoint_url)
    assert len(urls) == 1
    assert boto3.session.Session().client("emr").list_clusters()["Clusters"] == []
"""


def test_one_server_serves_every_test_and_each_has_its_own_faults(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(_CONFTEST)
    (tmp_path / "test_it.py").write_text(_TESTS)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        str(tmp_path),
        "--rootdir",
        str(tmp_path),
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert "2 passed" in done.stdout, done.stdout + done.stderr


def test_the_plugin_costs_no_import_of_dagster_or_moto() -> None:
    code = "import sys, dagster_pipes_jvm_standin.pytest_plugin; print(sorted({'dagster', 'moto', 'boto3'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
