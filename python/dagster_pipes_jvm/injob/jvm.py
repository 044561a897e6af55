"""The driver's JVM as a PySpark job reaches it, over py4j."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def bridge_class(spark: Optional[SparkSession]) -> Any:
    """The class `dagsterpipes.spark.PySparkBridge`, or `None` if the driver has no bridge jar."""
    from py4j.java_gateway import JavaClass

    jvm = jvm_of(spark) if spark is not None else None
    if jvm is None:
        return None
    candidate = jvm.dagsterpipes.spark.PySparkBridge
    # py4j takes a name that is no class for a package, without asking.
    return candidate if isinstance(candidate, JavaClass) else None


def is_connect(spark: Any) -> bool:
    """Whether it is a session of Spark Connect, which has no JVM beside it."""
    # By the type alone: Spark Connect's module needs grpc.
    return any(kind.__module__.startswith("pyspark.sql.connect.") for kind in type(spark).__mro__)


def jvm_of(spark: SparkSession) -> Any:
    """py4j's view of the driver's JVM, or `None` in a Spark Connect session, which has none."""
    try:
        return spark.sparkContext._jvm
    except Exception:
        return None
