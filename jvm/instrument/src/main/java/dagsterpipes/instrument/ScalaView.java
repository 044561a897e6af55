package dagsterpipes.instrument;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.apache.spark.sql.internal.SQLConf;
import scala.Option;
import scala.Product;
import scala.Tuple2;

/**
 * Calls methods and classes that cannot be linked: methods whose signature holds a Scala collection
 * (their types differ between Scala 2.12 and 2.13), and classes that not every Spark has.
 *
 * <p>A missing one throws a {@link NoSuchMethodError}, as if it had been linked. Thread-safe.
 */
final class ScalaView {
  private static final ClassValue<Map<String, Method>> METHODS =
      new ClassValue<Map<String, Method>>() {
        @Override
        protected Map<String, Method> computeValue(Class<?> type) {
          return new ConcurrentHashMap<>();
        }
      };

  private ScalaView() {}

  /** The result of a method without parameters. */
  static Object call(Object target, String name) {
    try {
      return method(target.getClass(), name).invoke(target);
    } catch (InvocationTargetException e) {
      throw ScalaView.<RuntimeException>same(e.getCause());
    } catch (IllegalAccessException e) {
      throw new IllegalAccessError(target.getClass().getName() + "." + name);
    }
  }

  /** As {@link #call}; null where there is no such method. */
  static Object callIfThere(Object target, String name) {
    try {
      return target == null ? null : call(target, name);
    } catch (NoSuchMethodError e) {
      return null;
    }
  }

  /** As {@link #call}, for a Scala collection, with the elements in order. */
  static List<Object> list(Object target, String name) {
    return list(call(target, name));
  }

  /** The elements of a Scala collection; an Option has none or one. */
  static List<Object> list(Object collection) {
    if (collection instanceof Option) {
      Object value = option(collection);
      return value == null ? Collections.emptyList() : Collections.singletonList(value);
    }
    List<Object> elements = new ArrayList<>();
    scala.collection.Iterator<?> iterator = ((scala.collection.Iterable<?>) collection).iterator();
    while (iterator.hasNext()) {
      elements.add(iterator.next());
    }
    return elements;
  }

  /** The content of an Option, null if it is empty; any other value unchanged. */
  static Object option(Object value) {
    if (value instanceof Option) {
      Option<?> option = (Option<?>) value;
      return option.isDefined() ? option.get() : null;
    }
    return value;
  }

  /** The entry of an immutable Scala map of strings, null if there is none. */
  static Object entry(Object map, String key) {
    try {
      return option(
          scala.collection.immutable.Map.class.getMethod("get", Object.class).invoke(map, key));
    } catch (ReflectiveOperationException e) {
      throw new NoSuchMethodError("scala.collection.immutable.Map.get");
    }
  }

  /** The keys and values of a Scala map; a value that is an empty Option is null. */
  static Map<String, String> strings(Object map) {
    Map<String, String> entries = new LinkedHashMap<>();
    for (Object entry : list(map)) {
      Tuple2<?, ?> pair = (Tuple2<?, ?>) entry;
      entries.put((String) pair._1(), (String) option(pair._2()));
    }
    return entries;
  }

  /** The elements of a Scala collection of strings, in order. */
  static List<String> texts(Object collection) {
    List<String> texts = new ArrayList<>();
    list(collection).forEach(element -> texts.add((String) element));
    return texts;
  }

  /** The simple name of a node's class, by which plans and expressions are told apart. */
  static String kind(Object node) {
    return node.getClass().getSimpleName().replace("$", ""); // that of a Scala object ends with it
  }

  /** The fields of a case class, in order. */
  static List<Object> fields(Object instance) {
    Product product = (Product) instance;
    List<Object> fields = new ArrayList<>();
    for (int i = 0; i < product.productArity(); i++) {
      fields.add(product.productElement(i));
    }
    return fields;
  }

  /** The result of the work, during which Spark's code uses this configuration. */
  @SuppressWarnings("unchecked")
  static <T> T withConf(SQLConf conf, Supplier<T> work) {
    return (T) SQLConf.withExistingConf(conf, (scala.Function0<Object>) work::get);
  }

  private static Method method(Class<?> type, String name) {
    return METHODS
        .get(type)
        .computeIfAbsent(
            name,
            missing -> {
              try {
                Method found = type.getMethod(name);
                found.setAccessible(true); // a public method of a class that is not
                return found;
              } catch (NoSuchMethodException e) {
                throw new NoSuchMethodError(type.getName() + "." + name);
              }
            });
  }

  @SuppressWarnings("unchecked")
  private static <E extends Throwable> E same(Throwable thrown) throws E {
    throw (E) thrown;
  }
}
