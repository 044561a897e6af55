"""Cases of `counts.py` with tables of Delta and Iceberg, for Spark 3.5."""

from counts import MODE, Case, rows, stream
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import col

AUTO_COMPACT = "spark.databricks.delta.autoCompact"


def read(spark: SparkSession, path: str) -> DataFrame:
    return spark.read.format("delta").load(path)


def delta(spark: SparkSession, path: str) -> DataFrame:
    rows(spark, 10).write.format("delta").mode("overwrite").save(path)
    rows(spark, 5).write.format("delta").mode("append").save(path)
    rows(spark, 3).write.format("delta").mode("ignore").save(path)
    return read(spark, path)


def delta_replace_where(spark: SparkSession, path: str) -> DataFrame:
    rows(spark, 30).write.format("delta").partitionBy("v").save(path)
    replacing = rows(spark, 2).where("v = 1").write.format("delta").mode("overwrite")
    replacing.option("replaceWhere", "v = 1").save(path)
    return read(spark, path)


def delta_replace_data(spark: SparkSession, path: str) -> DataFrame:
    """The rows that stay are written once more."""
    rows(spark, 30).coalesce(1).write.format("delta").save(path)
    replacing = rows(spark, 30).where("id = 28").write.format("delta").mode("overwrite")
    replacing.option("replaceWhere", "id > 27").save(path)
    return read(spark, path)


def delta_replace_alone(spark: SparkSession, path: str) -> DataFrame:
    """A table of an earlier run: the place has another name for it."""
    rows(spark, 30).coalesce(1).write.format("delta").save(f"{path}/../delta_of_yesterday/../delta_replace_alone")
    replacing = rows(spark, 30).where("id = 28").write.format("delta").mode("overwrite")
    replacing.option("replaceWhere", "id > 27").save(path)
    return read(spark, path)


def delta_dynamic(spark: SparkSession, path: str) -> DataFrame:
    rows(spark, 30).write.format("delta").partitionBy("v").save(path)
    spark.conf.set(MODE, "dynamic")
    rows(spark, 2).where("v = 1").write.format("delta").mode("overwrite").save(path)
    spark.conf.unset(MODE)
    return read(spark, path)


def delta_dynamic_insert(spark: SparkSession, path: str) -> DataFrame:
    rows(spark, 30).write.format("delta").partitionBy("v").saveAsTable("delta_dynamic_insert")
    spark.conf.set(MODE, "dynamic")
    rows(spark, 2).where("v = 1").write.mode("overwrite").insertInto("delta_dynamic_insert")
    spark.conf.unset(MODE)
    return spark.table("delta_dynamic_insert")


def delta_partition(spark: SparkSession, path: str) -> DataFrame:
    spark.sql("create table delta_partition (id long, v long) using delta partitioned by (v)")
    for count in (5, 3):
        spark.sql(f"insert overwrite delta_partition partition (v = 1) select id from range({count})")
    return spark.table("delta_partition")


def delta_ignored(spark: SparkSession, path: str) -> DataFrame:
    rows(spark, 10).write.format("delta").saveAsTable("delta_ignored")
    spark.sql("create table if not exists delta_ignored using delta as select 1 id, 1 v")
    rows(spark, 3).write.format("delta").mode("ignore").saveAsTable("delta_ignored")
    return spark.table("delta_ignored")


def delta_compacted(spark: SparkSession, path: str) -> DataFrame:
    spark.conf.set(f"{AUTO_COMPACT}.enabled", "true")
    spark.conf.set(f"{AUTO_COMPACT}.minNumFiles", "2")
    rows(spark, 100).repartition(4).write.format("delta").mode("overwrite").save(path)
    spark.conf.unset(f"{AUTO_COMPACT}.enabled")
    spark.sql(f"optimize delta.`{path}`")
    spark.sql(f"vacuum delta.`{path}`")
    return read(spark, path)


def delta_restored(spark: SparkSession, path: str) -> DataFrame:
    rows(spark, 10).write.format("delta").save(path)
    rows(spark, 5).write.format("delta").mode("append").save(path)
    spark.sql(f"restore table delta.`{path}` to version as of 0")
    return read(spark, path)


def delta_deleted(spark: SparkSession, path: str) -> DataFrame:
    rows(spark, 10).coalesce(1).write.format("delta").saveAsTable("delta_deleted")
    spark.sql("delete from delta_deleted where id < 4")
    spark.sql("update delta_deleted set v = 9 where id = 5")
    rows(spark, 5).write.format("delta").mode("append").saveAsTable("delta_deleted")
    return spark.table("delta_deleted")


def delta_changed(spark: SparkSession, path: str) -> DataFrame:
    """Nothing else is written: its rows are those that it wrote, changed or not."""
    rows(spark, 10).coalesce(1).write.format("delta").save(f"{path}/../delta_of_yesterday/../delta_changed")
    spark.sql(f"update delta.`{path}` set v = 9 where id = 5")
    return read(spark, path)


def delta_batch_one(spark: SparkSession, path: str) -> DataFrame:
    def each(batch: DataFrame) -> None:
        batch.write.format("delta").mode("append").save(path)
        batch.where("v = 0").write.format("delta").mode("append").save(path.replace("one", "two"))

    stream(spark, path, each)
    return read(spark, path)


def delta_batch_two(spark: SparkSession, path: str) -> DataFrame:
    return read(spark, path)


def iceberg(spark: SparkSession, path: str) -> DataFrame:
    rows(spark, 10).writeTo("lake.db.iceberg").createOrReplace()
    spark.sql("create table if not exists lake.db.iceberg as select 1 id, 1 v")
    rows(spark, 5).writeTo("lake.db.iceberg").append()
    spark.sql("call lake.system.rewrite_data_files(table => 'db.iceberg', options => map('rewrite-all', 'true'))")
    return spark.table("lake.db.iceberg")


def iceberg_partitions(spark: SparkSession, path: str) -> DataFrame:
    rows(spark, 30).writeTo("lake.db.iceberg_partitions").partitionedBy(col("v")).create()
    rows(spark, 2).where("v = 1").writeTo("lake.db.iceberg_partitions").overwritePartitions()
    return spark.table("lake.db.iceberg_partitions")


def iceberg_partition(spark: SparkSession, path: str) -> DataFrame:
    spark.sql("create table lake.db.iceberg_partition (id long, v long) using iceberg partitioned by (v)")
    for count in (5, 3):
        spark.sql(f"insert overwrite lake.db.iceberg_partition partition (v = 1) select id from range({count})")
    return spark.table("lake.db.iceberg_partition")


def iceberg_condition(spark: SparkSession, path: str) -> DataFrame:
    """Iceberg takes rows that do not fit the condition: the two are not the rows of one partition."""
    spark.sql("create table lake.db.iceberg_condition (id long, v long) using iceberg partitioned by (v)")
    for count in (5, 3):
        rows(spark, count).writeTo("lake.db.iceberg_condition").overwrite(col("v") == 1)
    return spark.table("lake.db.iceberg_condition")


def iceberg_truncated(spark: SparkSession, path: str) -> DataFrame:
    rows(spark, 10).writeTo("lake.db.iceberg_truncated").create()
    spark.sql("truncate table lake.db.iceberg_truncated")
    rows(spark, 5).writeTo("lake.db.iceberg_truncated").append()
    return spark.table("lake.db.iceberg_truncated")


def iceberg_rolled_back(spark: SparkSession, path: str) -> DataFrame:
    rows(spark, 10).writeTo("lake.db.iceberg_rolled_back").create()
    first = spark.table("lake.db.iceberg_rolled_back.snapshots").first().snapshot_id
    rows(spark, 5).writeTo("lake.db.iceberg_rolled_back").append()
    spark.sql(f"call lake.system.rollback_to_snapshot('db.iceberg_rolled_back', {first})")
    return spark.table("lake.db.iceberg_rolled_back")


def iceberg_deleted(spark: SparkSession, path: str) -> DataFrame:
    """As files that are rewritten, and as files of deleted positions."""
    rows(spark, 10).writeTo("lake.db.iceberg_deleted").tableProperty("format-version", "2").create()
    spark.sql("delete from lake.db.iceberg_deleted where id < 3")
    spark.sql("alter table lake.db.iceberg_deleted set tblproperties ('write.delete.mode' = 'merge-on-read')")
    spark.sql("delete from lake.db.iceberg_deleted where id = 4")
    return spark.table("lake.db.iceberg_deleted")


CASES: tuple[Case, ...] = (
    delta, delta_replace_where, delta_replace_data, delta_replace_alone, delta_dynamic, delta_dynamic_insert,
    delta_partition, delta_ignored, delta_compacted, delta_restored, delta_deleted, delta_changed, delta_batch_one,
    delta_batch_two, iceberg, iceberg_partitions, iceberg_partition, iceberg_condition, iceberg_truncated,
    iceberg_rolled_back, iceberg_deleted,
)  # fmt: skip
