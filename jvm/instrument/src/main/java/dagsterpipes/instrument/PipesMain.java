package dagsterpipes.instrument;

import dagsterpipes.internal.Stderr;
import dagsterpipes.internal.Troubleshooting;
import dagsterpipes.json.Json;
import dagsterpipes.report.PythonFailure;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Map;

/**
 * The main class around an application's own: {@code --class dagsterpipes.instrument.PipesMain
 * app.jar acme.Main ARGUMENTS}. Tells {@link PipesPlugin}'s session how the application ended.
 *
 * <p>The application runs in the same thread, with the same class loader and arguments. Its
 * exceptions are thrown on unchanged. A class that cannot be loaded ends the process with
 * spark-submit's own exit code and words.
 */
public final class PipesMain {
  /** As spark-submit ends where it finds no main class. */
  private static final int CLASS_NOT_FOUND = 101;

  private PipesMain() {}

  /**
   * Runs the application's own main class.
   *
   * @param args its name, then its arguments
   * @throws Throwable what the application throws, the same object; where there is no such class,
   *     what spark-submit throws then
   */
  public static void main(String[] args) throws Throwable {
    if (args.length == 0) {
      Stderr.notice(
          "PipesMain was given no main class. Expected: --class dagsterpipes.instrument.PipesMain"
              + " APPLICATION MAIN_CLASS [ARGUMENTS]. "
              + Troubleshooting.see("instrument"));
      throw classNotFound();
    }
    String[] rest = Arrays.copyOfRange(args, 1, args.length);
    Instrumentation.mainStarts(rest);
    Throwable failure = null;
    try {
      run(args[0], rest);
    } catch (Throwable e) {
      failure = e;
      throw e;
    } finally {
      Instrumentation.mainEnds(failure);
    }
  }

  /**
   * Tells the session how a PySpark script ended. Called by the runner around the script.
   *
   * @param failure what it raised, as JSON of {@code dagster_pipes.PipesException}; null: nothing
   */
  public static void pythonEnds(String failure) {
    Throwable thrown = null;
    if (failure != null) {
      try {
        @SuppressWarnings("unchecked")
        Map<String, Object> params = (Map<String, Object>) Json.read(failure);
        thrown = new PythonFailure(params);
      } catch (Json.Malformed | ClassCastException e) {
        thrown = new IllegalStateException("The script failed: " + failure);
      }
    }
    Instrumentation.mainEnds(thrown);
  }

  private static void run(String name, String[] args) throws Throwable {
    Method main = mainOf(name);
    try {
      main.invoke(null, (Object) args);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  /** As spark-submit finds it, with the same errors. */
  private static Method mainOf(String name) throws Exception {
    Method main;
    try {
      ClassLoader loader = Thread.currentThread().getContextClassLoader();
      main = Class.forName(name, true, loader).getMethod("main", String[].class);
    } catch (ClassNotFoundException e) {
      System.err.println("Error: Failed to load class " + name + ".");
      throw classNotFound();
    } catch (NoClassDefFoundError e) {
      System.err.println("Error: Failed to load " + name + ": " + e.getMessage());
      throw classNotFound();
    }
    if (!Modifier.isStatic(main.getModifiers())) {
      throw new IllegalStateException("The main method in the given main class must be static");
    }
    return main;
  }

  /**
   * The exception for which spark-submit ends with that exit code; its constructor has changed in
   * Spark 4.2.
   */
  private static Exception classNotFound() {
    try {
      Constructor<?> constructor =
          Class.forName("org.apache.spark.SparkUserAppException").getConstructors()[0];
      Object[] arguments = new Object[constructor.getParameterCount()];
      arguments[0] = CLASS_NOT_FOUND;
      return (Exception) constructor.newInstance(arguments);
    } catch (ReflectiveOperationException e) {
      return new IllegalStateException("no main class", e);
    }
  }
}
