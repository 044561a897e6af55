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

spark.sql("create database lake.db")
rows.writeTo("lake.db.orders").create()
rows.limit(10).writeTo("lake.db.orders").append()
spark.table("lake.db.orders").selectExpr("id as key").writeTo("lake.db.copied").createOrReplace()
spark.sql("insert overwrite lake.db.copied select id from lake.db.orders where id < 5")
