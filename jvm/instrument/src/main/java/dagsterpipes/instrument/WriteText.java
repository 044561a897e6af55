package dagsterpipes.instrument;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/** A write in a log line, and numbers as people read them. Without state. */
final class WriteText {
  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};

  private WriteText() {}

  static String of(Write write) {
    StringBuilder text = new StringBuilder("Spark wrote ");
    Counts counts = write.counts();
    OptionalLong rows = counts.rows();
    text.append(
        rows.isPresent() ? counted(rows.getAsLong(), "row") : "an uncounted number of rows");
    if (!counts.changes().isEmpty()) {
      List<String> changes = new ArrayList<>();
      counts.changes().forEach((change, count) -> changes.add(number(count) + " " + change));
      text.append(" (").append(String.join(", ", changes)).append(")");
    }
    counts.files().ifPresent(files -> text.append(", ").append(counted(files, "file")));
    counts.bytes().ifPresent(bytes -> text.append(", ").append(bytes(bytes)));
    text.append(" to ").append(write.place().inWords());
    String how = write.mode() == null ? "" : write.mode();
    String format = write.place().format();
    if (format != null) {
      how = how.isEmpty() ? format : format + ", " + how;
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
