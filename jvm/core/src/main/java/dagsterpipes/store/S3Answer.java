package dagsterpipes.store;

import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.Set;

/**
 * What a refused S3 request means, from its HTTP status and its error code.
 *
 * <p>Codes are those of "Error responses" in Amazon's S3 API reference. A code decides before the
 * status does: S3 sends several unrelated ones with the same status.
 */
enum S3Answer {
  NO_BUCKET(false, "NoSuchBucket"),
  NO_KEY(false, "NoSuchKey"),
  /**
   * Static credentials stay expired; providers that renew theirs do so before S3 sees the old ones.
   */
  EXPIRED(false, "ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "RequestExpired"),
  BAD_CREDENTIALS(
      false,
      "InvalidAccessKeyId",
      "SignatureDoesNotMatch",
      "InvalidToken",
      "UnrecognizedClientException"),
  CLOCK(false, "RequestTimeTooSkewed"),
  REGION(
      false,
      "PermanentRedirect",
      "AuthorizationHeaderMalformed",
      "IllegalLocationConstraintException"),
  /** Throttling: S3 splits a busy prefix within minutes, and asks clients to wait until then. */
  THROTTLED(
      true,
      "SlowDown",
      "Throttling",
      "ThrottlingException",
      "TooManyRequestsException",
      "RequestLimitExceeded",
      "BandwidthLimitExceeded"),
  /**
   * S3's own faults, and what went wrong on the wire: RequestTimeout (400) is a body that came too
   * slowly, BadDigest (400) one that arrived damaged, OperationAborted (409) two requests that met.
   */
  SERVER(
      true,
      "InternalError",
      "ServiceUnavailable",
      "RequestTimeout",
      "BadDigest",
      "OperationAborted"),
  /** After the codes above: 403 has some twenty codes, KMS's among them, and one remedy. */
  NO_ACCESS(false, "AccessDenied", "AllAccessDisabled"),
  REFUSED(false);

  final boolean retryable;
  final Set<String> codes;

  S3Answer(boolean retryable, String... codes) {
    this.retryable = retryable;
    this.codes = Collections.unmodifiableSet(new HashSet<>(Arrays.asList(codes)));
  }

  /**
   * @param status 0 where it is not known
   * @param code null where it is not known; a HEAD request has none
   */
  static S3Answer of(S3Request request, int status, String code) {
    for (S3Answer answer : values()) {
      if (answer.codes.contains(code)) {
        return answer;
      }
    }
    if (status == 429) {
      return THROTTLED;
    }
    if (status >= 500 || status == 408) {
      return SERVER;
    }
    if (status == 401 || status == 403) {
      return NO_ACCESS;
    }
    if (status == 404) {
      // A put needs no key: only the bucket can be missing.
      return request == S3Request.PUT ? NO_BUCKET : NO_KEY;
    }
    if (status == 301 || status == 307) {
      return REGION;
    }
    return REFUSED;
  }
}
