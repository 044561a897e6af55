package dagsterpipes.spark

import dagsterpipes.errors.PipesException
import dagsterpipes.json.Json
import dagsterpipes.report.MetadataValue
import org.apache.spark.sql.SparkSession

class DataFramesSuite extends SparkSuite {
  private var spark: SparkSession = _

  // The first query compiles for long on a busy machine.
  override val munitTimeout = scala.concurrent.duration.Duration(3, "min")

  override def beforeAll(): Unit = spark = LocalSpark.open()
  override def afterAll(): Unit  = spark.stop()

  private def json(value: MetadataValue): String = Json.write(value.rawValue)

  test("a schema has names, Spark's types, nullability and comments") {
    val data = spark.createDataFrame(
      java.util.Collections.emptyList[org.apache.spark.sql.Row],
      org.apache.spark.sql.types.StructType
        .fromDDL("id BIGINT NOT NULL COMMENT 'who', tags ARRAY<STRING>, price DECIMAL(10,2)")
    )
    val schema = DataFrames.tableSchema(data)
    assertEquals(schema.`type`, "table_schema")
    assertEquals(
      json(schema),
      """{"columns":[{"name":"id","type":"bigint","description":"who","constraints":{"nullable":false,"unique":false,"other":[]}},""" +
        """{"name":"tags","type":"array<string>"},{"name":"price","type":"decimal(10,2)"}]}"""
    )
  }

  test("a type of many fields is not cut off") {
    val fields = (1 to 60).map(i => s"'f$i', $i").mkString(", ")
    val text   = json(DataFrames.tableSchema(spark.sql(s"SELECT named_struct($fields) AS s")))
    assert(text.contains("f60:int") && !text.contains("more fields"), text)
  }

  test("cells are what JSON can hold") {
    val data = spark.sql(
      """SELECT 1L AS l, CAST(0.1 AS FLOAT) AS f, true AS b, 'x' AS s, NULL AS n, CAST(1.50 AS DECIMAL(10,2)) AS d,
        |  CAST('12345678901234567890.12' AS DECIMAL(38,2)) AS big, DATE'2013-01-01' AS day,
        |  TIMESTAMP'2013-01-01 05:00:00' AS t, X'0102' AS bin, array(1, 2) AS a, map('k', 1) AS m,
        |  named_struct('x', 1, 'y', NULL) AS st, INTERVAL '1' DAY AS i, 'odd' AS `a.b ``c`,
        |  9007199254740993L AS id, CAST('NaN' AS DOUBLE) AS nan, CAST('-Infinity' AS FLOAT) AS inf""".stripMargin
    )
    val table = DataFrames.table(data, 10)
    assertEquals(table.`type`, "table")
    val records = json(table).replaceAll(""","schema":.*""", "")
    assertEquals(
      records,
      """{"records":[{"l":1,"f":0.1,"b":true,"s":"x","n":null,"d":1.5,"big":"12345678901234567890.12","day":"2013-01-01",""" +
        """"t":"2013-01-01 05:00:00","bin":"AQI=","a":"[1,2]","m":"{\"k\":1}","st":"{\"x\":1,\"y\":null}",""" +
        """"i":"INTERVAL '1' DAY","a.b `c":"odd","id":"9007199254740993","nan":"NaN","inf":"-Infinity"}]"""
    )
  }

  test("no more rows than asked for come") {
    val table = json(DataFrames.table(spark.sql("SELECT id FROM range(100) ORDER BY id"), 2))
    assertEquals(table, """{"records":[{"id":0},{"id":1}],"schema":[{"name":"id","type":"bigint"}]}""")
    val error = intercept[PipesException](DataFrames.table(spark.sql("SELECT 1"), 0))
    assert(error.getMessage.contains("parameter `rows` of `DataFrames.table`"), error.getMessage)
  }
}
