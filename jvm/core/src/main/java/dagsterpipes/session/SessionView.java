package dagsterpipes.session;

import java.util.Map;

/** The public context of a session, as this package knows it. */
public interface SessionView {
  /** Whether the context accepts no more reports. */
  boolean isClosed();

  /** The whole context as Dagster sent it, with the fields that this version does not know. */
  Map<String, Object> rawContext();
}
