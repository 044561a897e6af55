package dagsterpipes.spark;

import dagsterpipes.errors.PipesIoException;
import dagsterpipes.store.StoreFault;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.Set;
import org.apache.hadoop.ipc.RemoteException;

/**
 * The exceptions of Hadoop's file systems, S3's apart, in our words.
 *
 * <p>HDFS has a class for each refusal, which may come wrapped as the name of a class only; the
 * drivers of Google and Azure have an HTTP status. Classes are known by their simple names, since
 * those of a namenode need not be on a client's class path.
 */
final class FileSystemFaults {
  private static final Set<String> DENIED =
      names(
          "AccessControlException",
          "AccessDeniedException",
          "AuthorizationException",
          "KerberosAuthException",
          "SaslException",
          "LoginException");
  private static final Set<String> FULL =
      names("NSQuotaExceededException", "DSQuotaExceededException", "QuotaExceededException");
  private static final Set<String> NOT_NOW =
      names("SafeModeException", "StandbyException", "RetriableException");

  private FileSystemFaults() {}

  static PipesIoException translate(StoreFault fault, Exception e) {
    for (Throwable cause : Causes.of(e)) {
      String name = name(cause);
      int status = status(cause);
      if (DENIED.contains(name) || status == 401 || status == 403) {
        return fault.denied(e);
      }
      if (FULL.contains(name)) {
        return fault.full(e);
      }
      if (NOT_NOW.contains(name) || status == 429 || status >= 500) {
        return fault.notNow(e);
      }
      if (cause instanceof FileNotFoundException || status == 404) {
        return fault.missing(e);
      }
      if (cause instanceof SocketException
          || cause instanceof SocketTimeoutException
          || cause instanceof UnknownHostException) {
        return fault.unreachable(e);
      }
    }
    return fault.failed(e instanceof IOException, e);
  }

  private static String name(Throwable cause) {
    if (!(cause instanceof RemoteException)) {
      return cause.getClass().getSimpleName();
    }
    String name = String.valueOf(((RemoteException) cause).getClassName());
    return name.substring(name.lastIndexOf('.') + 1);
  }

  /** 0 where the exception has none. */
  private static int status(Throwable cause) {
    try {
      Object status = cause.getClass().getMethod("getStatusCode").invoke(cause);
      return status instanceof Integer ? (Integer) status : 0;
    } catch (ReflectiveOperationException | RuntimeException e) {
      return 0;
    }
  }

  private static Set<String> names(String... names) {
    return Collections.unmodifiableSet(new HashSet<>(Arrays.asList(names)));
  }
}
