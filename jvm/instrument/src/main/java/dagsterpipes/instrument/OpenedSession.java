package dagsterpipes.instrument;

import dagsterpipes.Pipes;
import dagsterpipes.PipesContext;
import dagsterpipes.params.ParamsLoader;
import dagsterpipes.session.Session;
import dagsterpipes.session.Sessions;
import java.util.Map;

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
   * Opens one, or takes the one that is open.
   *
   * @param facts what {@code opened} carries, where it is sent now
   * @throws dagsterpipes.errors.PipesException as {@link Pipes#open()} does
   */
  static OpenedSession open(ParamsLoader params, Map<String, Object> facts) {
    synchronized (Sessions.OPENING) {
      Session first = Sessions.first();
      PipesContext pipes = Pipes.builder().paramsLoader(params).openedExtras(facts).open();
      Session session = Sessions.of(pipes);
      return new OpenedSession(pipes, session, session != first);
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
