"""A PySpark script that knows nothing of Dagster and writes in many ways: `writes.py OUTPUT_DIRECTORY`."""

import sys

from pyspark.sql import SparkSession

if "before" in sys.argv:
    raise KeyError("before Spark starts")
spark = SparkSession.builder.getOrCreate()
output = sys.argv[1]
print(f"{__name__} of {sys.argv[0] == __file__}")
rows = spark.range(100).selectExpr("id", "id % 3 as part", "cast(id as string) as name")
if "fail" in sys.argv or "caught" in sys.argv:
    try:
        rows.rdd.map(lambda row: 1 // (row.id - 50)).count()
    except Exception as e:
        if "fail" in sys.argv:
            raise RuntimeError("the job cannot go on") from e
    try:
        rows.selectExpr("part", "raise_error('odd') as odd").groupBy("part").agg({"odd": "max"}).collect()
    except Exception as e:
        print(type(e).__name__)
rows.write.mode("overwrite").partitionBy("part").parquet(f"{output}/parquet")
rows.coalesce(1).write.mode("append").json(f"{output}/json")
rows.createOrReplaceTempView("rows")
spark.sql(f"create table made using parquet location '{output}/made' as select id, name from rows")
rows.select("id", "name").write.insertInto("made")
rows.write.mode("overwrite").saveAsTable("saved")
rows.write.mode("ignore").saveAsTable("saved")
spark.sql("insert overwrite saved select id, part, 'x' from rows where id < 10")
spark.sparkContext.parallelize(["a", "b", "c"], 2).saveAsTextFile(f"{output}/text")
rows.write.format("noop").mode("overwrite").save()
if "exit" in sys.argv:
    sys.exit(7)
