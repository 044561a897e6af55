package dagsterpipes.bench;

import java.net.URI;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * One object through AWS' SDK, as small as it goes: what every program that speaks S3 pays.
 * Argument: the bucket.
 */
public final class SdkPut {
  private SdkPut() {}

  public static void main(String[] args) {
    URI endpoint = URI.create(System.getenv("AWS_ENDPOINT_URL"));
    try (S3Client s3 =
        S3Client.builder()
            .httpClient(UrlConnectionHttpClient.create())
            .endpointOverride(endpoint)
            .forcePathStyle(true)
            .build()) {
      s3.putObject(put -> put.bucket(args[0]).key("1.json"), RequestBody.fromString("{}"));
    }
  }
}
