"""Writes the flights as Parquet and reports where they are. `Upstream.scala` does the same in Scala."""

from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from dagster_pipes_jvm.pyspark import open_pipes

# Times are clock readings such as 517 for 5:17, delays and air time minutes, distances miles.
COLUMNS = """
    year INT, month INT, day INT, dep_time INT, sched_dep_time INT, dep_delay INT, arr_time INT,
    sched_arr_time INT, arr_delay INT, carrier STRING, flight INT, tailnum STRING, origin STRING, dest STRING,
    air_time INT, distance INT, hour INT, minute INT, time_hour TIMESTAMP
"""


def table_schema(schema: StructType) -> dict:
    """The columns as Dagster's table schema."""
    columns = []
    for field in schema.fields:
        column = {"name": field.name, "type": field.dataType.simpleString()}
        if not field.nullable:
            column["constraints"] = {"nullable": False, "unique": False, "other": []}
        columns.append(column)
    return {"type": "table_schema", "raw_value": {"columns": columns}}


def main() -> None:
    spark = SparkSession.builder.getOrCreate()
    with open_pipes(spark) as pipes:
        csv = pipes.get_extra("flights_csv")
        output = pipes.get_extra("output_path")

        pipes.log.info(f"reading {csv}")
        flights = spark.read.schema(COLUMNS).option("header", "true").option("nullValue", "NA").csv(csv)
        flights.write.mode("overwrite").parquet(output)

        # Counted in what was written, not in what was read.
        written = spark.read.parquet(output)
        rows = written.count()
        pipes.log.info(f"wrote {rows} flights to {output}")
        pipes.report_asset_materialization(
            metadata={
                "path": {"type": "path", "raw_value": output},
                "rows": rows,
                "schema": table_schema(written.schema),
            }
        )


if __name__ == "__main__":
    main()
