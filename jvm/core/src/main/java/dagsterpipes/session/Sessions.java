package dagsterpipes.session;

import dagsterpipes.internal.Fault;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** The sessions that are open in this process, by where their messages go. Thread-safe. */
public final class Sessions {
  /** Held while a session is looked for and opened, so that there is one for each place. */
  public static final Object OPENING = new Object();

  /** In the order of opening, one that is still sending `opened` included. */
  private static final List<Session> ALL = new CopyOnWriteArrayList<>();

  private static final Set<Map<String, Object>> ENDED = ConcurrentHashMap.newKeySet();

  private Sessions() {}

  /** The one that was opened first of those that are open; null if none is. */
  public static Session first() {
    for (Session session : ALL) {
      if (!session.isClosed()) {
        return session;
      }
    }
    return null;
  }

  /**
   * The open session with these message parameters; null if there is none.
   *
   * @throws dagsterpipes.errors.PipesException where there was one that has ended, and a second
   *     would write over its messages
   */
  public static Session find(Map<String, Object> messagesParams) {
    boolean ended = false;
    for (Session session : ALL) {
      if (session.messagesParams().equals(messagesParams)) {
        if (!session.isClosed()) {
          return session;
        }
        ended |= session.remembered();
      }
    }
    if (ended || ENDED.contains(messagesParams)) {
      throw Fault.says("A Pipes session with the same message parameters has ended.")
          .expected(
              "one session for each place that messages go to", "a second one after it", Fault.JOB)
          .todo(
              "It would write over the first one's messages. Open one session around everything"
                  + " that reports, Pipes.run around main for example.")
          .see("second-session")
          .exception();
    }
    return null;
  }

  /**
   * The session that {@code view} reports to; null if it is not open, or if {@code view} has no
   * session with Dagster.
   *
   * @param view a context, which need not be a {@link SessionView}: one that does nothing is none
   */
  public static Session of(Object view) {
    for (Session session : ALL) {
      if (view != null && session.view() == view) {
        return session;
      }
    }
    return null;
  }

  /** From here on the end of the process closes {@code session}. */
  public static void add(Session session) {
    synchronized (ALL) {
      if (ALL.isEmpty()) {
        ProcessHooks.install();
      }
      ALL.add(session);
    }
  }

  /** Forgets a session whose first message could not be sent, as if there had been none. */
  public static void abandon(Session session) {
    synchronized (ALL) {
      if (ALL.remove(session) && ALL.isEmpty()) {
        ProcessHooks.uninstall();
      }
    }
  }

  static void remove(Session session) {
    if (session.remembered() && session.isOpened()) {
      ENDED.add(session.messagesParams());
    }
    abandon(session);
  }

  /** Whether a session of this process has said all that it had to say. */
  public static boolean hasEnded() {
    return !ENDED.isEmpty();
  }

  /**
   * The sessions from their opening to the delivery of their last message, in the order of opening;
   * a copy.
   */
  public static List<Session> all() {
    return new ArrayList<>(ALL);
  }
}
