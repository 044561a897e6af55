package dagsterpipes.s3;

import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.DefaultAwsRegionProviderChain;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;

/** Builds the S3 client of a store from the environment. */
final class S3Clients {
  /** One request may carry some megabytes over a slow line. */
  static final Duration CALL_TIMEOUT = Duration.ofSeconds(20);

  private S3Clients() {}

  /**
   * @param callTimeout for one request up to the head of its answer
   */
  static S3Client create(S3Environment environment, Duration callTimeout) {
    Optional<URI> endpoint = environment.endpoint();
    S3ClientBuilder builder =
        S3Client.builder().region(region()).overrideConfiguration(c -> askOnce(c, callTimeout));
    if (endpoint.isPresent()) {
      // Bucket names in the host need DNS that a stand-in does not have; Amazon's own endpoints
      // take paths as well.
      builder.endpointOverride(endpoint.get()).forcePathStyle(true);
      // Nor does every stand-in know the signed chunks and checksum trailers that the SDK sends
      // since 2.30.
      builder.serviceConfiguration(c -> c.chunkedEncodingEnabled(false));
      Checksums.onlyWhereRequired(builder);
    } else {
      // As boto3 does: a bucket of another region answers with its region, and the request goes
      // there.
      builder.crossRegionAccessEnabled(true);
    }
    if (AwsSdkObjectStoreProvider.present(
        "software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient")) {
      // Named, since the SDK refuses to choose where the class path holds two HTTP clients; and it
      // starts fastest.
      UrlConnection.on(builder);
    }
    return builder.build();
  }

  /**
   * Callers retry with pauses of their own. The SDK would wait between two requests as long as an
   * answer's {@code Retry-After} says, an hour for example.
   */
  // `retryStrategy`, which takes its place, came with 2.26; we link against 2.20, too.
  @SuppressWarnings("deprecation")
  private static void askOnce(
      ClientOverrideConfiguration.Builder configuration, Duration callTimeout) {
    configuration
        .apiCallTimeout(callTimeout)
        .retryPolicy(software.amazon.awssdk.core.retry.RetryPolicy.none());
  }

  /**
   * S3 works from any region, so a process without one needs no setting that boto3 would not ask
   * for.
   */
  private static Region region() {
    try {
      return DefaultAwsRegionProviderChain.builder().build().getRegion();
    } catch (SdkClientException e) {
      return Region.US_EAST_1;
    }
  }

  /**
   * A class of its own, so that the one around it works with an SDK older than 2.30, which has no
   * such setting.
   */
  private static final class Checksums {
    static void onlyWhereRequired(S3ClientBuilder builder) {
      try {
        builder.requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED);
      } catch (LinkageError e) {
        // An older SDK sends none by itself.
      }
    }
  }

  /** A class of its own, so that the one around it links without the HTTP client's jar. */
  private static final class UrlConnection {
    static void on(S3ClientBuilder builder) {
      builder.httpClientBuilder(UrlConnectionHttpClient.builder());
    }
  }
}
