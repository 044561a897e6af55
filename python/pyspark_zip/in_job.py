"""The part of dagster-pipes-jvm that runs in a PySpark job; `dagster_pipes_jvm.pyspark` has its public names.

The clients attach it. The whole package, for Dagster's side, is `pip install dagster-pipes-jvm`.
"""

from dagster_pipes_jvm._version import __version__

__all__ = ["__version__"]
