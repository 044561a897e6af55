package dagsterpipes.write;

import dagsterpipes.errors.PipesIoException;
import dagsterpipes.errors.SecondJobException;
import dagsterpipes.internal.Fault;
import dagsterpipes.internal.Stderr;
import dagsterpipes.json.Json;
import dagsterpipes.store.ObjectStore;
import dagsterpipes.store.Presence;
import dagsterpipes.wire.MessagesParams;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Notes in the object {@code KEY_PREFIX/job} which job a launch has become, before the first chunk
 * is written. A platform that answers too late may be asked twice, and starts two jobs: the second
 * one finds the object of the first.
 *
 * <p>Made for clients that send {@code "launch"}. A job is known by its EMR step ({@code
 * EMR_STEP_ID}) and by its application on YARN ({@code CONTAINER_ID}). All its sessions and
 * attempts have the same ids. A job that has neither cannot be told apart, and passes. For one
 * thread.
 */
final class JobOfLaunch {
  /** Ours has some hundred. */
  private static final int MAX_BYTES = 4096;

  private static final String FIRST = "written by the first job";

  private final String launch;
  private final Map<String, String> ids;
  private boolean isKnown;

  private JobOfLaunch(String launch, Map<String, String> ids) {
    this.launch = launch;
    this.ids = ids;
  }

  /**
   * @param launch null: the client does not request it
   * @param environment a variable's value, or null
   */
  static JobOfLaunch of(String launch, UnaryOperator<String> environment) {
    Map<String, String> ids = new LinkedHashMap<>();
    String step = environment.apply("EMR_STEP_ID");
    if (step != null && !step.isEmpty()) {
      ids.put("step", step);
    }
    String application = Attempts.applicationOf(environment.apply("CONTAINER_ID"));
    if (application != null) {
      ids.put("application", application);
    }
    return new JobOfLaunch(launch, ids);
  }

  /**
   * Returns when this is the job of the launch, as far as it can be known. It asks the store once.
   *
   * @throws SecondJobException if another job is
   * @throws dagsterpipes.errors.PipesIoException as {@link ObjectStore#create}
   */
  void check(ObjectStore store, String keyPrefix) {
    if (isKnown || launch == null || ids.isEmpty()) {
      return;
    }
    String name = MessagesParams.JOB;
    String key = keyPrefix == null || keyPrefix.isEmpty() ? name : keyPrefix + "/" + name;
    Map<String, Object> own = new LinkedHashMap<>(ids);
    own.put("launch", launch);
    byte[] body = Json.write(own).getBytes(StandardCharsets.UTF_8);
    // A store that cannot create in one step would overwrite the object of the first job.
    boolean isFirst = store.presence(key) != Presence.THERE && store.create(key, body);
    if (!isFirst || !store.createsInOneStep()) {
      compare(store, key); // Without one step, another job may have written after this one looked.
    }
    isKnown = true;
  }

  private void compare(ObjectStore store, String key) {
    byte[] body;
    try {
      body = store.read(key, MAX_BYTES);
    } catch (PipesIoException e) {
      if (e.retryable()) {
        throw e;
      }
      Stderr.notice(
          store.describe(key)
              + " cannot be read: whether this launch has another job is unknown. "
              + e.getMessage());
      return;
    }
    Map<?, ?> first = parsed(new String(body, StandardCharsets.UTF_8));
    for (Map.Entry<String, String> id : ids.entrySet()) {
      Object other = first.get(id.getKey());
      if (other != null && !other.equals(id.getValue())) {
        throw new SecondJobException(
            Fault.says("This job is the second one of its launch, and ends before it writes.")
                .expected(id.getValue() + " in " + store.describe(key), "`" + other + "`", FIRST)
                .todo("Nothing is lost: the first job reports. Read its log.")
                .see("second-job")
                .exception()
                .getMessage());
      }
    }
  }

  /** Empty for a damaged object: no job is ended for that. */
  private static Map<?, ?> parsed(String text) {
    try {
      Object read = Json.read(text);
      return read instanceof Map ? (Map<?, ?>) read : new LinkedHashMap<>();
    } catch (Json.Malformed e) {
      return new LinkedHashMap<>();
    }
  }
}
