package dagsterpipes.spark;

import dagsterpipes.internal.Fault;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;

/** The attempt of a task that received a copy of the reports: the only one whose lines are sent. */
final class TaskOrigin {
  private final TaskContext task;

  private TaskOrigin(TaskContext task) {
    this.task = task;
  }

  /** Null outside of a task. */
  static TaskOrigin current() {
    TaskContext task = TaskContext.get();
    return task == null ? null : new TaskOrigin(task);
  }

  /** For a person who looks for it in Spark's own pages and logs. */
  String prefix() {
    int stageAttempt = task.stageAttemptNumber();
    return "[stage "
        + task.stageId()
        + (stageAttempt == 0 ? "" : "." + stageAttempt)
        + ", partition "
        + task.partitionId()
        + ", attempt "
        + task.attemptNumber()
        + ", executor "
        + SparkEnv.get().executorId()
        + "] ";
  }

  /**
   * Spark sends back the accumulators that came with the task, and no others: what a copy of an
   * earlier task were told would be lost. A thread that the task started has no TaskContext.
   */
  static void check(TaskOrigin origin, String call) {
    TaskContext now = TaskContext.get();
    if (origin != null && (now == null || now.taskAttemptId() == origin.task.taskAttemptId())) {
      return;
    }
    throw Fault.says("Cannot call TaskReports." + call + " here.")
        .expected(
            "the copy that came with this task",
            origin == null ? "one that came without a task" : "the copy of an earlier task",
            Fault.JOB)
        .todo(
            "Let the closure catch the TaskReports itself, instead of broadcasting it, caching it"
                + " or keeping it in a static field.")
        .see("executors")
        .exception();
  }
}
