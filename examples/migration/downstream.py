"""Reads the Parquet at the path that the upstream asset has as its value, and reports delays by airport.

`Downstream.scala` does the same in Scala.
"""

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from dagster_pipes_jvm.pyspark import open_pipes


def delays_by_origin(flights: DataFrame) -> DataFrame:
    """Of each airport in New York: flights, mean departure delay of those that left, and how many did not."""
    return (
        flights.groupBy("origin")
        .agg(
            F.count(F.lit(1)).alias("flights"),
            F.round(F.avg("dep_delay"), 2).alias("mean_departure_delay_minutes"),
            F.count(F.when(F.col("dep_time").isNull(), 1)).alias("cancelled"),
        )
        .orderBy("origin")
    )


def worst_destinations(flights: DataFrame) -> DataFrame:
    """The ten destinations with the longest mean arrival delay, of those with a thousand flights or more."""
    return (
        flights.groupBy("dest")
        .agg(
            F.count(F.lit(1)).alias("flights"),
            F.round(F.avg("arr_delay"), 2).alias("mean_arrival_delay_minutes"),
        )
        .filter(F.col("flights") >= 1000)
        .orderBy(F.col("mean_arrival_delay_minutes").desc(), "dest")
        .limit(10)
    )


def table(frame: DataFrame) -> dict:
    """A small DataFrame of numbers and strings as Dagster's table."""
    return {
        "type": "table",
        "raw_value": {
            "records": [row.asDict() for row in frame.collect()],
            "schema": [{"name": field.name, "type": field.dataType.simpleString()} for field in frame.schema.fields],
        },
    }


def main() -> None:
    spark = SparkSession.builder.getOrCreate()
    with open_pipes(spark) as pipes:
        flights = spark.read.parquet(pipes.get_extra("path")).cache()
        rows = flights.count()
        pipes.log.info(f"read {rows} flights")

        pipes.report_asset_materialization(
            metadata={
                "flights": rows,
                "delays_by_origin": table(delays_by_origin(flights)),
                "worst_destinations": table(worst_destinations(flights)),
            }
        )

        without_origin = flights.filter(F.col("origin").isNull()).count()
        pipes.report_asset_check(
            "every_flight_has_origin",
            passed=without_origin == 0,
            metadata={"flights_without_origin": without_origin},
        )


if __name__ == "__main__":
    main()
