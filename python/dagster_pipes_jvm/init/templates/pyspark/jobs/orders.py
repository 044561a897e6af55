"""Writes the paid orders of a CSV file as Parquet."""

from dagster_pipes_jvm.pyspark import open_pipes, row_count, table_schema
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import col


def paid(orders: DataFrame) -> DataFrame:
    return orders.filter(col("status") == "paid").drop("status")


def main() -> None:
    spark = SparkSession.builder.getOrCreate()
    with open_pipes(spark) as pipes:
        output = pipes.get_extra("output")
        orders = paid(spark.read.csv(pipes.get_extra("input"), header=True, inferSchema=True))
        orders.write.mode("overwrite").parquet(output)
        pipes.log.info(f"wrote {output}")
        pipes.report_asset_materialization(
            metadata={
                "path": output,
                "dagster/row_count": row_count(orders),
                "dagster/column_schema": table_schema(orders),
            }
        )
        pipes.report_asset_check("no_customer_is_missing", passed=orders.filter(col("customer").isNull()).isEmpty())


if __name__ == "__main__":
    main()
