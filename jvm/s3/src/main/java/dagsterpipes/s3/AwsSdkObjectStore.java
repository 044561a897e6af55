package dagsterpipes.s3;

import dagsterpipes.errors.PipesIoException;
import dagsterpipes.internal.Bounded;
import dagsterpipes.internal.Fault;
import dagsterpipes.store.ObjectStore;
import dagsterpipes.store.Presence;
import dagsterpipes.store.S3Fault;
import dagsterpipes.store.S3Request;
import java.io.IOException;
import java.time.Duration;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * One bucket through AWS SDK v2. Thread-safe, as the SDK's clients are; {@link #close} gives its
 * connections back.
 *
 * <p>Every call is one request, see {@link S3Clients}; callers retry.
 */
final class AwsSdkObjectStore implements ObjectStore {
  private static final int CONFLICT = 409;
  private static final int PRECONDITION_FAILED = 412;
  private static final int NOT_IMPLEMENTED = 501;

  private final String bucket;
  private final S3Client client;
  private final Duration callTimeout;
  private volatile boolean createsInOneStep = true;

  private AwsSdkObjectStore(String bucket, S3Client client, Duration callTimeout) {
    this.bucket = bucket;
    this.client = client;
    this.callTimeout = callTimeout;
  }

  static AwsSdkObjectStore open(String bucket, S3Environment environment) {
    return open(bucket, environment, S3Clients.CALL_TIMEOUT);
  }

  static AwsSdkObjectStore open(String bucket, S3Environment environment, Duration callTimeout) {
    try {
      return new AwsSdkObjectStore(bucket, S3Clients.create(environment, callTimeout), callTimeout);
    } catch (SdkClientException e) {
      // No HTTP client, a broken profile file: seen when the client is built, before any request.
      throw Fault.says("Cannot open s3://" + bucket + ".")
          .expected(
              "AWS SDK v2 to build a client from this process's environment",
              "`" + e.getMessage() + "`",
              "the bucket " + Fault.DAGSTER)
          .todo(
              "Correct the AWS settings, or add software.amazon.awssdk:url-connection-client where"
                  + " no HTTP client is on the class path.")
          .see("s3-store")
          .exception(e);
    }
  }

  @Override
  public byte[] read(String key, int maxBytes) {
    try {
      GetObjectRequest request = GetObjectRequest.builder().bucket(bucket).key(key).build();
      return read(client.getObject(request), maxBytes);
    } catch (IOException e) {
      throw fault(S3Request.GET, key).unreachable(e);
    } catch (SdkException e) {
      throw SdkFaults.translate(fault(S3Request.GET, key), e);
    }
  }

  /**
   * The SDK's own time limit ends with the head of the answer. Within a call it would hold for the
   * body, but it can wait forever for the JDK, which reads the rest of a closed body in a thread.
   */
  private byte[] read(ResponseInputStream<GetObjectResponse> body, int maxBytes)
      throws IOException {
    boolean isWhole = false;
    try {
      byte[] bytes = Bounded.read(body, maxBytes, callTimeout);
      isWhole = bytes.length < maxBytes;
      return bytes;
    } finally {
      if (isWhole) {
        body.close();
      } else {
        body.abort(); // not the rest of it
      }
    }
  }

  @Override
  public void write(String key, byte[] body) {
    try {
      client.putObject(r -> r.bucket(bucket).key(key), RequestBody.fromBytes(body));
    } catch (SdkException e) {
      throw SdkFaults.translate(fault(S3Request.PUT, key), e);
    }
  }

  @Override
  public boolean createsInOneStep() {
    return createsInOneStep;
  }

  @Override
  public boolean create(String key, byte[] body) {
    try {
      // As a header, since older versions of the SDK have no such parameter.
      client.putObject(
          r ->
              r.bucket(bucket)
                  .key(key)
                  .overrideConfiguration(c -> c.putHeader("If-None-Match", "*")),
          RequestBody.fromBytes(body));
      return true;
    } catch (AwsServiceException e) {
      int status = e.statusCode();
      if (status == PRECONDITION_FAILED) {
        return false;
      }
      if (status == NOT_IMPLEMENTED) {
        createsInOneStep = false;
        write(key, body); // Stores that speak S3 do not all know the condition.
        return true;
      }
      PipesIoException fault = SdkFaults.translate(fault(S3Request.PUT, key), e);
      // Another request for the same key was under way.
      throw status == CONFLICT ? new PipesIoException(fault.getMessage(), true) : fault;
    } catch (SdkException e) {
      throw SdkFaults.translate(fault(S3Request.PUT, key), e);
    }
  }

  @Override
  public Presence presence(String key) {
    try {
      client.headObject(r -> r.bucket(bucket).key(key));
      return Presence.THERE;
    } catch (SdkException e) {
      PipesIoException fault = SdkFaults.translate(fault(S3Request.GET, key), e);
      if (fault.retryable()) {
        throw fault;
      }
      boolean absent =
          e instanceof AwsServiceException && ((AwsServiceException) e).statusCode() == 404;
      return absent ? Presence.ABSENT : Presence.UNKNOWN;
    }
  }

  @Override
  public String describe(String key) {
    return "s3://" + bucket + "/" + key;
  }

  @Override
  public void close() {
    client.close();
  }

  private S3Fault fault(S3Request request, String key) {
    return new S3Fault(request, bucket, key, "AWS SDK v2");
  }
}
