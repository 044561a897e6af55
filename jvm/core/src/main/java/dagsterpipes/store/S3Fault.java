package dagsterpipes.store;

import dagsterpipes.errors.PipesIoException;
import dagsterpipes.internal.Fault;

/**
 * The exceptions of a failed S3 request, in the same words whichever client sent it: AWS SDK, S3A
 * or EMRFS.
 *
 * <p>Each names the object, the request, what S3 answered, who chose the place and who has to do
 * what. Immutable.
 */
public final class S3Fault {
  private final S3Request request;
  private final String bucket;
  private final String key;
  private final String client;

  /**
   * The exceptions of one request for one object.
   *
   * @param client the client in a reader's words: "AWS SDK v2", "Hadoop
   *     (org.apache...S3AFileSystem)"
   */
  public S3Fault(S3Request request, String bucket, String key, String client) {
    this.request = request;
    this.bucket = bucket;
    this.key = key;
    this.client = client;
  }

  /**
   * S3 answered, and not with success. Status and code decide whether it is retryable.
   *
   * @param status HTTP status, 0 where it is not known
   * @param code S3's error code, null where it is not known
   * @param requestId what AWS support asks for, null where it is not known
   */
  public PipesIoException answered(int status, String code, String requestId, Throwable cause) {
    S3Answer answer = S3Answer.of(request, status, code);
    StringBuilder got = new StringBuilder();
    got.append(status == 0 ? "a refusal" : "status " + status);
    if (code != null) {
      got.append(' ').append(code);
    }
    if (requestId != null) {
      got.append(" (request ").append(requestId).append(')');
    }
    return fault(got.toString(), remedy(answer), answer.retryable, cause);
  }

  /** No answer came: connection refused or lost, name not found, timeout. Retryable. */
  public PipesIoException unreachable(Throwable cause) {
    return fault(
        "none: " + reason(cause),
        "Check that this machine reaches S3 in its region (VPC endpoint, NAT, proxy, security"
            + " group) and, where AWS_ENDPOINT_URL or fs.s3a.endpoint is set, that a server listens"
            + " there.",
        true,
        cause);
  }

  /** The client found no credentials to sign the request with. Not retryable. */
  public PipesIoException noCredentials(Throwable cause) {
    return fault(
        "nothing, since no credentials were found: " + reason(cause),
        "Give this process a role (EC2 instance profile, EMR Serverless execution role, IRSA on"
            + " EKS) or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
        false,
        cause);
  }

  /** The client failed by itself, before or after S3 was asked. Not retryable. */
  public PipesIoException failed(Throwable cause) {
    return fault(
        "a failure of the client: " + reason(cause),
        "Read the cause below this message; if the class path holds two versions of one AWS or"
            + " Hadoop jar, keep one.",
        false,
        cause);
  }

  private PipesIoException fault(String got, String remedy, boolean retryable, Throwable cause) {
    return Fault.says("Cannot " + request.verb + " s3://" + bucket + "/" + key + ".")
        .expected(
            "S3 to accept " + request.operation + " through " + client,
            got,
            "for a place " + Fault.DAGSTER + " in " + request.parameters)
        .todo(remedy)
        .see("s3-access")
        .io(retryable, cause);
  }

  private String remedy(S3Answer answer) {
    switch (answer) {
      case NO_BUCKET:
        return "Create the bucket "
            + bucket
            + " in the account and at the endpoint that this process uses (AWS_ENDPOINT_URL,"
            + " fs.s3a.endpoint), or give the orchestration side's S3 reader and injector one that"
            + " exists.";
      case NO_KEY:
        return "The object, or its bucket, is not there (any more): Dagster deletes it when its run"
            + " has ended, so an attempt that starts later finds none. Check also that both"
            + " sides use the same account and endpoint (AWS_ENDPOINT_URL).";
      case NO_ACCESS:
        return "Allow the identity that this process runs as "
            + request.permission
            + " on "
            + arn()
            + (request == S3Request.PUT
                ? ", and kms:GenerateDataKey where a KMS key encrypts the bucket."
                : ", and kms:Decrypt where a KMS key encrypts it. Without s3:ListBucket S3 answers"
                    + " 403 for a missing object too: it may be gone, as it is when the Dagster"
                    + " run has ended.");
      case EXPIRED:
        return "The credentials of this process have run out: start it again with fresh ones, or"
            + " give it a role that renews them by itself.";
      case BAD_CREDENTIALS:
        return "S3 at this endpoint does not know these credentials: correct AWS_ACCESS_KEY_ID,"
            + " AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN of this process (or"
            + " fs.s3a.access.key and its like).";
      case CLOCK:
        return "Set this machine's clock: S3 refuses requests that are more than 15 minutes off.";
      case REGION:
        return "The bucket is in another region: set AWS_REGION (or fs.s3a.endpoint.region) to the"
            + " bucket's.";
      case THROTTLED:
      case SERVER:
        return "This passes; the request is sent again.";
      default:
        return "Without a code, status 400 mostly means credentials that have run out, or a bucket"
            + " in another region (AWS_REGION, fs.s3a.endpoint.region); a code stands in"
            + " \"Error responses\" of the Amazon S3 API reference.";
    }
  }

  /**
   * The smallest resource that a policy can allow: the object itself, or all chunks under their
   * prefix.
   */
  private String arn() {
    int slash = key.lastIndexOf('/');
    String object = request == S3Request.GET ? key : key.substring(0, slash + 1) + "*";
    return "arn:aws:s3:::" + bucket + "/" + object;
  }

  /** The innermost exception says what happened: "ConnectException: Connection refused". */
  private static String reason(Throwable cause) {
    Throwable root = cause;
    for (int depth = 0; root.getCause() != null && root.getCause() != root && depth < 20; depth++) {
      root = root.getCause();
    }
    String text = root.getMessage();
    String name = root.getClass().getSimpleName();
    return text == null ? name : name + ": " + text;
  }
}
