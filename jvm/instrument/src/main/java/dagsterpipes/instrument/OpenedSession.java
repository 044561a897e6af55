package dagsterpipes.instrument;

import dagsterpipes.PipesBuilder;
import dagsterpipes.PipesContext;
import dagsterpipes.session.Session;
import dagsterpipes.session.Sessions;
import java.util.List;

/**
 * The session in which an application is reported: one that was opened for it, or the one that the
 * application has opened itself. Immutable; what it holds is thread-safe.
 */
final class OpenedSession {
  private final PipesContext pipes;
  private final Session session;
  private final boolean owned;

  private OpenedSession(PipesContext pipes, Session session, boolean owned) {
    this.pipes = pipes;
    this.session = session;
    this.owned = owned;
  }

  /**
   * Opens a session, or joins the open session with the same message parameters.
   *
   * @param builder one that has found parameters
   * @throws dagsterpipes.errors.PipesException as {@link PipesBuilder#open()} does
   */
  static OpenedSession open(PipesBuilder builder) {
    synchronized (Sessions.OPENING) {
      List<Session> before = Sessions.all();
      PipesContext pipes = builder.open();
      Session session = Sessions.of(pipes);
      return new OpenedSession(pipes, session, !before.contains(session));
    }
  }

  PipesContext pipes() {
    return pipes;
  }

  Session session() {
    return session;
  }

  /** Whether it was opened for the instrumentation, which then closes it too. */
  boolean isOwned() {
    return owned;
  }
}
