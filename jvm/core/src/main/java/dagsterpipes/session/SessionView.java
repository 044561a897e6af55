package dagsterpipes.session;

/** The public context of a session, as this package knows it. */
public interface SessionView {
  /** Whether the context accepts no more reports. */
  boolean isClosed();
}
