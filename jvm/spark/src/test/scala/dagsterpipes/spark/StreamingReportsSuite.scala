package dagsterpipes.spark

import dagsterpipes.internal.Troubleshooting.PAGE_URL
import dagsterpipes.errors.PipesException

class StreamingReportsSuite extends munit.FunSuite {
  test("numbers below their least are refused before anything is attached") {
    val every = intercept[PipesException](StreamingReports.start(null, null, 0, 1))
    assert(every.getMessage.contains("parameter `everyNth` of `StreamingReports.start`"), every.getMessage)
    val stop = intercept[PipesException](StreamingReports.start(null, null, 1, -1))
    assert(stop.getMessage.contains("a number of at least 0, got -1"), stop.getMessage)
    assert(stop.getMessage.endsWith(s"$PAGE_URL#streaming"), stop.getMessage)
  }
}
