"""The rows of `make faults`, one test each."""

from collections.abc import Iterator

import pytest

from dagster_pipes_jvm_standin.s3_server import LocalS3
from tests.faults.runs import FaultRuns, faults_instance
from tests.faults.table import ROWS
from tests.support.dagster_runs import DagsterRuns


@pytest.fixture(scope="module")
def faults(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultRuns]:
    directory = tmp_path_factory.mktemp("faults")
    with LocalS3() as s3, faults_instance(str(directory)) as instance:
        yield FaultRuns(directory, s3, DagsterRuns(instance))


@pytest.mark.matrix
@pytest.mark.parametrize("row", ROWS)
def test_nothing_is_lost_repeated_or_passed_over_in_silence(faults: FaultRuns, row: str) -> None:
    outcome = ROWS[row](faults)
    if outcome.not_run:
        pytest.skip(outcome.not_run)
    assert not outcome.wrong, outcome
