package dagsterpipes.spark;

import dagsterpipes.report.LogLevel;
import java.io.Serializable;

/** A log line of a task, on its way to the driver. */
final class TaskLine implements Serializable {
  private static final long serialVersionUID = 1;

  final LogLevel level;
  final String text;

  TaskLine(LogLevel level, String text) {
    this.level = level;
    this.text = text;
  }
}
