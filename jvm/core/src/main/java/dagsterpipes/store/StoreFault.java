package dagsterpipes.store;

import dagsterpipes.errors.PipesIoException;
import dagsterpipes.internal.Fault;

/**
 * The exceptions of a file system that refused or did not answer. The words are the same for every
 * file system: a directory of this machine, HDFS, or any other that Hadoop has. S3 has its own,
 * {@link S3Fault}. Immutable.
 */
public final class StoreFault {
  /** The kind of access that failed. */
  public enum Access {
    /** Reads the context that the orchestration side's context injector put there. */
    READ("read", "give it", "context"),
    /** Writes a chunk of messages where the orchestration side's message reader looks for it. */
    WRITE("write", "take it", "messages");

    final String verb;
    final String expected;
    final String parameter;

    Access(String verb, String expected, String parameter) {
      this.verb = verb;
      this.expected = expected;
      this.parameter = parameter;
    }
  }

  private final Access access;
  private final String where;
  private final String client;

  /**
   * The exceptions of one access to one file.
   *
   * @param where the file as {@link ObjectStore#describe} has it
   * @param client in a reader's words: "this machine", "Hadoop (org.apache...)"
   */
  public StoreFault(Access access, String where, String client) {
    this.access = access;
    this.where = where;
    this.client = client;
  }

  /** The file, or the directory it should go to, does not exist. Not retryable. */
  public PipesIoException missing(Throwable cause) {
    return fault(
        "no such file: " + reason(cause),
        access == Access.READ
            ? "Dagster removes the context when its run has ended, so an attempt that starts later"
                + " finds none. Check also that both sides mean the same file system."
            : "Check that the file system, its mount or its bucket is there for this process.",
        false,
        cause);
  }

  /** The user of this process may not, or the file system does not know it. Not retryable. */
  public PipesIoException denied(Throwable cause) {
    return fault(
        "a refusal: " + reason(cause),
        "Allow the user that this process runs as to "
            + access.verb
            + " there; on a cluster with Kerberos it needs a ticket or a keytab (spark-submit"
            + " --principal, --keytab).",
        false,
        cause);
  }

  /** No room, or a quota is used up. Not retryable. */
  public PipesIoException full(Throwable cause) {
    return fault(
        "no room: " + reason(cause),
        "Free some, or raise the quota of the directory.",
        false,
        cause);
  }

  /** It answers, but takes nothing for a while: safe mode, a namenode in standby. Retryable. */
  public PipesIoException notNow(Throwable cause) {
    return fault(
        "\"not now\": " + reason(cause),
        "It is tried again; a namenode leaves safe mode when it has found its blocks, or with `hdfs"
            + " dfsadmin -safemode leave`.",
        true,
        cause);
  }

  /** No answer came: connection refused or lost, name not found, timeout. Retryable. */
  public PipesIoException unreachable(Throwable cause) {
    return fault(
        "no answer: " + reason(cause),
        "Check the host and the port in the URI, and that this machine reaches them.",
        true,
        cause);
  }

  /**
   * Any other exception.
   *
   * @param retryable see {@link PipesIoException#retryable()}
   */
  public PipesIoException failed(boolean retryable, Throwable cause) {
    return fault(
        "an error: " + reason(cause), "Read the cause below this message.", retryable, cause);
  }

  private PipesIoException fault(String got, String remedy, boolean retryable, Throwable cause) {
    return Fault.says("Cannot " + access.verb + " " + where + ".")
        .expected(
            client + " to " + access.expected,
            got,
            "for a place " + Fault.DAGSTER + " in the " + access.parameter + " parameter")
        .todo(remedy)
        .see("stores")
        .io(retryable, cause);
  }

  /** The innermost exception says what happened; of many lines the first. */
  private static String reason(Throwable cause) {
    Throwable root = cause;
    for (int depth = 0; root.getCause() != null && root.getCause() != root && depth < 20; depth++) {
      root = root.getCause();
    }
    String name = root.getClass().getSimpleName();
    return root.getMessage() == null ? name : name + ": " + root.getMessage().split("\n", 2)[0];
  }
}
