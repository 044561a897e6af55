"""The public names for a PySpark job: the session, its reports, and helpers.

The public names of `dagster_pipes_jvm.injob`. Needs only `dagster-pipes` and pyspark, and runs on the cluster's Python (3.9 on
EMR 7).
"""

from dagster_pipes_jvm.injob.data_frames import report_data_frame, row_count, table, table_schema
from dagster_pipes_jvm.injob.jvm_writer import PipesJvmMessageWriter, PipesJvmMessageWriterChannel
from dagster_pipes_jvm.injob.open_pipes import open_pipes
from dagster_pipes_jvm.injob.params import PipesSparkConfParamsLoader
from dagster_pipes_jvm.injob.streaming import StreamingReports
from dagster_pipes_jvm.injob.task_reports import TaskReports

__all__ = [
    "PipesJvmMessageWriter",
    "PipesJvmMessageWriterChannel",
    "PipesSparkConfParamsLoader",
    "StreamingReports",
    "TaskReports",
    "open_pipes",
    "report_data_frame",
    "row_count",
    "table",
    "table_schema",
]
