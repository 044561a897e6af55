"""Fixtures that every test may use: a real Dagster instance, and what it logged."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import boto3
import dagster as dg
import pytest
from hypothesis import settings

from tests.support.dagster_runs import DagsterRuns
from tests.support.spark_archive import ARCHIVE, options

REPOSITORY = Path(__file__).parents[1]

os.environ.setdefault("SPARK_SUBMIT_OPTS", options(ARCHIVE))
# The Sparks of the tests listen on loopback only.
os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")

# Hypothesis tries the same examples in each run, and a busy machine fails no test.
settings.register_profile("reproducible", derandomize=True, database=None, deadline=None)
settings.load_profile("reproducible")


@pytest.fixture(scope="session", autouse=True)
def _interruptible() -> None:
    """A shell that starts the tests in the background lets them ignore SIGINT, and nohup SIGHUP; a job inherits that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(autouse=True)
def _keys_of_this_test() -> None:
    """`boto3.client` keeps the keys of its first call, which may be those of the emulator of an earlier test file."""
    boto3.DEFAULT_SESSION = None


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[DagsterRuns]:
    """Materializes assets in a Dagster instance of this test, with its event log on disk."""
    home = tmp_path / "dagster_home"
    home.mkdir()
    with dg.DagsterInstance.local_temp(str(home), overrides={"telemetry": {"enabled": False}}) as instance:
        yield DagsterRuns(instance)
