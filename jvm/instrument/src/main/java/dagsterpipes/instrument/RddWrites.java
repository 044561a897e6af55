package dagsterpipes.instrument;

import java.lang.reflect.Field;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkContext;

/**
 * Finds the place where an RDD is saved: no event says it, the function that the job runs holds it.
 *
 * <p>Looked for while the job runs; one that ends before we look is {@link #NOT_SEEN}. Without
 * state.
 */
final class RddWrites {
  private static final String DIRECTORY = "mapreduce.output.fileoutputformat.outputdir";
  private static final String[] FORMATS = {
    "mapred.output.format.class", "mapreduce.job.outputformat.class"
  };

  /** A job has written something, and nobody knows where to. */
  static final Write NOT_SEEN = Write.builder().place(Place.UNKNOWN).effect(Effect.UNKNOWN).build();

  private RddWrites() {}

  /** Not counted yet; null where the job saves nothing, or that is not seen. */
  static Write of(SparkContext spark, int jobId) {
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
    return Write.builder()
        .place(Place.UNKNOWN.withPath(settings.get(DIRECTORY)).withFormat(format(settings)))
        .effect(isNew ? Effect.OVERWRITE : Effect.UNKNOWN)
        .mode("errorifexists")
        .build();
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
    for (String key : FORMATS) {
      String type = settings.get(key);
      if (type != null) {
        String name = type.substring(type.lastIndexOf('.') + 1);
        return name.equals("TextOutputFormat") ? "text" : name;
      }
    }
    return null;
  }
}
