package dagsterpipes.instrument;

import java.lang.reflect.Field;
import java.util.OptionalLong;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkContext;

/**
 * The write by which an RDD is saved. No event says its place. The function that the job runs holds
 * it.
 *
 * <p>It is looked for while the job runs. A job that ends before we look is {@link #NOT_SEEN}.
 * Immutable.
 */
final class RddWrites {
  private static final String DIRECTORY = "mapreduce.output.fileoutputformat.outputdir";
  private static final String[] FORMATS = {
    "mapred.output.format.class", "mapreduce.job.outputformat.class"
  };
  private static final String[] KEYS = {
    "mapreduce.job.output.key.class", "mapred.output.key.class"
  };
  private static final String[] VALUES = {
    "mapreduce.job.output.value.class", "mapred.output.value.class"
  };

  /** A job has written something, and its place is not seen. */
  static final RddWrites NOT_SEEN =
      new RddWrites(Write.builder().place(Place.UNKNOWN).effect(Effect.UNKNOWN).build(), false);

  private final Write write;
  private final boolean hasRowAsRecord;

  private RddWrites(Write write, boolean hasRowAsRecord) {
    this.write = write;
    this.hasRowAsRecord = hasRowAsRecord;
  }

  /** Null if the job saves nothing, or that is not seen. */
  static RddWrites of(SparkContext spark, int jobId) {
    Configuration settings;
    try {
      settings = settings(spark, jobId);
    } catch (LinkageError | ReflectiveOperationException | RuntimeException e) {
      return null;
    }
    if (settings == null || settings.get(DIRECTORY) == null) {
      return null;
    }
    // By default RDDs are saved only into a directory that does not exist yet.
    boolean isNew = spark.conf().getBoolean("spark.hadoop.validateOutputSpecs", true);
    return new RddWrites(
        Write.builder()
            .place(Place.UNKNOWN.withPath(settings.get(DIRECTORY)).withFormat(format(settings)))
            .effect(isNew ? Effect.OVERWRITE : Effect.UNKNOWN)
            .mode("errorifexists")
            .build(),
        !isInBatches(settings));
  }

  /**
   * @param records as the tasks have counted them
   * @param site the call in the application's code
   */
  Write counted(long records, long bytes, String site) {
    boolean isRow = hasRowAsRecord || (this == NOT_SEEN && site.startsWith("saveAsTextFile "));
    return write.withCounts(
        Counts.ofTasks(records, bytes)
            .withRows(isRow ? OptionalLong.of(records) : OptionalLong.empty()));
  }

  /** The change of its place by a job that has failed. */
  Write failed() {
    return write.failed();
  }

  /** {@code saveAsObjectFile} and {@code saveAsPickleFile} write many rows as one record. */
  private static boolean isInBatches(Configuration settings) {
    String key = first(settings, KEYS);
    String value = first(settings, VALUES);
    return key != null
        && key.endsWith(".NullWritable")
        && value != null
        && value.endsWith(".BytesWritable");
  }

  private static Configuration settings(SparkContext spark, int jobId)
      throws ReflectiveOperationException {
    Object jobs = ScalaView.call(ScalaView.call(spark, "dagScheduler"), "jobIdToActiveJob");
    Object job =
        ScalaView.option(jobs.getClass().getMethod("get", Object.class).invoke(jobs, jobId));
    Object stage = ScalaView.callIfThere(job, "finalStage");
    Object function = ScalaView.callIfThere(stage, "func");
    if (function == null) {
      return null; // over already, or the map side of a shuffle
    }
    for (Field captured : function.getClass().getDeclaredFields()) {
      captured.setAccessible(true);
      Object value = captured.get(function);
      if (value != null && value.getClass().getName().endsWith("WriteConfigUtil")) {
        Field conf = value.getClass().getDeclaredField("conf");
        conf.setAccessible(true);
        return (Configuration) ScalaView.call(conf.get(value), "value");
      }
    }
    return null;
  }

  /** {@code TextOutputFormat} is {@code text}. */
  private static String format(Configuration settings) {
    String type = first(settings, FORMATS);
    String name = type == null ? null : type.substring(type.lastIndexOf('.') + 1);
    return "TextOutputFormat".equals(name) ? "text" : name;
  }

  private static String first(Configuration settings, String[] keys) {
    for (String key : keys) {
      if (settings.get(key) != null) {
        return settings.get(key);
      }
    }
    return null;
  }
}
