package dagsterpipes.spark

import dagsterpipes.report.ThrowableParams
import org.apache.spark.sql.SparkSession

class TaskFailureSuite extends SparkSuite {
  private var spark: SparkSession = _

  override def beforeAll(): Unit = spark = LocalSpark.open()
  override def afterAll(): Unit  = spark.stop()

  test(
    "a task's failure is reported with the stack of the executor, the user's code and the user's exception in it"
  ) {
    val thrown = intercept[Exception] {
      spark.sparkContext.parallelize(1 to 2, 2).map(TaskFailureSuite.fail).count()
    }
    val params = ThrowableParams.of(thrown)
    assertEquals(params.get("name"), "org.apache.spark.SparkException": Object)
    val message = params.get("message").toString
    assert(message.startsWith("Job aborted due to stage failure: Task "), message)
    assert(message.contains("java.lang.IllegalStateException: no flight 1"), message)
    assert(message.contains("at dagsterpipes.spark.TaskFailureSuite$.fail(TaskFailureSuite.scala"), message)
    assert(!message.contains("left out"), message)
    // The driver's side: where the action was called.
    assert(params.get("stack").toString.contains("org.apache.spark.rdd.RDD.count"), params.get("stack"))
    val cause = params.get("cause").asInstanceOf[java.util.Map[String, Object]]
    assertEquals(cause.get("message"), "no flight 1": Object)
    assert(cause.get("stack").toString.contains("java.io.IOException: file gone"), cause.get("stack"))
  }
}

object TaskFailureSuite {
  def fail(flight: Int): Int = {
    val failure = new IllegalStateException(s"no flight $flight")
    failure.addSuppressed(new java.io.IOException("file gone"))
    if (flight == 1) throw failure
    flight
  }
}
