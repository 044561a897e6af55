"""A PySpark script that knows nothing of Dagster: `instrumented_job.py tasks|plan COUNT RESULT.json`.

`tasks` runs so many, `plan` writes what a plan of about so many nodes gives. What was used goes to the file.
"""

import json
import sys
import time
from pathlib import Path

from pyspark.sql import SparkSession

STAGES = 4


def thousands_of_tasks(spark, count):
    for _ in range(STAGES):
        spark.range(0, count, 1, count // STAGES).write.format("noop").mode("overwrite").save()


def large_plan(spark, count):
    """A union of a hundred chains of selects in one another, two nodes each; Spark needs minutes for a thousand parts."""
    # Of the optimizer's work, which is not ours, what takes longest.
    spark.conf.set("spark.sql.constraintPropagation.enabled", "false")
    spark.conf.set("spark.sql.adaptive.enabled", "false")
    folder = result.with_suffix("")
    spark.range(2).write.parquet(f"{folder}/read")
    spark.read.parquet(f"{folder}/read").createOrReplaceTempView("rows")
    parts = 100

    def chain(part):
        query = f"select id + {part} as id, cast(id as string) as text from rows"
        for _ in range(count // parts // 2 - 2):
            query = f"select id + 1 as id, text from ({query})"
        return query

    found["plan"] = spark.sql(" union all ".join(chain(part) for part in range(parts)))
    found["plan"].write.parquet(f"{folder}/written")


def nodes(df):
    return df._jdf.queryExecution().analyzed().toString().strip().count("\n") + 1


def processing(spark):
    """Spark's own figures of each queue and listener: what it waited for them, and what it had to drop."""
    bus = spark._jsc.sc().listenerBus()
    bus.waitUntilEmpty(60_000)
    metrics = bus.metrics().metricRegistry()
    timers, dropped = {}, 0
    for name, metric in dict(metrics.getMetrics()).items():
        if name.startswith("queue.") and name.endswith("numDroppedEvents"):
            dropped += metric.getCount()
        if name.startswith("listenerProcessingTime."):
            snapshot = metric.getSnapshot()
            timers[name.partition("listenerProcessingTime.")[2]] = {
                "events": metric.getCount(),
                "mean_nanos": snapshot.getMean(),
                "p99_nanos": snapshot.get99thPercentile(),
                "max_nanos": snapshot.getMax(),
            }
    return {"dropped": dropped, "listeners": timers}


def threads(spark):
    """CPU time of the threads of the listener bus: one a queue."""
    beans = spark._jvm.java.lang.management.ManagementFactory.getThreadMXBean()
    used = {}
    for number in beans.getAllThreadIds():
        info = beans.getThreadInfo(number)
        if info is not None and info.getThreadName().startswith("spark-listener-group-"):
            used[info.getThreadName()] = beans.getThreadCpuTime(number)
    return used


def heap_bytes(spark):
    runtime = spark._jvm.java.lang.Runtime.getRuntime()
    for _ in range(3):
        runtime.gc()
    return runtime.totalMemory() - runtime.freeMemory()


what, count, result = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
spark = SparkSession.builder.getOrCreate()
spark.range(1).count()
found = {}
started = time.perf_counter()
{"tasks": thousands_of_tasks, "plan": large_plan}[what](spark, count)
found["seconds"] = time.perf_counter() - started
if "plan" in found:
    found["plan"] = nodes(found["plan"])
found.update(processing(spark), threads=threads(spark), heap_bytes=heap_bytes(spark))
result.write_text(json.dumps(found), encoding="utf-8")
