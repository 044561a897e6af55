import java.io.PrintStream;
import java.nio.file.Path;
import java.nio.file.Paths;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.MiniDFSCluster;

/**
 * An HDFS of one node in this JVM, with WebHDFS, on ports of the system's choice.
 *
 * <p>Compiled and started by {@code hdfs.py}: {@code java -cp CLASSES:JARS MiniDfs FOLDER}. When files can be written, it
 * prints one line on stdout, {@code hdfs://HOST:PORT webhdfs://HOST:PORT}. It ends when its stdin ends: that is when whoever
 * started it closes it or dies, by SIGKILL too.
 */
public final class MiniDfs {
  private MiniDfs() {}

  public static void main(String[] args) {
    PrintStream ready = System.out;
    System.setOut(System.err); // Hadoop and its loggers print; the pipe to the parent carries one line.
    try {
      run(Paths.get(args[0]), ready);
      System.exit(0);
    } catch (Throwable failure) {
      failure.printStackTrace();
      System.exit(1); // A failed start leaves threads behind that are no daemons.
    }
  }

  private static void run(Path folder, PrintStream ready) throws Exception {
    Configuration conf = new Configuration();
    conf.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, folder.resolve("dfs").toString());
    try (MiniDFSCluster cluster = new MiniDFSCluster.Builder(conf).numDataNodes(1).build()) {
      cluster.waitActive();
      String web = cluster.getNameNode().getHttpAddress().getHostName() + ":" + cluster.getNameNode().getHttpAddress().getPort();
      ready.println(cluster.getURI() + " webhdfs://" + web);
      ready.close();
      while (System.in.read() >= 0) {
        // Whatever comes is not for us; only the end counts.
      }
    }
  }
}
