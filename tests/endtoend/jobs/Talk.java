import dagsterpipes.Pipes;
import dagsterpipes.logging.PipesJulHandler;
import dagsterpipes.slf4j.PipesSlf4jLogger;
import java.util.Arrays;
import org.apache.logging.log4j.LogManager;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Prints and logs in every way that a job does; with the argument "spark" in a task as well. */
public class Talk {
  public static void main(String[] args) throws Exception {
    LoggerFactory.getLogger("acme.Orders").warn("before the session");
    scala.Predef$.MODULE$.println("Scala's println before the session");
    Pipes.run(args, pipes -> {
      System.out.println("System.out says größer");
      scala.Predef$.MODULE$.println("Scala's println");
      System.err.println("System.err says it");
      Exception broken = new IllegalStateException("outer", new RuntimeException("the orders are missing"));
      Logger orders = LoggerFactory.getLogger("acme.Orders");
      orders.debug("too mild");
      orders.info("{} orders", 3);
      orders.error("it broke", broken);
      LoggerFactory.getLogger("other").info("from another logger");
      LoggerFactory.getLogger("other").warn("another logger warns");
      LogManager.getLogger("acme.Log4j").fatal("the end");
      java.util.logging.Logger jul = java.util.logging.Logger.getLogger("acme.jul");
      jul.setUseParentHandlers(false);
      jul.addHandler(new PipesJulHandler());
      jul.severe("from java.util.logging");
      PipesSlf4jLogger.of("passed").warn("a logger that was passed");
      pipes.log().critical("pipes.log", broken);
      if (Arrays.asList(args).contains("spark")) {
        try (JavaSparkContext spark = new JavaSparkContext(new SparkConf())) {
          spark.parallelize(Arrays.asList(1), 1).foreach(one -> {
            System.out.println("a task prints");
            scala.Predef$.MODULE$.println("a task prints with Scala");
          });
        }
      }
      pipes.reportAssetMaterialization();
    });
    System.out.println("after the session");
    LoggerFactory.getLogger("acme.Orders").warn("after the session");
  }
}
