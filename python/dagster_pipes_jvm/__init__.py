"""Launch Scala, Java and PySpark jobs from Dagster and receive what they report over Dagster Pipes.

Public names are loaded on first use (PEP 562), so that `dagster_pipes_jvm.pyspark`, which runs inside a
Spark job, imports where only `dagster-pipes` and pyspark are installed.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from dagster_pipes_jvm._version import __version__

if TYPE_CHECKING:
    from dagster_pipes_jvm.errors import (
        BridgeJarNotFoundError,
        FilesystemAccessError,
        InvalidParameterError,
        JarsNotFetchedError,
        JavaNotFoundError,
        LocalS3Error,
        MessagesMissingError,
        MetadataNotFoundError,
        NothingWrittenError,
        PassingFaultError,
        PipesJvmError,
        PipesNotClosedError,
        S3AccessError,
        SparkNotFoundError,
        SparkSubmitFailedError,
    )
    from dagster_pipes_jvm.inject.filesystem import PipesJvmFilesystemContextInjector
    from dagster_pipes_jvm.inject.s3 import PipesJvmS3ContextInjector
    from dagster_pipes_jvm.invocation import PipesSparkCompletedInvocation
    from dagster_pipes_jvm.jars import bridge_jar
    from dagster_pipes_jvm.job import SparkJob
    from dagster_pipes_jvm.launch.client import PipesSparkClient
    from dagster_pipes_jvm.launch.spark_submit import PipesSparkSubmitClient
    from dagster_pipes_jvm.metadata import latest_metadata_value
    from dagster_pipes_jvm.read.files import PipesJvmFileMessageReader
    from dagster_pipes_jvm.read.filesystem import PipesJvmFilesystemMessageReader
    from dagster_pipes_jvm.read.s3 import PipesJvmS3MessageReader
    from dagster_pipes_jvm.read.stdio import PipesJvmStdioMessageReader

_MODULE_BY_NAME = {
    "BridgeJarNotFoundError": "errors",
    "FilesystemAccessError": "errors",
    "InvalidParameterError": "errors",
    "JarsNotFetchedError": "errors",
    "LocalS3Error": "errors",
    "JavaNotFoundError": "errors",
    "MessagesMissingError": "errors",
    "MetadataNotFoundError": "errors",
    "NothingWrittenError": "errors",
    "PassingFaultError": "errors",
    "PipesJvmError": "errors",
    "PipesNotClosedError": "errors",
    "S3AccessError": "errors",
    "SparkNotFoundError": "errors",
    "SparkSubmitFailedError": "errors",
    "PipesJvmS3ContextInjector": "inject.s3",
    "PipesSparkCompletedInvocation": "invocation",
    "bridge_jar": "jars",
    "SparkJob": "job",
    "PipesSparkClient": "launch.client",
    "PipesSparkSubmitClient": "launch.spark_submit",
    "latest_metadata_value": "metadata",
    "PipesJvmFileMessageReader": "read.files",
    "PipesJvmFilesystemContextInjector": "inject.filesystem",
    "PipesJvmFilesystemMessageReader": "read.filesystem",
    "PipesJvmS3MessageReader": "read.s3",
    "PipesJvmStdioMessageReader": "read.stdio",
}

__all__ = [
    "BridgeJarNotFoundError",
    "FilesystemAccessError",
    "InvalidParameterError",
    "JarsNotFetchedError",
    "JavaNotFoundError",
    "LocalS3Error",
    "MessagesMissingError",
    "MetadataNotFoundError",
    "NothingWrittenError",
    "PassingFaultError",
    "PipesJvmError",
    "PipesJvmFileMessageReader",
    "PipesJvmFilesystemContextInjector",
    "PipesJvmFilesystemMessageReader",
    "PipesJvmS3ContextInjector",
    "PipesJvmS3MessageReader",
    "PipesJvmStdioMessageReader",
    "PipesNotClosedError",
    "PipesSparkClient",
    "PipesSparkCompletedInvocation",
    "PipesSparkSubmitClient",
    "S3AccessError",
    "SparkJob",
    "SparkNotFoundError",
    "SparkSubmitFailedError",
    "__version__",
    "bridge_jar",
    "latest_metadata_value",
]


def __getattr__(name: str) -> Any:
    module = _MODULE_BY_NAME.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{module}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
