package jobs

import org.apache.spark.sql.SparkSession

import scala.concurrent.duration.{Duration, DurationInt}

/** The jobs without Dagster: what they compute is a function of DataFrames. */
class JobsSuite extends munit.FunSuite {
  // The first test starts Spark.
  override def munitTimeout: Duration = 3.minutes

  private lazy val spark =
    SparkSession.builder().master("local[1]").config("spark.ui.enabled", "false").getOrCreate()

  override def afterAll(): Unit = spark.stop()

  test("paid orders, and their revenue by day") {
    val orders = spark
      .sql("select * from values (1, 'monday', 2.0D, 'paid'), (2, 'monday', 9.0D, 'open'), (3, 'tuesday', 1.0D, 'paid')")
      .toDF("id", "day", "amount", "status")
    val paid = Orders.paid(orders)
    assertEquals(paid.columns.toList, List("id", "day", "amount"))
    assertEquals(
      Revenue.byDay(paid).collect().map(row => row.getString(0) -> row.getDouble(1)).toList,
      List("monday" -> 2.0, "tuesday" -> 1.0)
    )
  }
}
