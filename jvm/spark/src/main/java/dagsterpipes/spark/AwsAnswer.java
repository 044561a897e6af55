package dagsterpipes.spark;

import java.util.Optional;

/**
 * What S3 answered, read from an AWS SDK exception by its methods' names: linking against one SDK
 * would fail where a cluster has the other, or a relocated one.
 *
 * <p>SDK v1: {@code getStatusCode()}, {@code getErrorCode()}, {@code getRequestId()} of
 * AmazonServiceException. SDK v2: {@code statusCode()}, {@code awsErrorDetails().errorCode()},
 * {@code requestId()} of AwsServiceException.
 */
final class AwsAnswer {
  final int status;
  final String code;
  final String requestId;

  private AwsAnswer(int status, String code, String requestId) {
    this.status = status;
    this.code = code;
    this.requestId = requestId;
  }

  /** The first AWS exception in {@code e} and its causes; empty where there is none. */
  static Optional<AwsAnswer> in(Throwable e) {
    for (Throwable cause : Causes.of(e)) {
      Object v2 = call(cause, "statusCode");
      if (v2 instanceof Integer) {
        return Optional.of(
            new AwsAnswer(
                (Integer) v2,
                text(call(call(cause, "awsErrorDetails"), "errorCode")),
                text(call(cause, "requestId"))));
      }
      Object v1 = call(cause, "getErrorCode");
      if (v1 instanceof String && call(cause, "getStatusCode") instanceof Integer) {
        return Optional.of(
            new AwsAnswer(
                (Integer) call(cause, "getStatusCode"),
                code((String) v1),
                text(call(cause, "getRequestId"))));
      }
    }
    return Optional.empty();
  }

  /** Null where there is no such public method, or it fails. */
  private static Object call(Object target, String method) {
    if (target == null) {
      return null;
    }
    try {
      return target.getClass().getMethod(method).invoke(target);
    } catch (ReflectiveOperationException | RuntimeException e) {
      return null;
    }
  }

  /** SDK v1 makes one up, "403 Forbidden", where S3 sent none. */
  private static String code(String v1) {
    return v1.isEmpty() || Character.isDigit(v1.charAt(0)) ? null : v1;
  }

  private static String text(Object value) {
    return value instanceof String ? (String) value : null;
  }
}
