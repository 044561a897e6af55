"""A pytest fixture: `local_emr`, an EMR and S3 of this machine for the whole test run.

    pytest_plugins = ["dagster_pipes_jvm_standin.pytest_plugin"]   # in conftest.py

Override the fixture `local_emr_options` to start it with others, and call `local_emr.set_faults(...)` for one test's faults.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from dagster_pipes_jvm_standin.server import LocalEMR


@pytest.fixture(scope="session")
def local_emr_options() -> Mapping[str, Any]:
    """What `LocalEMR` is started with: its parameters by name."""
    return {"provisioning_seconds": 0.5}


@pytest.fixture(scope="session")
def _local_emr_server(local_emr_options: Mapping[str, Any]) -> "Iterator[LocalEMR]":
    from dagster_pipes_jvm_standin.server import LocalEMR

    with LocalEMR(**local_emr_options) as emr:
        yield emr


@pytest.fixture
def local_emr(_local_emr_server: "LocalEMR", monkeypatch: pytest.MonkeyPatch) -> "Iterator[LocalEMR]":
    """The server, one for all tests, with this test's environment pointing at it, and without faults when the test is over."""
    for name, value in _local_emr_server.environment().items():
        monkeypatch.setenv(name, value)
    yield _local_emr_server
    _local_emr_server.set_faults(None)
