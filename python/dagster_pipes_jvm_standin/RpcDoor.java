import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.ipc.Server;
import org.apache.hadoop.security.AccessControlException;
import org.apache.hadoop.security.token.SecretManager;
import org.apache.hadoop.security.token.TokenIdentifier;
import org.apache.hadoop.yarn.factories.RpcServerFactory;
import org.apache.hadoop.yarn.factories.impl.pb.RpcServerFactoryPBImpl;

/**
 * The door of every RPC server of the one-node YARN: a call is refused unless its connection belongs to a process
 * of the user who runs this one.
 *
 * <p>Hadoop's own check without Kerberos believes the name that a client gives. The kernel knows better: it lists
 * the user of every socket of this machine in {@code /proc/net/tcp}. Without this file (macOS) calls are not
 * checked. Threads: any.
 */
public final class RpcDoor implements RpcServerFactory {
  private static final RpcDoor SELF = new RpcDoor();
  private static final Path[] SOCKETS = {Paths.get("/proc/net/tcp"), Paths.get("/proc/net/tcp6")};
  private static final String ESTABLISHED = "01";
  private static final boolean CAN_CHECK = Files.exists(SOCKETS[0]);

  private RpcDoor() {}

  /** Called by YARN, which finds the factory by name. */
  public static RpcDoor get() {
    return SELF;
  }

  @Override
  public Server getServer(
      Class<?> protocol,
      Object instance,
      InetSocketAddress address,
      Configuration conf,
      SecretManager<? extends TokenIdentifier> secretManager,
      int handlers,
      String portRange) {
    AtomicReference<Server> server = new AtomicReference<>();
    Object guarded =
        Proxy.newProxyInstance(
            protocol.getClassLoader(),
            new Class<?>[] {protocol},
            (proxy, method, arguments) -> {
              check(server.get());
              try {
                return method.invoke(instance, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
    server.set(
        RpcServerFactoryPBImpl.get().getServer(protocol, guarded, address, conf, secretManager, handlers, portRange));
    return server.get();
  }

  private static void check(Server server) throws IOException {
    if (!CAN_CHECK || Server.getCurCall().get() == null) {
      return; // Not a call from outside.
    }
    int peer = Server.getRemotePort();
    if (server == null || !isOurs(peer, server.getListenerAddress().getPort())) {
      throw new AccessControlException( // YARN's clients retry after any other exception.
          "Refused: the connection from port " + peer + " belongs to another user than the one who runs this YARN");
    }
  }

  private static boolean isOurs(int peerPort, int ownPort) throws IOException {
    String user = String.valueOf(Files.getAttribute(Paths.get("/proc/self"), "unix:uid"));
    String from = String.format(":%04X", peerPort);
    String to = String.format(":%04X", ownPort);
    boolean isSeen = false;
    for (Path sockets : SOCKETS) {
      if (!Files.exists(sockets)) {
        continue;
      }
      for (String line : Files.readAllLines(sockets, StandardCharsets.US_ASCII)) {
        // sl, local_address, rem_address, st, queues, timer, retransmits, uid, timeout, inode
        String[] fields = line.trim().split("\\s+");
        if (fields.length > 9 && fields[1].endsWith(from) && fields[2].endsWith(to)) {
          // A socket that its process has closed has no inode, and user 0.
          if (!fields[3].equals(ESTABLISHED) || fields[9].equals("0") || !fields[7].equals(user)) {
            return false;
          }
          isSeen = true;
        }
      }
    }
    return isSeen;
  }
}
