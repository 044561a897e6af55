"""A PySpark script that writes tables of Delta and Iceberg: `tables.py OUTPUT_DIRECTORY`."""

import sys

from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
output = sys.argv[1]
rows = spark.range(100).selectExpr("id", "cast(id as string) as name")

rows.write.format("delta").save(f"{output}/delta")
rows.limit(10).write.format("delta").mode("append").save(f"{output}/delta")
rows.write.format("delta").saveAsTable("delta_table")
spark.sql("update delta_table set name = 'x' where id = 1")
spark.sql("delete from delta_table where id in (2, 3)")
spark.range(98, 101).selectExpr("id", "'new' as name").createOrReplaceTempView("changes")
spark.sql(
    "merge into delta_table t using changes c on t.id = c.id when matched and c.id = 98 then delete"
    " when matched then update set * when not matched then insert *"
)

spark.sql("create database lake.db")
rows.writeTo("lake.db.orders").create()
rows.limit(10).writeTo("lake.db.orders").append()
spark.table("lake.db.orders").selectExpr("id as key").writeTo("lake.db.copied").createOrReplace()
spark.sql("insert overwrite lake.db.copied select id from lake.db.orders where id < 5")
