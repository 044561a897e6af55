"""A PySpark script that writes in many ways, a place for each: `counts.py OUTPUT_DIRECTORY [formats] [CASE ...]`.

A case is a function with the name of its place. It returns the rows that the place has, as a DataFrame; an independent
count of them goes to `OUTPUT_DIRECTORY/truth.json`. `formats` adds the cases of `counts_of_formats.py`; named cases run
alone.
"""

import json
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import reduce

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession

Case = Callable[[SparkSession, str], DataFrame]
MODE = "spark.sql.sources.partitionOverwriteMode"
JDBC = {"url": "jdbc:derby:memory:counts;create=true"}


def rows(spark: SparkSession, count: int, first: int = 0) -> DataFrame:
    """Rows with the columns `id`, and `v`, which is 0, 1 or 2."""
    return spark.range(first, first + count).selectExpr("id", "id % 3 as v")


def whole(spark: SparkSession, path: str) -> DataFrame:
    rows(spark, 10).write.mode("overwrite").parquet(path)
    return spark.read.parquet(path)


def appended(spark: SparkSession, path: str) -> DataFrame:
    rows(spark, 10).write.mode("overwrite").parquet(path)
    rows(spark, 5).write.mode("append").parquet(path)
    return spark.read.parquet(path)


def append_alone(spark: SparkSession, path: str) -> DataFrame:
    rows(spark, 5).write.mode("append").parquet(path)
    return spark.read.parquet(path)


def dynamic_conf(spark: SparkSession, path: str) -> DataFrame:
    rows(spark, 21).write.partitionBy("v").parquet(path)
    spark.conf.set(MODE, "dynamic")
    rows(spark, 2).where("v = 1").write.mode("overwrite").partitionBy("v").parquet(path)
    spark.conf.unset(MODE)
    return spark.read.parquet(path)


def dynamic_session(spark: SparkSession, path: str) -> DataFrame:
    rows(spark, 21).write.partitionBy("v").parquet(path)
    other = spark.newSession()
    other.conf.set(MODE, "dynamic")
    rows(other, 2).where("v = 1").write.mode("overwrite").partitionBy("v").parquet(path)
    return spark.read.parquet(path)


def dynamic_option(spark: SparkSession, path: str) -> DataFrame:
    dynamic = rows(spark, 2).where("v = 1").write.mode("overwrite").partitionBy("v")
    dynamic.option("partitionOverwriteMode", "dynamic").parquet(path)
    dynamic.option("partitionOverwriteMode", "dynamic").parquet(path)
    return spark.read.parquet(path)


def dynamic_insert(spark: SparkSession, path: str) -> DataFrame:
    rows(spark, 21).write.partitionBy("v").saveAsTable("dynamic_insert")
    spark.conf.set(MODE, "dynamic")
    rows(spark, 2).where("v = 1").write.mode("overwrite").insertInto("dynamic_insert")
    spark.conf.unset(MODE)
    return spark.table("dynamic_insert")


def dynamic_new_table(spark: SparkSession, path: str) -> DataFrame:
    """The folders of the old table are found again by the new one."""
    rows(spark, 21).write.partitionBy("v").parquet(path)
    new = rows(spark, 2).where("v = 1").write.partitionBy("v").mode("overwrite").option("path", path)
    new.option("partitionOverwriteMode", "dynamic").saveAsTable("dynamic_new_table")
    return spark.table("dynamic_new_table")


def static_after_dynamic(spark: SparkSession, path: str) -> DataFrame:
    """With the mode that a session has no longer."""
    spark.conf.set(MODE, "dynamic")
    rows(spark, 21).write.mode("overwrite").partitionBy("v").parquet(path)
    spark.conf.set(MODE, "static")
    rows(spark, 4).write.mode("overwrite").partitionBy("v").parquet(path)
    spark.conf.set(MODE, "dynamic")
    spark.conf.unset(MODE)
    return spark.read.parquet(path)


def collected(spark: SparkSession, path: str) -> DataFrame:
    """The result of a command is collected and shown, which does not run the command again."""
    spark.sql("create table collected using parquet as select id, id v from range(10)").collect()
    spark.sql("insert into collected select id, id v from range(5)").show()
    return spark.table("collected")


def partition_after_whole(spark: SparkSession, path: str) -> DataFrame:
    spark.sql(
        "create table partition_after_whole using parquet partitioned by (v) as select id, id % 3 v from range(30)"
    )
    for count in (1, 2):
        spark.sql(f"insert overwrite partition_after_whole partition (v = 1) select id from range({count})")
    return spark.table("partition_after_whole")


def partition_twice(spark: SparkSession, path: str) -> DataFrame:
    spark.sql("create table partition_twice (id long, v long) using parquet partitioned by (v)")
    for count in (5, 3):
        spark.sql(f"insert overwrite partition_twice partition (v = 1) select id from range({count})")
    return spark.table("partition_twice")


def two_partitions(spark: SparkSession, path: str) -> DataFrame:
    spark.sql("create table two_partitions (id long, v long) using parquet partitioned by (v)")
    for v, count in ((1, 5), (2, 4), (1, 3)):
        spark.sql(f"insert overwrite two_partitions partition (v = {v}) select id from range({count})")
    return spark.table("two_partitions")


def truncated(spark: SparkSession, path: str) -> DataFrame:
    rows(spark, 10).write.saveAsTable("truncated")
    spark.sql("truncate table truncated")
    rows(spark, 5).write.insertInto("truncated")
    return spark.table("truncated")


def dropped(spark: SparkSession, path: str) -> DataFrame:
    rows(spark, 10).write.saveAsTable("dropped")
    spark.sql("drop table dropped")
    rows(spark, 5).write.mode("append").saveAsTable("dropped")
    return spark.table("dropped")


def renamed(spark: SparkSession, path: str) -> DataFrame:
    rows(spark, 10).write.saveAsTable("renamed")
    spark.sql("alter table renamed rename to has_a_new_name")
    rows(spark, 5).write.mode("append").saveAsTable("renamed")
    return spark.table("renamed")


def partition_dropped(spark: SparkSession, path: str) -> DataFrame:
    rows(spark, 30).write.partitionBy("v").saveAsTable("partition_dropped")
    spark.sql("alter table partition_dropped drop partition (v = 1)")
    rows(spark, 5).write.insertInto("partition_dropped")
    return spark.table("partition_dropped")


def failed(spark: SparkSession, path: str) -> DataFrame:
    """Spark deletes the old rows first."""
    rows(spark, 10).write.parquet(path)
    try:
        rows(spark, 10).selectExpr("id", "cast(raise_error('odd') as bigint) as v").write.mode("overwrite").parquet(
            path
        )
    except Exception as e:
        print(type(e).__name__)
    rows(spark, 5).write.mode("append").parquet(path)
    return spark.read.schema("id long, v long").parquet(path)


def refused(spark: SparkSession, path: str) -> DataFrame:
    """Spark refuses plans, as the application expects. Since Spark 4 each of them is an SQL execution that failed."""
    for _ in range(20):
        with suppress(AnalysisException):
            spark.sql("select nope from no_such_table")
    rows(spark, 10).write.parquet(path)
    return spark.read.parquet(path)


def folder_inside(spark: SparkSession, path: str) -> DataFrame:
    """A folder of the place is written by its own path."""
    rows(spark, 10).write.partitionBy("v").parquet(path)
    rows(spark, 1).select("id").write.mode("overwrite").parquet(f"{path}/v=1")
    return spark.read.parquet(path)


def ignored(spark: SparkSession, path: str) -> DataFrame:
    rows(spark, 10).write.parquet(path)
    rows(spark, 3).write.mode("ignore").parquet(path)
    return spark.read.parquet(path)


def ignored_first(spark: SparkSession, path: str) -> DataFrame:
    rows(spark, 3).write.mode("ignore").parquet(path)
    rows(spark, 7).write.mode("ignore").parquet(path)
    return spark.read.parquet(path)


def ignored_table(spark: SparkSession, path: str) -> DataFrame:
    rows(spark, 10).write.saveAsTable("ignored_table")
    spark.sql("create table if not exists ignored_table using parquet as select 1 id, 1 v")
    rows(spark, 3).write.mode("ignore").saveAsTable("ignored_table")
    return spark.table("ignored_table")


def maintained(spark: SparkSession, path: str) -> DataFrame:
    """Commands that leave the rows alone."""
    rows(spark, 10).write.saveAsTable("maintained")
    for command in (
        "analyze table maintained compute statistics",
        "refresh table maintained",
        "alter table maintained set tblproperties ('a' = 'b')",
        "alter table maintained add columns (c int)",
        "cache table maintained",
        "uncache table maintained",
        "describe maintained",
        "create or replace temporary view seen as select * from maintained",
        "drop view seen",
        "drop table if exists no_such_table",
        "set a.b = c",
        "show tables",
    ):
        spark.sql(command)
    spark.table("maintained").count()
    return spark.table("maintained")


def without_place(spark: SparkSession, path: str) -> DataFrame:
    rows(spark, 10).write.parquet(path)
    rows(spark, 20).write.format("noop").mode("overwrite").save()
    return spark.read.parquet(path)


def empty(spark: SparkSession, path: str) -> DataFrame:
    rows(spark, 0).write.mode("overwrite").parquet(path)
    return spark.read.parquet(path)


def jdbc(spark: SparkSession, path: str) -> DataFrame:
    for table in ("jdbc", "other_jdbc"):
        rows(spark, 10).write.format("jdbc").options(**JDBC, dbtable=table).mode("overwrite").save()
        rows(spark, 5).write.format("jdbc").options(**JDBC, dbtable=table).mode("append").save()
        rows(spark, 5).write.format("jdbc").options(**JDBC, dbtable=table).mode("ignore").save()
    return spark.read.format("jdbc").options(**JDBC, dbtable="jdbc").load()


def stream(spark: SparkSession, path: str, each: Callable[[DataFrame], None]) -> None:
    """Each of three batches to a function."""
    source = f"{path}_source"
    for count in (4, 3, 2):
        rows(spark, count).coalesce(1).write.mode("append").parquet(source)
    query = (
        spark.readStream.schema("id long, v long").option("maxFilesPerTrigger", 1).parquet(source)
        .writeStream.trigger(availableNow=True).option("checkpointLocation", f"{path}_checkpoint")
        .foreachBatch(lambda batch, number: each(batch)).start()
    )  # fmt: skip
    query.awaitTermination()


def batch_files(spark: SparkSession, path: str) -> DataFrame:
    """Files, then two tables of a database, with other rows, in one function."""

    def each(batch: DataFrame) -> None:
        batch.persist()
        batch.write.mode("append").parquet(path)
        for table, some in (("batch_jdbc_one", batch.where("v = 0")), ("batch_jdbc_two", batch.where("v < 2"))):
            some.write.format("jdbc").options(**JDBC, dbtable=table).mode("append").save()

    stream(spark, path, each)
    return spark.read.parquet(path)


def batch_jdbc_one(spark: SparkSession, path: str) -> DataFrame:
    return spark.read.format("jdbc").options(**JDBC, dbtable="batch_jdbc_one").load()


def batch_jdbc_two(spark: SparkSession, path: str) -> DataFrame:
    return spark.read.format("jdbc").options(**JDBC, dbtable="batch_jdbc_two").load()


def text(spark: SparkSession, path: str) -> DataFrame:
    spark.sparkContext.parallelize([str(number) for number in range(10)], 2).saveAsTextFile(path)
    return spark.read.text(path)


def pickled(spark: SparkSession, path: str) -> DataFrame:
    spark.sparkContext.parallelize(range(100), 2).saveAsPickleFile(path)
    return spark.createDataFrame([(number,) for number in spark.sparkContext.pickleFile(path).collect()], "id int")


def sequence(spark: SparkSession, path: str) -> DataFrame:
    spark.sparkContext.parallelize([(number, str(number)) for number in range(10)], 2).saveAsSequenceFile(path)
    return spark.createDataFrame(spark.sparkContext.sequenceFile(path).collect(), "id int, name string")


PLAIN: tuple[Case, ...] = (
    refused, whole, appended, append_alone, dynamic_conf, dynamic_session, dynamic_option, dynamic_insert, dynamic_new_table,
    static_after_dynamic, collected, partition_after_whole, partition_twice, two_partitions, truncated, dropped, renamed,
    partition_dropped, failed, folder_inside, ignored, ignored_first, ignored_table, maintained, without_place, empty,
    jdbc, batch_files, batch_jdbc_one, batch_jdbc_two, text, pickled, sequence,
)  # fmt: skip


def main() -> None:
    """Run the cases, then count."""
    output, words = sys.argv[1], sys.argv[2:]
    spark = SparkSession.builder.getOrCreate()
    cases = list(PLAIN)
    if "formats" in words:
        import counts_of_formats

        cases += counts_of_formats.CASES
        words.remove("formats")
    cases = [case for case in cases if not words or case.__name__ in words]
    found = {case.__name__: case(spark, f"{output}/{case.__name__}") for case in cases}
    counted = [frame.selectExpr(f"'{name}' as name", "count(*) as n") for name, frame in found.items()]
    truth = {row.name: row.n for row in reduce(DataFrame.union, counted).collect()}
    with open(os.path.join(output, "truth.json"), "w", encoding="utf-8") as file:
        json.dump(truth, file)


if __name__ == "__main__":
    main()
