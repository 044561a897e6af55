package dagsterpipes.s3;

import dagsterpipes.errors.PipesIoException;
import dagsterpipes.store.S3Fault;
import java.io.IOException;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkException;

/** The SDK's exceptions in our words. */
final class SdkFaults {
  private SdkFaults() {}

  static PipesIoException translate(S3Fault fault, SdkException e) {
    if (e instanceof AwsServiceException) {
      AwsServiceException answer = (AwsServiceException) e;
      String code = answer.awsErrorDetails() == null ? null : answer.awsErrorDetails().errorCode();
      return fault.answered(answer.statusCode(), code, answer.requestId(), e);
    }
    if (e instanceof ApiCallTimeoutException || e instanceof ApiCallAttemptTimeoutException) {
      return fault.unreachable(e);
    }
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof IOException) {
        return fault.unreachable(e);
      }
      // The SDK has no type for it, only this text: AwsCredentialsProviderChain.
      String text = cause.getMessage();
      if (text != null && text.startsWith("Unable to load credentials")) {
        return fault.noCredentials(e);
      }
    }
    return fault.failed(e);
  }
}
