"""Where a PySpark job finds the parameters of its Pipes session."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Optional

from dagster_pipes import (
    DAGSTER_PIPES_CONTEXT_CLI_ARGUMENT,
    DAGSTER_PIPES_CONTEXT_ENV_VAR,
    DAGSTER_PIPES_MESSAGES_ENV_VAR,
    PipesCliArgsParamsLoader,
    PipesEnvVarParamsLoader,
    PipesMappingParamsLoader,
    PipesParamsLoader,
)

from dagster_pipes_jvm.injob.jvm import jvm_of
from dagster_pipes_jvm.wire import CONTEXT_CONF_KEY, MESSAGES_CONF_KEY

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_CONF_KEYS = {
    DAGSTER_PIPES_CONTEXT_ENV_VAR: CONTEXT_CONF_KEY,
    DAGSTER_PIPES_MESSAGES_ENV_VAR: MESSAGES_CONF_KEY,
}


def find_params_loader(spark: Optional[SparkSession]) -> PipesParamsLoader:
    """Arguments go before the Spark properties of `spark`, and these before the environment."""
    if DAGSTER_PIPES_CONTEXT_CLI_ARGUMENT in sys.argv:
        return PipesCliArgsParamsLoader()  # type: ignore[no-untyped-call]
    if spark is not None:
        loader = PipesSparkConfParamsLoader(spark)
        if loader.is_dagster_pipes_process():
            return loader
    return PipesEnvVarParamsLoader()  # type: ignore[no-untyped-call]


class PipesSparkConfParamsLoader(PipesMappingParamsLoader):
    """Loads the parameters from the Spark properties `spark.dagster.pipes.context` and `spark.dagster.pipes.messages`.

    Args:
        spark: a classic session; one of Spark Connect has no access to the driver's properties and gives no parameters.
    """

    def __init__(self, spark: SparkSession) -> None:
        conf = {}
        jvm = jvm_of(spark)
        if jvm is not None:
            # spark-submit makes every `--conf spark.*` a system property of the driver, and the SparkConf takes those.
            spark_conf = spark.sparkContext.getConf()
            for variable, key in _CONF_KEYS.items():
                value = spark_conf.get(key)
                if value:
                    conf[variable] = value
        super().__init__(conf)
