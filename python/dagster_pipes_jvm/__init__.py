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
        EMRRequestError,
        EMRStepFailedError,
        EMRTimeLimitError,
        FilesystemAccessError,
        InvalidParameterError,
        JarsNotFetchedError,
        JavaNotFoundError,
        LocalEMRError,
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
    from dagster_pipes_jvm.launch.emr.client import PipesSparkEMRClient
    from dagster_pipes_jvm.launch.emr.configurations import merge_configurations
    from dagster_pipes_jvm.launch.emr.job_flow import emr_job_flow
    from dagster_pipes_jvm.launch.emr.staging import staged_bridge_jar
    from dagster_pipes_jvm.launch.spark_submit import PipesSparkSubmitClient
    from dagster_pipes_jvm.metadata import latest_metadata_value
    from dagster_pipes_jvm.read.cloudwatch import PipesJvmCloudWatchLogReader, PipesJvmCloudWatchMessageReader
    from dagster_pipes_jvm.read.emr_logs import PipesJvmEMRLogMessageReader, PipesJvmEMRLogReader
    from dagster_pipes_jvm.read.files import PipesJvmFileMessageReader
    from dagster_pipes_jvm.read.filesystem import PipesJvmFilesystemMessageReader
    from dagster_pipes_jvm.read.log_file import PipesJvmFileLogReader, PipesJvmLogFileMessageReader
    from dagster_pipes_jvm.read.s3 import PipesJvmS3MessageReader
    from dagster_pipes_jvm.read.stdio import PipesJvmStdioMessageReader
    from dagster_pipes_jvm.read.yarn_logs import PipesJvmYarnLogMessageReader, PipesJvmYarnLogReader

_MODULE_BY_NAME = {
    "BridgeJarNotFoundError": "errors",
    "EMRRequestError": "errors",
    "EMRStepFailedError": "errors",
    "EMRTimeLimitError": "errors",
    "FilesystemAccessError": "errors",
    "InvalidParameterError": "errors",
    "JarsNotFetchedError": "errors",
    "LocalEMRError": "errors",
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
    "PipesSparkEMRClient": "launch.emr.client",
    "merge_configurations": "launch.emr.configurations",
    "emr_job_flow": "launch.emr.job_flow",
    "staged_bridge_jar": "launch.emr.staging",
    "PipesSparkSubmitClient": "launch.spark_submit",
    "latest_metadata_value": "metadata",
    "PipesJvmCloudWatchLogReader": "read.cloudwatch",
    "PipesJvmCloudWatchMessageReader": "read.cloudwatch",
    "PipesJvmEMRLogMessageReader": "read.emr_logs",
    "PipesJvmEMRLogReader": "read.emr_logs",
    "PipesJvmFileLogReader": "read.log_file",
    "PipesJvmLogFileMessageReader": "read.log_file",
    "PipesJvmYarnLogMessageReader": "read.yarn_logs",
    "PipesJvmYarnLogReader": "read.yarn_logs",
    "PipesJvmFileMessageReader": "read.files",
    "PipesJvmFilesystemContextInjector": "inject.filesystem",
    "PipesJvmFilesystemMessageReader": "read.filesystem",
    "PipesJvmS3MessageReader": "read.s3",
    "PipesJvmStdioMessageReader": "read.stdio",
}

__all__ = [
    "BridgeJarNotFoundError",
    "EMRRequestError",
    "EMRStepFailedError",
    "EMRTimeLimitError",
    "FilesystemAccessError",
    "InvalidParameterError",
    "JarsNotFetchedError",
    "JavaNotFoundError",
    "LocalEMRError",
    "LocalS3Error",
    "MessagesMissingError",
    "MetadataNotFoundError",
    "NothingWrittenError",
    "PassingFaultError",
    "PipesJvmCloudWatchLogReader",
    "PipesJvmCloudWatchMessageReader",
    "PipesJvmEMRLogMessageReader",
    "PipesJvmEMRLogReader",
    "PipesJvmError",
    "PipesJvmFileLogReader",
    "PipesJvmFileMessageReader",
    "PipesJvmFilesystemContextInjector",
    "PipesJvmFilesystemMessageReader",
    "PipesJvmLogFileMessageReader",
    "PipesJvmS3ContextInjector",
    "PipesJvmS3MessageReader",
    "PipesJvmStdioMessageReader",
    "PipesJvmYarnLogMessageReader",
    "PipesJvmYarnLogReader",
    "PipesNotClosedError",
    "PipesSparkClient",
    "PipesSparkCompletedInvocation",
    "PipesSparkEMRClient",
    "PipesSparkSubmitClient",
    "S3AccessError",
    "SparkJob",
    "SparkNotFoundError",
    "SparkSubmitFailedError",
    "__version__",
    "bridge_jar",
    "emr_job_flow",
    "latest_metadata_value",
    "merge_configurations",
    "staged_bridge_jar",
]


def __getattr__(name: str) -> Any:
    module = _MODULE_BY_NAME.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{module}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
