package dagsterpipes.write;

import dagsterpipes.internal.Fault;
import dagsterpipes.store.ObjectStore;
import dagsterpipes.store.Presence;
import java.util.OptionalInt;

/**
 * Finds a prefix of its own for each attempt of one application. YARN and Kubernetes restart a
 * failed driver with the same parameters, and its chunks must not overwrite those of the first
 * attempt.
 *
 * <p>The first attempt writes under {@code KEY_PREFIX/}, a later one under {@code
 * KEY_PREFIX/attempt-2/}, {@code KEY_PREFIX/attempt-3/}, ...: the first place without a {@code
 * 1.json}. An attempt that died before its first chunk leaves no gap. If this process may not look,
 * YARN's {@code CONTAINER_ID} decides; without this variable it is attempt 1. (S3 answers 403 for a
 * missing object, too, to a caller who may not list.) Stateless.
 */
final class Attempts {
  static final int MAX_ATTEMPTS = 1000;

  private Attempts() {}

  /** In front of a chunk's number: empty, or something with a slash at its end. */
  static String folder(ObjectStore store, String keyPrefix, int yarnAttempt) {
    String first = keyPrefix == null || keyPrefix.isEmpty() ? "" : keyPrefix + "/";
    for (int attempt = yarnAttempt > 1 ? 2 : 1; attempt <= MAX_ATTEMPTS; attempt++) {
      String folder = folder(first, attempt);
      Presence presence = store.presence(folder + "1.json");
      if (presence == Presence.ABSENT) {
        return folder;
      }
      if (presence == Presence.UNKNOWN) {
        return folder(first, Math.max(attempt, yarnAttempt));
      }
    }
    throw Fault.says(
            store.describe(first) + " holds the chunks of " + MAX_ATTEMPTS + " attempts already.")
        .todo("Give every run a prefix of its own.")
        .see("message-channel")
        .io(false, null);
  }

  private static String folder(String first, int attempt) {
    return attempt == 1 ? first : first + "attempt-" + attempt + "/";
  }

  /** The attempt that this process belongs to, see {@link #ofContainer}. */
  static OptionalInt ofProcess() {
    return ofContainer(System.getenv("CONTAINER_ID"));
  }

  /**
   * The attempt of the application that this YARN container belongs to; empty where that is
   * unknown.
   *
   * @param containerId {@code container_e17_1410901177871_0001_02_000001}: epoch (may be left out),
   *     cluster's start, application, attempt, container; null outside YARN. Source: Hadoop's
   *     {@code ContainerId.toString}.
   */
  static OptionalInt ofContainer(String containerId) {
    String[] parts = containerId == null ? new String[0] : containerId.split("_");
    boolean epoch = parts.length == 6 && parts[1].startsWith("e");
    if ((parts.length == 5 || epoch) && parts[0].equals("container")) {
      try {
        int attempt = Integer.parseInt(parts[parts.length - 2]);
        return attempt >= 1 ? OptionalInt.of(attempt) : OptionalInt.empty();
      } catch (NumberFormatException e) {
        return OptionalInt.empty(); // Another program's variable of that name.
      }
    }
    return OptionalInt.empty();
  }
}
