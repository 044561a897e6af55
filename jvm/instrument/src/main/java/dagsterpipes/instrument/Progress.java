package dagsterpipes.instrument;

import dagsterpipes.params.ConfNumbers;
import dagsterpipes.report.LogLevel;
import dagsterpipes.wire.PipesConf;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.spark.scheduler.SparkListenerJobEnd;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerStageCompleted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.StageInfo;

/**
 * A line of progress now and then while stages run: at most one in {@link
 * PipesConf#INSTRUMENT_PROGRESS_SECONDS} seconds, none at all for 0. It counts what has started;
 * how many stages are to come is not known. For Spark's thread.
 */
final class Progress {
  private static final long SECONDS = 10;
  private static final int MOST_JOBS = 10_000;

  private final Notices notices;
  private final long pauseNanos;
  private long last = System.nanoTime();

  /** The stages of each running job that have not ended. */
  private final Map<Integer, Set<Integer>> open = new Recent<>(MOST_JOBS);

  private long done;
  private long failedTasks;
  private long finishedTasks;

  Progress(Notices notices) {
    this.notices = notices;
    Long seconds = ConfNumbers.count(PipesConf.INSTRUMENT_PROGRESS_SECONDS, 0, "seconds");
    pauseNanos = TimeUnit.SECONDS.toNanos(seconds == null ? SECONDS : seconds);
  }

  void started(SparkListenerJobStart event) {
    Set<Integer> stages = new HashSet<>();
    for (Object stage : ScalaView.list(event, "stageInfos")) {
      stages.add(((StageInfo) stage).stageId());
    }
    open.put(event.jobId(), stages);
  }

  /** Stages that it did not need go with it. */
  void ended(SparkListenerJobEnd event) {
    open.remove(event.jobId());
  }

  void completed(SparkListenerStageCompleted event) {
    done++;
    open.values().forEach(stages -> stages.remove(event.stageInfo().stageId()));
  }

  void taskEnded(SparkListenerTaskEnd event) {
    finishedTasks++;
    failedTasks += event.taskInfo().failed() ? 1 : 0;
    long now = System.nanoTime();
    if (pauseNanos == 0 || now - last < pauseNanos) {
      return;
    }
    last = now;
    Set<Integer> left = new HashSet<>();
    open.values().forEach(left::addAll);
    notices.log(
        LogLevel.INFO,
        "Spark progress: "
            + done
            + " of "
            + WriteText.counted(done + left.size(), "stage")
            + " done, "
            + WriteText.counted(finishedTasks, "task")
            + " ended, "
            + failedTasks
            + " of them failed");
  }
}
