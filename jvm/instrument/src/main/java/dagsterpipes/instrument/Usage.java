package dagsterpipes.instrument;

import org.apache.spark.executor.TaskMetrics;

/** The time and bytes that tasks have used, failed ones too. For one thread. */
final class Usage {
  long tasks;
  long failed;
  long runMillis;
  long inputBytes;
  long outputBytes;
  long shuffleReadBytes;
  long shuffleWrittenBytes;
  long spilledBytes;
  long peakMemoryBytes;

  /**
   * @param metrics null for a task that was lost with its executor
   */
  void add(TaskMetrics metrics, boolean successful) {
    tasks++;
    failed += successful ? 0 : 1;
    if (metrics == null) {
      return;
    }
    runMillis += metrics.executorRunTime();
    inputBytes += metrics.inputMetrics().bytesRead();
    outputBytes += metrics.outputMetrics().bytesWritten();
    shuffleReadBytes += metrics.shuffleReadMetrics().totalBytesRead();
    shuffleWrittenBytes += metrics.shuffleWriteMetrics().bytesWritten();
    spilledBytes += metrics.diskBytesSpilled();
    peakMemoryBytes = Math.max(peakMemoryBytes, metrics.peakExecutionMemory());
  }
}
