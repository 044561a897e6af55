package dagsterpipes.instrument;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;

/** One SQL execution: what is known from its start, its jobs and its end. For one thread. */
final class Execution {
  String description;

  /** The outermost execution around it; null if it is the outermost one, or that is not known. */
  final Long root;

  Settings settings;

  /** Spark may tell of the start of the outermost one only when those inside have ended. */
  boolean hasStarted = true;

  /** Numbers of events: an execution inside another one starts later and ends earlier. */
  final long started;

  long ended;
  boolean jobFailed;
  boolean failed;

  /** The output of the tasks of its own jobs, without executions inside. */
  long rows;

  long bytes;

  /** How many of its own jobs have written something. */
  int writingJobs;

  /** The output of the first job that wrote rows, its own or that of an execution inside. */
  Counts first = Counts.NONE;

  /** Its writes and changes of tables, from its end on. A multi-insert has several. */
  final List<Command> commands = new ArrayList<>();

  /** From its end on; null if it is of no use. */
  LogicalPlan plan;

  /** The executions inside the outermost one, in the order of their ends. */
  final List<Execution> inside = new ArrayList<>();

  Execution(String description, Long root, Settings settings, long started) {
    this.description = description;
    this.root = root;
    this.settings = settings;
    this.started = started;
  }

  /** The outermost one of an execution that has started before it. */
  static Execution early(Settings settings, long started) {
    Execution execution = new Execution("", null, settings, started);
    execution.hasStarted = false;
    return execution;
  }

  void starts(String described, Settings ofSession) {
    description = described;
    settings = ofSession;
    hasStarted = true;
  }

  void wrote(long taskRows, long taskBytes) {
    if (taskRows > 0 || taskBytes > 0) {
      writingJobs++;
      rows += taskRows;
      bytes += taskBytes;
    }
  }

  /** A job of its own, or of an execution inside, has ended. */
  void sees(long taskRows, long taskBytes) {
    if (taskRows > 0 && !first.rows().isPresent()) {
      first = Counts.ofTasks(taskRows, taskBytes);
    }
  }

  /** Whether it matters which other execution is around it. */
  boolean isOfUse() {
    return !commands.isEmpty() || writingJobs > 0;
  }

  boolean isInside(Execution other) {
    return other.started < started && ended < other.ended;
  }

  /** The output of its own tasks, if only one job has written: others may write anything. */
  Counts counted() {
    return writingJobs == 1 ? Counts.ofTasks(rows, bytes) : Counts.NONE;
  }
}
