package dagsterpipes.write;

import dagsterpipes.internal.Fault;
import dagsterpipes.store.ObjectStore;
import dagsterpipes.store.Presence;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds a folder for each session of one run. YARN and Kubernetes restart a failed driver with the
 * same parameters, a job may start several JVMs, and none must overwrite the chunks of another.
 *
 * <p>The first session writes under {@code KEY_PREFIX/}, a later one under {@code
 * KEY_PREFIX/attempt-2/}, {@code KEY_PREFIX/attempt-3/}, ...: the first place without a {@code
 * 1.json}. An attempt that died before its first chunk leaves no gap. If this process may not look,
 * YARN's {@code CONTAINER_ID} decides; without this variable it is attempt 1. (S3 answers 403 for a
 * missing object, too, to a caller who may not list.) Stateless.
 */
final class Attempts {
  static final int MAX_ATTEMPTS = 1000;

  /** Epoch (may be left out), the cluster's start and application, attempt, container. */
  private static final Pattern CONTAINER =
      Pattern.compile("container_(?:e\\d+_)?(\\d+_\\d+)_(\\d+)_\\d+");

  private Attempts() {}

  /**
   * The number of the first free folder, or of the one to begin with if this process may not look.
   *
   * @param from where the search begins, from 1
   */
  static int free(ObjectStore store, String keyPrefix, int from, int yarnAttempt) {
    String first = folder(keyPrefix, 1);
    for (int attempt = yarnAttempt > 1 ? Math.max(from, 2) : from;
        attempt <= MAX_ATTEMPTS;
        attempt++) {
      Presence presence = store.presence(folder(keyPrefix, attempt) + "1.json");
      if (presence == Presence.ABSENT) {
        return attempt;
      }
      if (presence == Presence.UNKNOWN) {
        return Math.max(attempt, yarnAttempt);
      }
    }
    throw Fault.says(
            store.describe(first) + " holds the chunks of " + MAX_ATTEMPTS + " attempts already.")
        .todo("Give every run a prefix of its own.")
        .see("message-channel")
        .io(false, null);
  }

  /** In front of a chunk's number: empty, or something with a slash at its end. */
  static String folder(String keyPrefix, int attempt) {
    String first = keyPrefix == null || keyPrefix.isEmpty() ? "" : keyPrefix + "/";
    return attempt == 1 ? first : first + "attempt-" + attempt + "/";
  }

  /** The attempt that this process belongs to, see {@link #ofContainer}. */
  static OptionalInt ofProcess() {
    return ofContainer(System.getenv("CONTAINER_ID"));
  }

  /** The YARN application that this process belongs to, see {@link #applicationOf}. */
  static String applicationOfProcess() {
    return applicationOf(System.getenv("CONTAINER_ID"));
  }

  /**
   * The YARN application that a container belongs to, such as {@code
   * application_1410901177871_0001}; null where that is unknown.
   *
   * @param containerId see {@link #ofContainer}
   */
  static String applicationOf(String containerId) {
    Matcher parts = partsOf(containerId);
    return parts.matches() ? "application_" + parts.group(1) : null;
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
    Matcher parts = partsOf(containerId);
    if (!parts.matches()) {
      return OptionalInt.empty(); // Another program's variable of that name.
    }
    try {
      int attempt = Integer.parseInt(parts.group(2));
      return attempt >= 1 ? OptionalInt.of(attempt) : OptionalInt.empty();
    } catch (NumberFormatException e) {
      return OptionalInt.empty(); // Too many digits for an attempt.
    }
  }

  private static Matcher partsOf(String containerId) {
    return CONTAINER.matcher(containerId == null ? "" : containerId);
  }
}
