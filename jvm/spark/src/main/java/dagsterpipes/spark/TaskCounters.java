package dagsterpipes.spark;

import dagsterpipes.internal.Fault;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.util.AccumulatorV2;

/** The accumulator of counters: sums by name. */
final class TaskCounters extends AccumulatorV2<String, Map<String, Long>> {
  private static final long serialVersionUID = 1;

  /** Keeps a task that counts by customer, say, from filling the driver's memory. */
  private static final int MAX_NAMES = 1_000;

  // Guarded by `this`: Spark serializes it for heartbeats while the task counts.
  private final TreeMap<String, Long> sums = new TreeMap<>();
  private transient TaskOrigin origin;

  // False in every copy.
  private final transient boolean isOfDriver;

  TaskCounters() {
    this(true);
  }

  private TaskCounters(boolean isOfDriver) {
    this.isOfDriver = isOfDriver;
  }

  void count(String counter, long number) {
    if (!isOfDriver) {
      TaskOrigin.check(origin, "count");
    }
    synchronized (this) {
      if (sums.size() >= MAX_NAMES && !sums.containsKey(counter)) {
        throw Fault.value("counter", "TaskReports.count")
            .expected(
                String.format(Locale.ROOT, "at most %,d different names in a task", MAX_NAMES),
                "one more",
                Fault.JOB)
            .todo("Count kinds of things, not the things themselves.")
            .see("executors")
            .exception();
      }
      sums.merge(counter, number, Long::sum);
    }
  }

  Map<String, Long> total() {
    if (!isOfDriver) {
      throw Fault.says("Cannot call TaskReports.counters() in a task.")
          .todo(
              "A task knows its own part only; read the counters in the driver, after the action.")
          .see("executors")
          .exception();
    }
    return value();
  }

  @Override
  public void add(String counter) {
    count(counter, 1);
  }

  @Override
  public void merge(AccumulatorV2<String, Map<String, Long>> other) {
    Map<String, Long> added = other.value();
    synchronized (this) {
      added.forEach((counter, number) -> sums.merge(counter, number, Long::sum));
    }
  }

  @Override
  public synchronized Map<String, Long> value() {
    return Collections.unmodifiableMap(new TreeMap<>(sums));
  }

  @Override
  public synchronized boolean isZero() {
    return sums.isEmpty();
  }

  @Override
  public AccumulatorV2<String, Map<String, Long>> copy() {
    TaskCounters copy = new TaskCounters(false);
    copy.merge(this);
    return copy;
  }

  @Override
  public synchronized void reset() {
    sums.clear();
  }

  private synchronized void writeObject(ObjectOutputStream out) throws IOException {
    out.defaultWriteObject();
  }

  private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
    in.defaultReadObject();
    origin = TaskOrigin.current();
  }
}
