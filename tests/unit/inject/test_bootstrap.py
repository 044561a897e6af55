import random
from types import SimpleNamespace
from typing import Any

import pytest
from dagster_pipes import decode_param, encode_param

from dagster_pipes_jvm import InvalidParameterError
from dagster_pipes_jvm.inject.bootstrap import bootstrap_conf
from dagster_pipes_jvm.texts import PAGE_URL


def session(context: Any) -> Any:
    values = {"DAGSTER_PIPES_CONTEXT": encode_param(context), "DAGSTER_PIPES_MESSAGES": encode_param({"path": "m"})}
    return SimpleNamespace(get_bootstrap_env_vars=lambda: values)


def test_the_parameters_become_two_spark_properties() -> None:
    conf = bootstrap_conf(session({"data": {"extras": {"a": 1}}}), call="run")
    assert {key: decode_param(value) for key, value in conf.items()} == {
        "spark.dagster.pipes.context": {"data": {"extras": {"a": 1}}},
        "spark.dagster.pipes.messages": {"path": "m"},
    }


def test_a_context_longer_than_an_argument_is_refused() -> None:
    incompressible = random.Random(1).randbytes(200_000).hex()
    with pytest.raises(InvalidParameterError) as caught:
        bootstrap_conf(session({"data": incompressible}), call="PipesSparkSubmitClient.run")
    assert str(caught.value).startswith(
        "Invalid value for parameter `extras` of `PipesSparkSubmitClient.run`. Expected a Pipes context of at most 130,816"
        " characters when encoded, got "
    )
    assert f"PipesS3ContextInjector. See {PAGE_URL}#parameters" in str(caught.value)
