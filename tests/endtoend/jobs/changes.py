"""A PySpark script that changes rows of tables of Delta and Iceberg where they are: `changes.py`."""

from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
rows = spark.range(3).selectExpr("id", "id % 2 as n", "cast(id as string) as text").coalesce(1)
rows.write.format("delta").saveAsTable("o")
rows.write.format("delta").saveAsTable("s")
spark.sql("create database lake.db")
ON_READ = ", ".join(f"'write.{change}.mode'='merge-on-read'" for change in ("merge", "update", "delete"))
KINDS = {
    "delta": ("default.{}_delta", "delta", ""),
    "copied": ("lake.db.{}_copied", "iceberg", ""),
    "read": ("lake.db.{}_read", "iceberg", f" tblproperties ({ON_READ})"),
}
CHANGES = {
    "merge": "merge into {0} t using s on t.id = s.id when matched and s.n > 0 then update set n = s.id + t.n"
    " when matched then delete when not matched then insert (id, text) values (s.id, upper(s.text))"
    " when not matched by source then update set text = 'gone'",
    "upsert": "merge into {0} t using (select id + 1 as id, n, text from s) s on t.id = s.id"
    " when matched then update set * when not matched then insert *",
    "update": "update {0} set n = id + 1, text = 'x' where id > 1",
    "choose": "update {0} set n = if(text > '', id, n)",
    "look_up": "update {0} set n = (select max(id) from s), text = concat(text, '!') where id in (select id from s)",
    "delete": "delete from {0} where n > 1",
}
for table, provider, properties in KINDS.values():
    for change, statement in CHANGES.items():
        if provider == "delta" and change == "look_up":
            continue  # which Delta refuses
        name = table.format(change)
        spark.sql(f"create table {name} using {provider}{properties} as select id, n, text from o")
        spark.sql(statement.format(name))
spark.stop()
