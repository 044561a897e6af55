"""The search for the parameters of a PySpark job's Pipes session."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Optional

from dagster_pipes import (
    DAGSTER_PIPES_CONTEXT_CLI_ARGUMENT,
    PipesCliArgsParamsLoader,
    PipesEnvVarParamsLoader,
    PipesMappingParamsLoader,
    PipesParamsLoader,
)

from dagster_pipes_jvm.injob.jvm import jvm_of
from dagster_pipes_jvm.wire import CONF_KEY_BY_VARIABLE

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def find_params_loader(spark: Optional[SparkSession]) -> PipesParamsLoader:
    """Arguments go before the Spark properties of `spark`, and these before the environment."""
    if DAGSTER_PIPES_CONTEXT_CLI_ARGUMENT in sys.argv:
        return PipesCliArgsParamsLoader()  # type: ignore[no-untyped-call]  # dagster_pipes does not annotate `__init__`
    if spark is not None:
        loader = PipesSparkConfParamsLoader(spark)
        if loader.is_dagster_pipes_process():
            return loader
    return PipesEnvVarParamsLoader()  # type: ignore[no-untyped-call]  # dagster_pipes does not annotate `__init__`


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
            for variable, key in CONF_KEY_BY_VARIABLE.items():
                value = spark_conf.get(key)
                if value:
                    conf[variable] = value
        super().__init__(conf)
