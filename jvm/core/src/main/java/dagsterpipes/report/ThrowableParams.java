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
 * <p>The keys are {@code {message, stack, name, cause, context}}. The message is the bare text, or
 * the class's name if there is none. The stack is a list of lines with their ends: the class
 * (Dagster's web page does not show {@code name}), the frames, then the suppressed exceptions with
 * their own causes. Causes follow each other; a repeated one is cut short with a note. Dagster's
 * handler breaks on a message or a stack that is null, and on a missing cause or context, so all
 * five keys are always present.
 *
 * <p>The exception is whole as far as Dagster keeps and shows it. Dagster's page stops after ten
 * causes, so the stack of the tenth has the later ones. Dagster's event log cuts an error of
 * 500,000 characters. So this one stays below: each exception of the chain has its share, and a
 * line says what was left out.
 */
public final class ThrowableParams {
  /** {@code dagster_graphql}'s errorChain has no more links. */
  private static final int SHOWN_CAUSES = 10;

  /** Enough for any real chain; some make new causes for ever. */
  private static final int MOST_CAUSES = 100;

  /** Below DAGSTER_EVENT_ERROR_FIELD_SIZE_LIMIT, with room for what JSON puts around the lines. */
  private static final int MOST_CHARACTERS = 400_000;

  private ThrowableParams() {}

  /**
   * The {@code exception} of a {@code closed} message.
   *
   * @param thrown not null; whatever its methods throw, a description comes
   */
  public static Map<String, Object> of(Throwable thrown) {
    if (thrown instanceof PythonFailure) {
      return ((PythonFailure) thrown).params();
    }
    List<Throwable> chain = new ArrayList<>();
    Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<Throwable, Boolean>());
    String end = follow(thrown, chain, seen);

    List<Map<String, Object>> links = new ArrayList<>();
    int count = Math.min(chain.size(), SHOWN_CAUSES + 1);
    int left = MOST_CHARACTERS;
    for (int i = 0; i < count; i++) {
      // The next exceptions get the room that this one does not need.
      StackLines lines = new StackLines(left / (count - i), seen);
      Map<String, Object> link = link(chain.get(i), lines);
      if (i == count - 1) {
        for (Throwable deeper : chain.subList(i + 1, chain.size())) {
          lines.exception("Caused by: ", deeper, "");
        }
      }
      link.put("stack", lines.finish(i == count - 1 ? end : null));
      left -= lines.characters();
      links.add(link);
    }
    for (int i = 1; i < count; i++) {
      links.get(i - 1).put("cause", links.get(i));
    }
    return links.get(0);
  }

  /**
   * @return why the chain ends where it does, null at its natural end
   */
  private static String follow(Throwable thrown, List<Throwable> chain, Set<Throwable> seen) {
    for (Throwable next = thrown; next != null; next = StackLines.cause(next)) {
      if (!seen.add(next)) {
        return "(The causes form a circle.) Caused by: "
            + StackLines.describe(next)
            + " (the same exception again)";
      }
      if (chain.size() == MOST_CAUSES) {
        return "... more than " + MOST_CAUSES + " causes, the others are left out";
      }
      chain.add(next);
    }
    return null;
  }

  private static Map<String, Object> link(Throwable thrown, StackLines lines) {
    Map<String, Object> link = new LinkedHashMap<>();
    link.put("message", lines.message(thrown));
    link.put("stack", null);
    link.put("name", thrown.getClass().getName());
    link.put("cause", null);
    link.put("context", null); // what Python was handling meanwhile: the JVM knows no such thing
    lines.header(thrown);
    lines.body(thrown, "  ");
    return link;
  }
}
