import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.apache.hadoop.yarn.server.MiniYARNCluster;

/**
 * A YARN of one node in this JVM, on free ports of loopback, with {@code file:///} as its file system.
 * {@link WebDoor} and {@link RpcDoor} say who may use it.
 *
 * <p>Compiled and started by {@code yarn.py}: {@code java -cp CLASSES:JARS MiniYarn FOLDER MEMORY_MB MAX_APP_ATTEMPTS
 * INHERITED AGGREGATES_LOGS}, INHERITED being variables of its environment, with commas, that containers see. When applications may be
 * submitted, it has written the client's configuration to {@code FOLDER/conf} and prints one line on stdout, the host and port
 * of the resource manager's web address. It ends, and every container with it, when its stdin ends: that is when whoever
 * started it closes it or dies, by SIGKILL too.
 */
public final class MiniYarn {
  private static final String NAME = "yarn";
  private static final String FILTERS = "hadoop.http.filter.initializers";

  private MiniYarn() {}

  public static void main(String[] args) {
    PrintStream ready = System.out;
    System.setOut(System.err); // Hadoop and its loggers print; the pipe to the parent carries one line.
    try {
      YarnConfiguration conf =
          configuration(Paths.get(args[0]), Integer.parseInt(args[1]), Integer.parseInt(args[2]), args[3],
              Boolean.parseBoolean(args[4]));
      run(Paths.get(args[0]), conf, ready);
      System.exit(0);
    } catch (Throwable failure) {
      failure.printStackTrace();
      System.exit(1); // A failed start leaves threads behind that are no daemons.
    }
  }

  private static void run(Path folder, YarnConfiguration conf, PrintStream ready) throws IOException {
    // One node, without a web server of its own: that one has a shell for containers, which nobody needs here.
    MiniYARNCluster cluster = new MiniYARNCluster(NAME, 1, 1, 1, false);
    cluster.init(conf);
    cluster.start();
    Configuration client = new Configuration(cluster.getConfig());
    writeClientConfiguration(client, Files.createDirectories(folder.resolve("conf")));
    ready.println(client.get(YarnConfiguration.RM_WEBAPP_ADDRESS));
    ready.close();
    while (System.in.read() >= 0) {
      // Whatever comes is not for us; only the end counts.
    }
    // Stopping ends containers, and takes 17 s: 7 for applications that have ended long since, 10 for the deletion of their
    // logs, which is due in hours. Where nothing runs, the end of this process does as well; hooks at its exit stop, too.
    if (isIdle(cluster)) {
      Runtime.getRuntime().halt(0);
    }
    cluster.stop();
  }

  private static boolean isIdle(MiniYARNCluster cluster) {
    return cluster.getResourceManager().getRMContext().getRMApps().values().stream()
            .allMatch(app -> app.isAppFinalStateStored() && app.getFinishTime() > 0)
        && ProcessHandle.current().descendants().findAny().isEmpty();
  }

  private static YarnConfiguration configuration(
      Path folder, int memoryMb, int maxAppAttempts, String inherited, boolean aggregatesLogs) {
    YarnConfiguration conf = new YarnConfiguration();
    conf.set("fs.defaultFS", "file:///");
    conf.set("hadoop.tmp.dir", folder.resolve("tmp").toString());
    conf.setInt("yarn.minicluster.yarn.nodemanager.resource.memory-mb", memoryMb);
    conf.setInt(YarnConfiguration.RM_SCHEDULER_MINIMUM_ALLOCATION_MB, 128);
    conf.setInt(YarnConfiguration.RM_SCHEDULER_MAXIMUM_ALLOCATION_MB, memoryMb);
    if (!inherited.isEmpty()) {
      // The constant of YarnConfiguration lacks PATH, which yarn-default.xml has.
      String whitelist = conf.get(YarnConfiguration.NM_ENV_WHITELIST, YarnConfiguration.DEFAULT_NM_ENV_WHITELIST);
      conf.set(YarnConfiguration.NM_ENV_WHITELIST, whitelist + ",PATH," + inherited);
    }
    conf.set(FILTERS, WebDoor.Initializer.class.getName() + "," + conf.get(FILTERS, ""));
    conf.set(YarnConfiguration.IPC_SERVER_FACTORY_CLASS, RpcDoor.class.getName());
    conf.setInt(YarnConfiguration.RM_AM_MAX_ATTEMPTS, maxAppAttempts);
    // A JVM's address space says nothing about its memory, and a busy machine may not kill a container of a test.
    conf.setBoolean(YarnConfiguration.NM_VMEM_CHECK_ENABLED, false);
    conf.setBoolean(YarnConfiguration.NM_PMEM_CHECK_ENABLED, false);
    // Where not, logs stay where containers wrote them: aggregated ones come in a format that only Hadoop reads.
    conf.setBoolean(YarnConfiguration.LOG_AGGREGATION_ENABLED, aggregatesLogs);
    // A developer's disk is fuller than 90 %, at which a node manager calls itself unhealthy.
    conf.setFloat(YarnConfiguration.NM_MAX_PER_DISK_UTILIZATION_PERCENTAGE, 99.9f);
    // One queue that gives everything, so that the driver of one application does not wait for another's.
    conf.set("yarn.scheduler.capacity.root.queues", "default");
    conf.set("yarn.scheduler.capacity.root.default.capacity", "100");
    conf.set("yarn.scheduler.capacity.maximum-am-resource-percent", "1.0");
    return conf;
  }

  /** Without the defaults of this Hadoop, because an older client cannot read all of them. */
  private static void writeClientConfiguration(Configuration conf, Path folder) throws IOException {
    // Classes that no client has.
    conf.unset("net.topology.node.switch.mapping.impl");
    conf.unset(FILTERS);
    conf.unset(YarnConfiguration.IPC_SERVER_FACTORY_CLASS);
    Configuration client = new Configuration(false);
    for (Map.Entry<String, String> property : conf) {
      String name = property.getKey();
      String[] sources = conf.getPropertySources(name);
      if (sources == null || !sources[sources.length - 1].endsWith("-default.xml")) {
        client.set(name, conf.getRaw(name));
      }
    }
    for (String name : new String[] {"core-site.xml", "yarn-site.xml"}) {
      try (OutputStream out = Files.newOutputStream(folder.resolve(name))) {
        client.writeXml(out);
      }
    }
  }
}
