package dagsterpipes {
  package write {
    import dagsterpipes.json.{Json, JsonTree}
    import dagsterpipes.store.RetryableAnswers
    import dagsterpipes.wire.ContextParams
    import java.util.{List => JList, Map => JMap}
    import scala.jdk.CollectionConverters._

    /** The chunk writer of Python has the same values: tests/unit/injob/write/test_limits.py reads the file, too. */
    class WriterConstantsSuite extends munit.FunSuite {
      private val golden =
        Json.read(Golden.text("writer_constants.json")).asInstanceOf[JMap[String, Object]].asScala.toMap

      test("limits, intervals and timeouts are those of the golden file") {
        val ours = Map[String, Long](
          "max_chunk_bytes"            -> ChunkQueue.MAX_CHUNK_BYTES.toLong,
          "stock_interval_millis"      -> ChunkSettings.STOCK_INTERVAL_MILLIS,
          "open_timeout_millis"        -> ChunkedMessageWriterChannel.OPEN_TIMEOUT_MILLIS,
          "close_timeout_millis"       -> ChunkSettings.CLOSE_TIMEOUT_MILLIS,
          "first_pause_millis"         -> Backoff.FIRST_MILLIS,
          "last_pause_millis"          -> Backoff.LAST_MILLIS,
          "last_pause_at_close_millis" -> Backoff.LAST_MILLIS_AT_CLOSE,
          "refusals_at_open"           -> ChunkedMessageWriterChannel.REFUSALS_AT_OPEN.toLong,
          "refused_at_close_millis"    -> ChunkedMessageWriterChannel.REFUSED_AT_CLOSE_MILLIS,
          "max_attempts"               -> Attempts.MAX_ATTEMPTS.toLong,
          "max_context_bytes"          -> ContextParams.MAX_JSON_BYTES.toLong,
          "max_report_levels"          -> JsonTree.MAX_LEVELS.toLong
        )
        assertEquals(golden.collect { case (name, number: java.lang.Long) => name -> number.longValue }, ours)
      }

      test("the same answers of S3 are retryable") {
        assertEquals(strings("retryable_codes"), RetryableAnswers.codes)
        val statuses = golden("retryable_statuses").asInstanceOf[JList[Long]].asScala.toSet
        assertEquals((400L until 500L).filter(status => RetryableAnswers.is(status.toInt)).toSet, statuses)
        assert((500 until 600).forall(RetryableAnswers.is))
      }

      private def strings(name: String): Set[String] = golden(name).asInstanceOf[JList[String]].asScala.toSet
    }
  }

  package store {
    import scala.jdk.CollectionConverters._

    private[dagsterpipes] object RetryableAnswers {
      def codes: Set[String] = S3Answer.values.filter(_.retryable).flatMap(_.codes.asScala).toSet

      def is(status: Int): Boolean = S3Answer.of(S3Request.PUT, status, null).retryable
    }
  }
}
