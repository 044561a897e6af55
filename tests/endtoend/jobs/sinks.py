"""A PySpark script of streaming queries that end by themselves: `sinks.py DIRECTORY [delta]`."""

import sys
from typing import Any

from pyspark.sql import DataFrame, SparkSession

d = sys.argv[1]
spark = SparkSession.builder.getOrCreate()
rows = spark.range(30).selectExpr("id", "cast(id as string) as text", "id % 2 as day")
rows.repartition(3).write.parquet(f"{d}/in")
rows.write.partitionBy("day").parquet(f"{d}/days")
rows.write.saveAsTable("stored")


def read(path: str = f"{d}/in") -> DataFrame:
    files = spark.readStream.schema("id long, text string").option("maxFilesPerTrigger", 1)
    return files.parquet(path).selectExpr("id + 1 as next", "upper(text) as label")


def run(name: str, stream: DataFrame, format: str = "parquet", mode: str = "append", table: bool = False) -> None:
    writer = stream.writeStream.format(format).outputMode(mode).trigger(availableNow=True)
    writer = writer.option("checkpointLocation", f"{d}/checkpoints/{name}").queryName(name)
    if table:
        writer.toTable(name).awaitTermination()
    else:
        writer.start(f"{d}/{name}").awaitTermination()


def each(batch: DataFrame, number: int) -> None:
    batch.selectExpr("next", "lower(label) as label").write.mode("append").parquet(f"{d}/each")


run("files", read())
run("days_copied", read(f"{d}/days/day=*"))
run("listed", read().where("next > 20"), table=True)
run("copied", spark.readStream.table("stored").select("id"), table=True)
run("console", read(), "console")
run("nothing", read(), "noop")
kept: Any = read().groupBy("label").count().writeStream.format("memory").queryName("kept").outputMode("complete")
kept.trigger(availableNow=True).start().awaitTermination()
read().writeStream.foreachBatch(each).trigger(availableNow=True).start().awaitTermination()

failing = read().selectExpr("if(next = 31, raise_error('odd'), next) as next")
try:
    run("partly", failing)
except Exception as e:
    print(type(e).__name__)

if "delta" in sys.argv:
    run("delta_path", read(), "delta")
    run("delta_table", read(), "delta", table=True)
    rows.write.format("delta").saveAsTable("delta_source")
    counts = spark.readStream.table("delta_source").groupBy("day").count()
    run("delta_counts", counts, "delta", "complete", table=True)
    spark.sql("create table lake.db.iceberg_table (next bigint, label string) using iceberg")
    run("lake.db.iceberg_table", read(), "iceberg", table=True)

open_end = read().writeStream.format("parquet").option("checkpointLocation", f"{d}/checkpoints/open")
open_end.start(f"{d}/open").processAllAvailable()
spark.stop()
