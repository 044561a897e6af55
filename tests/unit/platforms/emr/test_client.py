"""The parameters that the client refuses, each with what to do."""

from typing import Any

import dagster as dg
import pytest

from dagster_pipes_jvm import InvalidParameterError, PipesJvmS3MessageReader, PipesSparkEMRClient
from dagster_pipes_jvm.run.patience import Patience


@pytest.mark.parametrize(
    ("given", "parameter", "remedy"),
    [
        ({}, "cluster_id", "Pass exactly one of them; `cluster_name` and `cluster_tags` count as one."),
        (
            {"cluster_id": "j-1", "poll_interval_seconds": 0},
            "poll_interval_seconds",
            "Pass the seconds between two requests for the state of the EMR step, or leave the parameter out.",
        ),
        (
            {"cluster_id": "j-1", "message_reader": dg.PipesTempFileMessageReader()},
            "message_reader",
            "Pass PipesJvmS3MessageReader with a bucket that the cluster can write to. If it reaches no bucket, pass"
            " PipesJvmEMRLogMessageReader.",
        ),
        (
            {"cluster_id": "j-1", "patience": Patience(run_time_limit_seconds=60.0)},
            "patience",
            "Pass it as `step_time_limit_seconds`.",
        ),
    ],
)
def test_a_refused_parameter_has_its_remedy(given: dict[str, Any], parameter: str, remedy: str) -> None:
    reader = PipesJvmS3MessageReader(bucket="pipes", client=object())
    with pytest.raises(InvalidParameterError) as raised:
        PipesSparkEMRClient(**{"message_reader": reader, "client": object(), **given})
    assert raised.value.parameter == parameter
    assert f". {remedy} See " in str(raised.value)
