"""A PySpark script that names the places of its writes in many ways: `places.py OUTPUT_DIRECTORY`."""

import sys
import time

from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession

output = sys.argv[1]
spark = SparkSession.builder.enableHiveSupport().getOrCreate()
spark.range(10).selectExpr("id", "id * 2 as v").write.saveAsTable("numbers")
numbers = spark.table("numbers")

# Several commands in one statement, and common table expressions around them.
for name, provider in (("a", "parquet"), ("b", "parquet"), ("hive_a", "hive"), ("hive_b", "hive")):
    spark.sql(f"create table {name} (x bigint) using {provider}")
spark.sql("from numbers insert into a select id insert overwrite b select v where id < 4")
spark.sql("from numbers insert into hive_a select id where id < 3 insert into hive_b select v where id < 2").collect()
few = "with few as (select * from numbers where id < 6)"
spark.sql(f"{few} insert into a select v from few")
spark.sql(f"{few} from few insert into a select id insert into b select v where id > 2")
spark.sql(f"{few} insert overwrite directory '{output}/few' using parquet select v as x from few")

# The data source of these tables writes them by itself.
url = f"jdbc:derby:{output}/shop;create=true"
for name in ("together_a", "together_b"):
    numbers.limit(0).selectExpr("id as x").write.jdbc(url, name)
    spark.sql(f"create table {name} using jdbc options (url '{url}', dbtable '{name}')")
spark.sql("from numbers insert into together_a select id insert into together_b select v where id < 4")

# Places that need decoding, and one table by several spellings.
spark.sql("create database raw")
numbers.write.option("path", f"{output}/my out/a%b").saveAsTable("raw.spaced")
numbers.write.mode("append").parquet(f"{output}/my out/a%b")
numbers.write.saveAsTable("Raw.Orders")
numbers.limit(5).write.insertInto("RAW.ORDERS")
spark.sql("insert into raw.Orders select * from numbers where id < 3").collect()

# A database by its URL, and types that Spark keeps in the metadata.
numbers.write.jdbc(url, '"APP"."Lines"')
spark.read.jdbc(url, '"APP"."Lines"').select("id").write.parquet(f"{output}/lines")
spark.sql("create table typed (c char(5), d varchar(7), e string) using parquet")
spark.sql("insert into typed select cast(id as string), cast(v as string), cast(v as string) from numbers")

try:
    spark.sql("select nothing from nowhere").show()
except AnalysisException as e:
    print(type(e).__name__)

# A query that is stopped while a batch runs.
slow = "java_method('java.lang.Thread', 'sleep', cast(600000 as bigint)) as slept"
stream = spark.readStream.format("rate").option("rowsPerSecond", 5).load().selectExpr("value", slow)
query = stream.writeStream.format("memory").queryName("stopped").start()
while not spark.sparkContext.statusTracker().getActiveJobsIds():
    time.sleep(0.05)
query.stop()
