package dagsterpipes.report;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A Throwable as Dagster shows exceptions; {@code dagster_pipes.PipesException}.
 *
 * <p>{@code {message, stack, name, cause, context}}: the message is the bare text, or the class's
 * name where there is none; the stack is a list of lines with their ends, suppressed exceptions
 * among them; causes follow each other to the end, and one that was there before is cut short with
 * a note. Dagster's handler breaks on a message or a stack that is null, and on a missing cause or
 * context, so all five are always there.
 */
public final class ThrowableParams {
  /**
   * Enough for any real chain; keeps a chain that makes new causes for ever from filling the heap.
   */
  private static final int MAX_CAUSES = 50;

  private ThrowableParams() {}

  public static Map<String, Object> of(Throwable thrown) {
    return of(thrown, Collections.newSetFromMap(new IdentityHashMap<Throwable, Boolean>()));
  }

  private static Map<String, Object> of(Throwable thrown, Set<Throwable> seen) {
    if (!seen.add(thrown)) {
      return params(
          message(thrown) + " (the same exception again: its causes form a circle)",
          none(),
          thrown,
          null);
    }
    if (seen.size() > MAX_CAUSES) {
      return params(message(thrown) + " (more causes left out)", none(), thrown, null);
    }
    // The cause first: one that is suppressed as well belongs into the chain, and is only named
    // among the suppressed.
    Map<String, Object> cause = thrown.getCause() == null ? null : of(thrown.getCause(), seen);
    List<Object> stack = new ArrayList<>();
    stack(thrown, "  ", stack);
    suppressed(thrown, "  ", stack, seen);
    return params(message(thrown), stack, thrown, cause);
  }

  private static Map<String, Object> params(
      String message, List<Object> stack, Throwable thrown, Map<String, Object> cause) {
    Map<String, Object> params = new LinkedHashMap<>();
    params.put("message", message);
    params.put("stack", stack);
    params.put("name", thrown.getClass().getName());
    params.put("cause", cause);
    params.put("context", null); // what Python was handling meanwhile: the JVM knows no such thing
    return params;
  }

  private static String message(Throwable thrown) {
    try {
      String message = thrown.getMessage();
      return message == null ? thrown.getClass().getName() : message;
    } catch (RuntimeException e) {
      // A getMessage() that fails must not hide the failure it belongs to.
      return thrown.getClass().getName();
    }
  }

  private static void stack(Throwable thrown, String indent, List<Object> lines) {
    for (StackTraceElement frame : thrown.getStackTrace()) {
      lines.add(indent + "at " + frame + "\n");
    }
  }

  private static void suppressed(
      Throwable thrown, String indent, List<Object> lines, Set<Throwable> seen) {
    for (Throwable other : thrown.getSuppressed()) {
      lines.add(
          indent + "Suppressed: " + other.getClass().getName() + ": " + message(other) + "\n");
      if (seen.add(other) && seen.size() <= MAX_CAUSES) {
        stack(other, indent + "  ", lines);
        suppressed(other, indent + "  ", lines, seen);
        Throwable cause = other.getCause();
        if (cause != null && seen.add(cause)) {
          lines.add(
              indent + "  Caused by: " + cause.getClass().getName() + ": " + message(cause) + "\n");
          stack(cause, indent + "    ", lines);
        }
      }
    }
  }

  private static List<Object> none() {
    return new ArrayList<>();
  }
}
