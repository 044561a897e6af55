package dagsterpipes.session;

/** What JVM code reports to a session through; the public context, which stands above. */
public interface SessionView {
  /** Whether nothing can be reported through it any more. */
  boolean isClosed();
}
