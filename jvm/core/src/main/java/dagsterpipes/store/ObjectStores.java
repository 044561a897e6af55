package dagsterpipes.store;

import dagsterpipes.errors.PipesException;
import dagsterpipes.internal.Fault;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/** Opens object stores by the first {@link ObjectStoreProvider} that can. Thread-safe. */
public final class ObjectStores {
  /** More broken entries than any class path has; an unreadable jar fails every look at it. */
  private static final int MAX_BROKEN = 100;

  private ObjectStores() {}

  /**
   * Opens {@code scheme://authority}; the caller closes the store.
   *
   * @param scheme "s3", "file", "hdfs"...; in lower case
   * @param authority a bucket, {@code host:port}; empty where the URI has none
   * @throws PipesException when no provider can; it names the remedy of each
   */
  public static ObjectStore open(String scheme, String authority) {
    // The bridge's loader, not the thread's: on a Spark driver the two differ, and only this one
    // saw our services file.
    return open(scheme, authority, ObjectStores.class.getClassLoader());
  }

  static ObjectStore open(String scheme, String authority, ClassLoader loader) {
    List<String> remedies = new ArrayList<>();
    List<ObjectStoreProvider> providers = new ArrayList<>();
    Throwable broken = find(loader, providers);
    for (ObjectStoreProvider provider : providers) {
      try {
        Optional<ObjectStore> store = provider.open(scheme, authority);
        if (store.isPresent()) {
          return store.get();
        }
      } catch (LinkageError e) {
        // Half of an SDK on the class path: as good as none, but the reason must not get lost.
        broken = e;
      }
      provider.remedy(scheme).ifPresent(remedies::add);
    }
    String ways =
        remedies.isEmpty()
            ? "This build holds no way to object stores at all: use the bridge jar"
                + " dagster-pipes-jvm-<version>.jar."
            : String.join(" Or: ", remedies);
    boolean isS3 = scheme.equals("s3");
    throw Fault.value(isS3 ? "bucket" : "uri", "Pipes.open")
        .expected(
            (isS3 ? "a bucket" : "a place") + " that this process has the classes to reach",
            "`" + scheme + "://" + authority + "`",
            Fault.DAGSTER)
        .todo(ways + (broken == null ? "" : " (One way was found but broken: " + broken + ")"))
        .see(isS3 ? "s3-store" : "stores")
        .exception(broken);
  }

  /** Fills {@code found}, in order. Gives what kept a provider from being found, or null. */
  private static Throwable find(ClassLoader loader, List<ObjectStoreProvider> found) {
    Throwable broken = null;
    Iterator<ObjectStoreProvider> services =
        ServiceLoader.load(ObjectStoreProvider.class, loader).iterator();
    for (int failures = 0; failures < MAX_BROKEN; ) {
      try {
        if (!services.hasNext()) {
          break;
        }
        found.add(services.next());
      } catch (ServiceConfigurationError | LinkageError e) {
        // A provider that this class path cannot load: the next one.
        broken = e;
        failures++;
      }
    }
    Collections.sort(found, Comparator.comparingInt(ObjectStoreProvider::order));
    return broken;
  }
}
