package dagsterpipes;

import dagsterpipes.internal.Fault;
import java.io.NotSerializableException;
import java.util.AbstractCollection;
import java.util.Iterator;

/**
 * Keeps a session's objects in the driver, with an explanation.
 *
 * <p>Java serialization, which Spark uses for every closure, asks the object's own {@code
 * writeObject}, which throws {@link #refusal}. Kryo, which {@code spark.serializer} can ask for
 * data and broadcasts, knows no {@code writeObject}: it writes an object field by field, and a
 * collection by its elements. A field with {@link #kryoGuard} stops it there.
 */
final class DriverOnly {
  private DriverOnly() {}

  /** The exception that Spark shows as the cause of its "Task not serializable". */
  static NotSerializableException refusal(String what) {
    return new NotSerializableException(text(what));
  }

  /** A field of this class that is not transient makes Kryo fail with the same text. */
  static Object kryoGuard(String what) {
    return new Guard(what);
  }

  private static String text(String what) {
    return Fault.says(
            what
                + " was caught in a closure that Spark sends to its executors, or broadcast. The"
                + " Pipes session lives in the driver and cannot leave it.")
        .todo(
            "In a task use dagsterpipes.spark.TaskReports (Scala:"
                + " dagsterpipes.scaladsl.TaskReports), created in the driver; a value that the"
                + " task needs, such as an extra, read into a local variable first.")
        .see("executors")
        .exception()
        .getMessage();
  }

  private static final class Guard extends AbstractCollection<Object> {
    private final String what;

    Guard(String what) {
      this.what = what;
    }

    @Override
    public Iterator<Object> iterator() {
      throw new UnsupportedOperationException(text(what));
    }

    @Override
    public int size() {
      throw new UnsupportedOperationException(text(what));
    }

    @Override
    public String toString() {
      return what; // a debugger asks
    }
  }
}
