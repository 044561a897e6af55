/**
 * Reports from a JVM process to the Dagster step that started it: the external side of Dagster Pipes.
 *
 * <p>Only JDK 9 and newer read it, and only on a module path. It names no module that a runtime image must have besides
 * the JDK's own, so that {@code jlink} takes it. Spark has no module path: there the jar is on the class path.
 */
module dagsterpipes {
  requires java.logging;
  // PropertyChangeListener of log4j's configuration.
  requires static java.desktop;
  // A job may bring these. Most are automatic modules, and to read one of them is to read all.
  requires static software.amazon.awssdk.services.s3;
  requires static org.apache.logging.log4j;
  requires static org.apache.logging.log4j.core;
  requires static org.slf4j;

  exports dagsterpipes;
  exports dagsterpipes.context;
  exports dagsterpipes.errors;
  exports dagsterpipes.log4j2;
  exports dagsterpipes.logging;
  exports dagsterpipes.message;
  exports dagsterpipes.params;
  exports dagsterpipes.report;
  exports dagsterpipes.slf4j;
  exports dagsterpipes.spark;
  exports dagsterpipes.store;
  exports dagsterpipes.wire;
  exports dagsterpipes.write;
  exports dagsterpipes.internal to
      dagsterpipes.scaladsl;

  uses dagsterpipes.logging.LogFramework;
  uses dagsterpipes.store.ObjectStoreProvider;

  provides dagsterpipes.logging.LogFramework with
      dagsterpipes.log4j2.Log4j2Framework;
  provides dagsterpipes.store.ObjectStoreProvider with
      dagsterpipes.spark.HadoopObjectStoreProvider,
      dagsterpipes.s3.AwsSdkObjectStoreProvider,
      dagsterpipes.store.LocalObjectStoreProvider;
}
