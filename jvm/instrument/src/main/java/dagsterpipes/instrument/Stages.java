package dagsterpipes.instrument;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.PriorityQueue;
import org.apache.spark.scheduler.SparkListenerStageCompleted;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.StageInfo;

/**
 * The costs of the stages that took the most executor time. Thread-safe: events come in Spark's
 * thread, the table is asked for in another one.
 */
final class Stages {
  private static final int SHOWN = 25;
  private static final int RUNNING = 5_000;
  private static final int NAME_CHARACTERS = 80;

  private static final class Stage {
    final Usage usage = new Usage();
    final Durations durations = new Durations();
    int id;
    String name = "";
    long wallMillis;
  }

  private final Map<Integer, Stage> running = new Recent<>(RUNNING);
  private final PriorityQueue<Stage> longest =
      new PriorityQueue<>(Comparator.comparingLong((Stage stage) -> stage.usage.runMillis));
  private final Usage total = new Usage();
  private long completed;

  /**
   * @param execution the name of the SQL execution that the stage belongs to, null if it belongs to
   *     none. Adaptive execution submits stages from threads of its own, so their own names come
   *     from Spark's code, not from the application.
   */
  synchronized void submitted(SparkListenerStageSubmitted event, String execution) {
    Stage stage = new Stage();
    stage.name = shortened(execution == null ? event.stageInfo().name() : execution);
    running.put(event.stageInfo().stageId(), stage);
  }

  synchronized void taskEnded(SparkListenerTaskEnd event) {
    boolean successful = event.taskInfo().successful();
    // A twin that was no longer needed has not failed.
    boolean failed = event.taskInfo().failed();
    total.add(event.taskMetrics(), !failed);
    Stage stage = running.get(event.stageId());
    if (stage != null) {
      stage.usage.add(event.taskMetrics(), !failed);
      if (successful) {
        stage.durations.add(event.taskInfo().duration());
      }
    }
  }

  synchronized void completed(SparkListenerStageCompleted event) {
    StageInfo info = event.stageInfo();
    Stage stage = running.remove(info.stageId());
    if (stage == null) {
      return;
    }
    completed++;
    stage.id = info.stageId();
    Object from = ScalaView.option(info.submissionTime());
    Object to = ScalaView.option(info.completionTime());
    stage.wallMillis = from instanceof Long && to instanceof Long ? (Long) to - (Long) from : 0;
    longest.add(stage);
    if (longest.size() > SHOWN) {
      longest.poll();
    }
  }

  synchronized long completed() {
    return completed;
  }

  synchronized void describe(Map<String, Object> metadata) {
    metadata.put("spark/executor_seconds", total.runMillis / 1000.0);
    metadata.put("spark/input_bytes", total.inputBytes);
    metadata.put("spark/output_bytes", total.outputBytes);
    metadata.put("spark/shuffle_bytes_read", total.shuffleReadBytes);
    metadata.put("spark/shuffle_bytes_written", total.shuffleWrittenBytes);
    metadata.put("spark/spilled_bytes", total.spilledBytes);
    metadata.put("spark/peak_execution_memory_bytes", total.peakMemoryBytes);
    metadata.put("spark/tasks", total.tasks);
    metadata.put("spark/failed_tasks", total.failed);
  }

  /** Markdown, in the order of the stages. */
  synchronized String table() {
    List<Stage> shown = new ArrayList<>(longest);
    shown.sort(Comparator.comparingInt(stage -> stage.id));
    StringBuilder text = new StringBuilder();
    text.append(
        "| stage | | tasks | failed | time | executor time | skew | input | shuffle read |");
    text.append(" shuffle written | spill | output |\n");
    text.append("|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n");
    for (Stage stage : shown) {
      Usage usage = stage.usage;
      double skew = stage.durations.skew();
      String[] cells = {
        String.valueOf(stage.id),
        stage.name.replace("|", "\\|").replace('\n', ' '),
        String.valueOf(usage.tasks),
        String.valueOf(usage.failed),
        WriteText.seconds(stage.wallMillis),
        WriteText.seconds(usage.runMillis),
        skew == 0 ? "" : String.format(Locale.ROOT, "%.1f", skew),
        size(usage.inputBytes),
        size(usage.shuffleReadBytes),
        size(usage.shuffleWrittenBytes),
        size(usage.spilledBytes),
        size(usage.outputBytes)
      };
      text.append("| ").append(String.join(" | ", cells)).append(" |\n");
    }
    if (completed > shown.size()) {
      text.append("\n").append(completed - shown.size());
      text.append(" stages with less executor time are left out.\n");
    }
    return text.toString();
  }

  private static String shortened(String name) {
    return name.length() <= NAME_CHARACTERS ? name : name.substring(0, NAME_CHARACTERS) + " ...";
  }

  private static String size(long bytes) {
    return bytes == 0 ? "" : WriteText.bytes(bytes);
  }
}
