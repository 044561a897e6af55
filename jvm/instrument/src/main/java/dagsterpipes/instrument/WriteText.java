package dagsterpipes.instrument;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A write in a log line, and numbers as people read them. */
final class WriteText {
  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};

  private WriteText() {}

  static String of(Write write) {
    StringBuilder text = new StringBuilder("Spark wrote ");
    text.append(write.rows == null ? "an uncounted number of rows" : counted(write.rows, "row"));
    if (!write.changes.isEmpty()) {
      List<String> changes = new ArrayList<>();
      write.changes.forEach((change, count) -> changes.add(number(count) + " " + change));
      text.append(" (").append(String.join(", ", changes)).append(")");
    }
    if (write.files != null) {
      text.append(", ").append(counted(write.files, "file"));
    }
    if (write.bytes != null) {
      text.append(", ").append(bytes(write.bytes));
    }
    text.append(" to ").append(write.destination());
    String how = write.mode == null ? "" : write.mode;
    if (write.format != null) {
      how = how.isEmpty() ? write.format : write.format + ", " + how;
    }
    return how.isEmpty() ? text.toString() : text + " (" + how + ")";
  }

  static String counted(long count, String noun) {
    return number(count) + " " + noun + (count == 1 ? "" : "s");
  }

  private static String number(long count) {
    return String.format(Locale.ROOT, "%,d", count);
  }

  static String bytes(long bytes) {
    int unit = 0;
    double size = bytes;
    while (size >= 1024 && unit < UNITS.length - 1) {
      size /= 1024;
      unit++;
    }
    return unit == 0 ? bytes + " B" : String.format(Locale.ROOT, "%.1f %s", size, UNITS[unit]);
  }

  static String seconds(long millis) {
    return String.format(Locale.ROOT, "%.1f s", millis / 1000.0);
  }
}
