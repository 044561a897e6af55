package dagsterpipes.store;

import java.util.Optional;

/** Local directories and mounts, with the JDK alone. Thread-safe. */
public final class LocalObjectStoreProvider implements ObjectStoreProvider {
  @Override
  public int order() {
    return 50;
  }

  @Override
  public Optional<ObjectStore> open(String scheme, String authority) {
    return scheme.equals("file") && (authority.isEmpty() || authority.equals("localhost"))
        ? Optional.of(new LocalObjectStore())
        : Optional.empty();
  }

  @Override
  public Optional<String> remedy(String scheme) {
    return scheme.equals("file")
        ? Optional.of("A file URI names no host: file:///mnt/pipes, with three slashes.")
        : Optional.empty();
  }
}
