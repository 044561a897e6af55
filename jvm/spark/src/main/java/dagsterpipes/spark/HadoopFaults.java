package dagsterpipes.spark;

import dagsterpipes.errors.PipesIoException;
import dagsterpipes.store.S3Fault;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.util.Optional;

/**
 * The exceptions of S3A and EMRFS in our words.
 *
 * <p>The AWS exception within says most. S3A wraps one of SDK v1 (Hadoop before 3.4) or v2, EMRFS a
 * relocated v1, so it is read by its methods, see {@link AwsAnswer}. Without an AWS exception, the
 * name of S3A's own exception decides.
 */
final class HadoopFaults {
  private HadoopFaults() {}

  static PipesIoException translate(S3Fault fault, Exception e) {
    if (mentions(e, "NoAuthWithAWSException")
        || mentions(e, "CredentialInitializationException")
        || says(e, "Unable to load credentials")
        || says(e, "No AWS Credentials provided")) {
      return fault.noCredentials(e);
    }
    Optional<AwsAnswer> answer = AwsAnswer.in(e);
    if (answer.isPresent()) {
      AwsAnswer found = answer.get();
      return fault.answered(found.status, found.code, found.requestId, e);
    }
    if (mentions(e, "UnknownStoreException")) {
      return fault.answered(404, "NoSuchBucket", null, e);
    }
    if (e instanceof FileNotFoundException) {
      // No code: the request says whether the bucket or the object is what a 404 means.
      return fault.answered(404, null, null, e);
    }
    if (e instanceof AccessDeniedException) {
      return fault.answered(403, null, null, e);
    }
    if (mentions(e, "AWSServiceThrottledException")) {
      return fault.answered(503, "SlowDown", null, e);
    }
    if (mentions(e, "AWSStatus500Exception")) {
      return fault.answered(500, null, null, e);
    }
    // Not an AWS answer: the other IOExceptions are connections and timeouts, which are transient.
    return e instanceof IOException ? fault.unreachable(e) : fault.failed(e);
  }

  /**
   * True where {@code e} or one of its causes has this simple name, whichever package it was
   * relocated to.
   */
  private static boolean mentions(Throwable e, String simpleName) {
    for (Throwable cause : Causes.of(e)) {
      if (cause.getClass().getSimpleName().equals(simpleName)) {
        return true;
      }
    }
    return false;
  }

  private static boolean says(Throwable e, String text) {
    for (Throwable cause : Causes.of(e)) {
      if (cause.getMessage() != null && cause.getMessage().contains(text)) {
        return true;
      }
    }
    return false;
  }
}
