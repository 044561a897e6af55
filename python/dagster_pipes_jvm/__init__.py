"""Launch Scala, Java and PySpark jobs from Dagster and receive what they report over Dagster Pipes.

Public names are loaded on first use (PEP 562), so that `dagster_pipes_jvm.pyspark`, which runs inside a
Spark job, imports where only `dagster-pipes` and pyspark are installed. Our clients attach that part to PySpark jobs as
a zip, which has another `__init__`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from dagster_pipes_jvm._version import __version__

if TYPE_CHECKING:
    from dagster_pipes_jvm.components.metadata import latest_metadata_value
    from dagster_pipes_jvm.errors import (
        AlreadyRunningError,
        BridgeJarNotFoundError,
        EMRRequestError,
        EMRStepFailedError,
        EMRTimeLimitError,
        FilesystemAccessError,
        InvalidParameterError,
        JarsNotFetchedError,
        JavaNotFoundError,
        MessagesMissingError,
        MetadataNotFoundError,
        NothingWrittenError,
        PassingFaultError,
        PipesJvmError,
        PipesNotClosedError,
        PySparkZipNotFoundError,
        S3AccessError,
        SparkNotFoundError,
        SparkSubmitFailedError,
        ThreadFailedError,
    )
    from dagster_pipes_jvm.inject.filesystem import PipesJvmFilesystemContextInjector
    from dagster_pipes_jvm.inject.s3 import PipesJvmS3ContextInjector
    from dagster_pipes_jvm.job import SparkJob
    from dagster_pipes_jvm.platforms.emr.client import PipesSparkEMRClient
    from dagster_pipes_jvm.platforms.emr.configurations import merge_configurations
    from dagster_pipes_jvm.platforms.emr.job_flow import emr_job_flow
    from dagster_pipes_jvm.platforms.emr.log_readers import PipesJvmEMRLogMessageReader, PipesJvmEMRLogReader
    from dagster_pipes_jvm.platforms.emr.staging import staged_bridge_jar, staged_pyspark_zip
    from dagster_pipes_jvm.platforms.emr.step_job import EMRStepJob
    from dagster_pipes_jvm.platforms.local.client import PipesSparkSubmitClient
    from dagster_pipes_jvm.platforms.yarn.log_readers import PipesJvmYarnLogMessageReader, PipesJvmYarnLogReader
    from dagster_pipes_jvm.read.chunks.filesystem import PipesJvmFilesystemMessageReader
    from dagster_pipes_jvm.read.chunks.s3 import PipesJvmS3MessageReader
    from dagster_pipes_jvm.read.logs.cloudwatch import PipesJvmCloudWatchLogReader, PipesJvmCloudWatchMessageReader
    from dagster_pipes_jvm.read.logs.file import PipesJvmFileLogReader, PipesJvmLogFileMessageReader
    from dagster_pipes_jvm.read.logs.stdio import PipesJvmStdioMessageReader
    from dagster_pipes_jvm.read.messages.file import PipesJvmFileMessageReader
    from dagster_pipes_jvm.run.client import PipesSparkClient
    from dagster_pipes_jvm.run.invocation import PipesSparkCompletedInvocation
    from dagster_pipes_jvm.submit.bridge import bridge_jar, pyspark_zip

_MODULE_BY_NAME = {
    "AlreadyRunningError": "errors",
    "BridgeJarNotFoundError": "errors",
    "EMRRequestError": "errors",
    "EMRStepFailedError": "errors",
    "EMRTimeLimitError": "errors",
    "FilesystemAccessError": "errors",
    "InvalidParameterError": "errors",
    "JarsNotFetchedError": "errors",
    "JavaNotFoundError": "errors",
    "MessagesMissingError": "errors",
    "MetadataNotFoundError": "errors",
    "NothingWrittenError": "errors",
    "PassingFaultError": "errors",
    "PipesJvmError": "errors",
    "PipesNotClosedError": "errors",
    "PySparkZipNotFoundError": "errors",
    "S3AccessError": "errors",
    "SparkNotFoundError": "errors",
    "SparkSubmitFailedError": "errors",
    "ThreadFailedError": "errors",
    "PipesJvmS3ContextInjector": "inject.s3",
    "PipesSparkCompletedInvocation": "run.invocation",
    "bridge_jar": "submit.bridge",
    "pyspark_zip": "submit.bridge",
    "SparkJob": "job",
    "PipesSparkClient": "run.client",
    "PipesSparkEMRClient": "platforms.emr.client",
    "merge_configurations": "platforms.emr.configurations",
    "emr_job_flow": "platforms.emr.job_flow",
    "staged_bridge_jar": "platforms.emr.staging",
    "staged_pyspark_zip": "platforms.emr.staging",
    "EMRStepJob": "platforms.emr.step_job",
    "PipesSparkSubmitClient": "platforms.local.client",
    "latest_metadata_value": "components.metadata",
    "PipesJvmCloudWatchLogReader": "read.logs.cloudwatch",
    "PipesJvmCloudWatchMessageReader": "read.logs.cloudwatch",
    "PipesJvmEMRLogMessageReader": "platforms.emr.log_readers",
    "PipesJvmEMRLogReader": "platforms.emr.log_readers",
    "PipesJvmFileLogReader": "read.logs.file",
    "PipesJvmLogFileMessageReader": "read.logs.file",
    "PipesJvmYarnLogMessageReader": "platforms.yarn.log_readers",
    "PipesJvmYarnLogReader": "platforms.yarn.log_readers",
    "PipesJvmFileMessageReader": "read.messages.file",
    "PipesJvmFilesystemContextInjector": "inject.filesystem",
    "PipesJvmFilesystemMessageReader": "read.chunks.filesystem",
    "PipesJvmS3MessageReader": "read.chunks.s3",
    "PipesJvmStdioMessageReader": "read.logs.stdio",
}

__all__ = [
    "AlreadyRunningError",
    "BridgeJarNotFoundError",
    "EMRRequestError",
    "EMRStepFailedError",
    "EMRStepJob",
    "EMRTimeLimitError",
    "FilesystemAccessError",
    "InvalidParameterError",
    "JarsNotFetchedError",
    "JavaNotFoundError",
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
    "PySparkZipNotFoundError",
    "S3AccessError",
    "SparkJob",
    "SparkNotFoundError",
    "SparkSubmitFailedError",
    "ThreadFailedError",
    "__version__",
    "bridge_jar",
    "emr_job_flow",
    "latest_metadata_value",
    "merge_configurations",
    "pyspark_zip",
    "staged_bridge_jar",
    "staged_pyspark_zip",
]


def __getattr__(name: str) -> Any:
    module = _MODULE_BY_NAME.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{module}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
