"""The parameters of a PySpark job's Pipes session and its stored context: the search for them, and their limit."""

from __future__ import annotations

import base64
import json
import os
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Optional

from dagster_pipes import (
    DAGSTER_PIPES_CLI_PARSER,
    DAGSTER_PIPES_CONTEXT_CLI_ARGUMENT,
    DagsterPipesError,
    PipesDefaultContextLoader,
    PipesMappingParamsLoader,
    PipesParamsLoader,
    PipesS3ContextLoader,
)

from dagster_pipes_jvm.injob.jvm import jvm_of
from dagster_pipes_jvm.texts import see
from dagster_pipes_jvm.wire import (
    CONF_KEY_BY_VARIABLE,
    DAGSTER_PIPES_CONTEXT_ENV_VAR,
    DAGSTER_PIPES_MESSAGES_ENV_VAR,
    MAX_CONTEXT_BYTES,
    not_decoded,
)

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def find_params_loader(spark: Optional[SparkSession]) -> PipesParamsLoader:
    """Arguments go before the Spark properties of `spark`, and these before the environment."""
    if DAGSTER_PIPES_CONTEXT_CLI_ARGUMENT in sys.argv:
        arguments, _ = DAGSTER_PIPES_CLI_PARSER.parse_known_args()
        variables = (DAGSTER_PIPES_CONTEXT_ENV_VAR, DAGSTER_PIPES_MESSAGES_ENV_VAR)
        return LimitedParamsLoader({variable: getattr(arguments, variable.lower()) for variable in variables})
    if spark is not None:
        loader = PipesSparkConfParamsLoader(spark)
        if loader.is_dagster_pipes_process():
            return loader
    return LimitedParamsLoader(os.environ)


def check_size(what: str, size_bytes: int) -> None:
    """Refuse JSON of the session that is beyond the limit, before it is decoded.

    Args:
        what: its place, for the error.
        size_bytes: its size, or as much of it as is known.

    Raises:
        DagsterPipesError: it is beyond the limit.
    """
    if size_bytes > MAX_CONTEXT_BYTES:
        raise DagsterPipesError(
            f"The Pipes parameters of this job are too large. Expected at most {MAX_CONTEXT_BYTES:,} bytes of JSON in {what},"
            f" got more. Pass less in `extras`, and large data by a file of your own. {see('parameters')}"
        )


@contextmanager
def decoding(what: str) -> Iterator[None]:
    """Name the limit of levels, if the JSON that is decoded in the block is beyond it.

    Args:
        what: its place, for the error.

    Raises:
        DagsterPipesError: it is nested deeper than Python decodes.
    """
    try:
        yield
    except RecursionError as e:
        raise DagsterPipesError(
            f"The Pipes parameters of this job are nested too deeply. The JSON in {what} is {not_decoded(e)}. Pass flat values"
            f" in `extras`, or text. {see('parameters')}"
        ) from e


class LimitedParamsLoader(PipesMappingParamsLoader):
    """Decodes the parameters as `dagster_pipes` does, up to a limit: a few kilobytes of zlib may be gigabytes of JSON.

    Args:
        mapping: the encoded parameters, by their environment variables.
    """

    def __init__(self, mapping: Mapping[str, str]) -> None:
        super().__init__(mapping)
        self._encoded = mapping

    def load_context_params(self) -> Any:
        """Decode the context's parameters.

        Raises:
            DagsterPipesError: they are beyond the limit.
        """
        return self._load(DAGSTER_PIPES_CONTEXT_ENV_VAR, super().load_context_params)

    def load_messages_params(self) -> Any:
        """Decode the parameters of the messages.

        Raises:
            DagsterPipesError: they are beyond the limit.
        """
        return self._load(DAGSTER_PIPES_MESSAGES_ENV_VAR, super().load_messages_params)

    def _load(self, variable: str, load: Callable[[], Any]) -> Any:
        zipped = base64.b64decode(self._encoded[variable])
        # One byte more tells that there is more; the rest stays compressed.
        check_size(variable, len(zlib.decompressobj().decompress(zipped, MAX_CONTEXT_BYTES + 1)))
        with decoding(variable):
            return load()


class PipesSparkConfParamsLoader(LimitedParamsLoader):
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


class LimitedContextLoader(PipesDefaultContextLoader):
    """Loads the context as `PipesDefaultContextLoader` does, up to a limit.

    Raises:
        DagsterPipesError: the file is beyond the limit.
    """

    @contextmanager
    def load_context(self, params: Mapping[str, Any]) -> Iterator[Any]:
        """Yields the context."""
        path = params.get("path")
        if path and os.path.isfile(path):
            check_size(path, os.path.getsize(path))
        with ExitStack() as stack:
            with decoding(path or "the parameters"):
                context = stack.enter_context(super().load_context(params))
            yield context


class LimitedS3ContextLoader(PipesS3ContextLoader):
    """Loads the context as `PipesS3ContextLoader` does, up to a limit.

    Args:
        client: a `boto3.client("s3")`.

    Raises:
        DagsterPipesError: the object is beyond the limit.
    """

    def __init__(self, client: Any) -> None:
        super().__init__(client)
        self._s3 = client

    @contextmanager
    def load_context(self, params: Mapping[str, Any]) -> Iterator[Any]:
        """Yields the context."""
        answer = self._s3.get_object(Bucket=params["bucket"], Key=params["key"])
        body = answer["Body"].read(MAX_CONTEXT_BYTES + 1)
        check_size(f"s3://{params['bucket']}/{params['key']}", len(body))
        with decoding(f"s3://{params['bucket']}/{params['key']}"):
            context = json.loads(body.decode("utf-8"))
        yield context
