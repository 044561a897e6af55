package dagsterpipes.spark;

import dagsterpipes.PipesContext;
import dagsterpipes.internal.Stderr;
import dagsterpipes.internal.Troubleshooting;
import dagsterpipes.report.LogLevel;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.spark.util.AccumulatorV2;

/**
 * The accumulator of log lines. A task's copy keeps its lines. The driver's object passes them to
 * the session when Spark merges the copy, in the one thread of Spark's scheduler. That thread must
 * not fail and not wait; a session's channel does neither.
 *
 * <p>The value, which Spark puts into heartbeats' events, is only a number.
 */
final class TaskLog extends AccumulatorV2<TaskLine, Long> {
  private static final long serialVersionUID = 1;

  private static final int MAX_LINES = 1_000;
  private static final int MAX_CHARACTERS = 500_000;

  private final boolean isDagsterPipesProcess;

  /** Null in every copy. */
  private final transient PipesContext pipes;

  private transient TaskOrigin origin;

  // A task's copy uses these, guarded by `this`. Spark serializes it for heartbeats while the task
  // adds.
  private final ArrayList<TaskLine> lines = new ArrayList<>();
  private String prefix = "";
  private int characters;
  private long dropped;

  // The driver's object uses these, guarded by `this`.
  private transient long undelivered;
  private transient long undeliveredToSay = 1;

  TaskLog(PipesContext pipes) {
    this.pipes = pipes;
    this.isDagsterPipesProcess = pipes.isDagsterPipesProcess();
  }

  private TaskLog(boolean isDagsterPipesProcess) {
    this.pipes = null;
    this.isDagsterPipesProcess = isDagsterPipesProcess;
  }

  @Override
  public void add(TaskLine line) {
    if (pipes != null) {
      pipes.log().log(line.level, line.text);
      return;
    }
    TaskOrigin.check(origin, "log");
    if (isDagsterPipesProcess) {
      keep(line);
    }
  }

  private synchronized void keep(TaskLine line) {
    if (lines.size() >= MAX_LINES || line.text.length() > MAX_CHARACTERS - characters) {
      dropped++;
      return;
    }
    prefix = origin.prefix();
    characters += line.text.length();
    lines.add(line);
  }

  @Override
  public void merge(AccumulatorV2<TaskLine, Long> other) {
    TaskLog task = (TaskLog) other;
    if (pipes == null) {
      append(task);
    } else {
      send(task.asTold());
    }
  }

  private synchronized void append(TaskLog task) {
    prefix = task.prefix;
    lines.addAll(task.lines);
    characters += task.characters;
    dropped += task.dropped;
  }

  /** The lines with their task in front, and what is missing. */
  private synchronized List<TaskLine> asTold() {
    List<TaskLine> told = new ArrayList<>();
    for (TaskLine line : lines) {
      told.add(new TaskLine(line.level, prefix + line.text));
    }
    if (dropped > 0) {
      String what =
          dropped
              + " more log line(s) of this task are left out: an attempt keeps at most "
              + String.format(
                  Locale.ROOT, "%,d lines and %,d characters", MAX_LINES, MAX_CHARACTERS)
              + ". Count instead of logging each row. "
              + Troubleshooting.see("executors");
      told.add(new TaskLine(LogLevel.WARNING, prefix + what));
    }
    return told;
  }

  private void send(List<TaskLine> told) {
    for (int i = 0; i < told.size(); i++) {
      try {
        pipes.log().log(told.get(i).level, told.get(i).text);
      } catch (RuntimeException e) {
        sayUndelivered(told.size() - i, e);
        return;
      }
    }
  }

  /** At the first, and then whenever there are ten times as many. */
  private synchronized void sayUndelivered(int count, RuntimeException reason) {
    undelivered += count;
    if (undelivered >= undeliveredToSay) {
      while (undelivered >= undeliveredToSay) {
        undeliveredToSay *= 10;
      }
      Stderr.notice(
          undelivered
              + " log line(s) of Spark tasks did not reach Dagster so far"
              + (pipes.isClosed()
                  ? ", because the tasks ended after the Pipes session was closed: wait for them"
                      + " inside of Pipes.run"
                  : ": " + Troubleshooting.unended(reason.getMessage()))
              + ". "
              + Troubleshooting.see("executors"));
    }
  }

  @Override
  public synchronized boolean isZero() {
    return lines.isEmpty() && dropped == 0;
  }

  @Override
  public AccumulatorV2<TaskLine, Long> copy() {
    TaskLog copy = new TaskLog(isDagsterPipesProcess);
    synchronized (this) {
      copy.append(this);
    }
    return copy;
  }

  @Override
  public synchronized void reset() {
    lines.clear();
    characters = 0;
    dropped = 0;
  }

  @Override
  public synchronized Long value() {
    return lines.size() + dropped;
  }

  private synchronized void writeObject(ObjectOutputStream out) throws IOException {
    out.defaultWriteObject();
  }

  private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
    in.defaultReadObject();
    origin = TaskOrigin.current();
  }
}
