package dagsterpipes.s3;

import dagsterpipes.internal.Fault;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * What we read of the AWS settings ourselves: the endpoint, which the SDK knows only since 2.28.
 *
 * <p>Names are those of "Service-specific endpoints" in the AWS SDKs and Tools reference guide.
 * Region and credentials are the SDK's own business.
 */
final class S3Environment {
  private final Function<String, String> variables;
  private final Function<String, String> properties;

  S3Environment(Function<String, String> variables, Function<String, String> properties) {
    this.variables = variables;
    this.properties = properties;
  }

  static S3Environment ofProcess() {
    return new S3Environment(System::getenv, System::getProperty);
  }

  static S3Environment of(Map<String, String> variables) {
    return new S3Environment(variables::get, name -> null);
  }

  /**
   * The endpoint that takes the place of Amazon's; empty where none is set or all are to be
   * ignored.
   */
  Optional<URI> endpoint() {
    if ("true"
        .equalsIgnoreCase(
            first("aws.ignoreConfiguredEndpointUrls", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"))) {
      return Optional.empty();
    }
    String name = "AWS_ENDPOINT_URL_S3";
    String url = first("aws.endpointUrlS3", name);
    if (url == null) {
      name = "AWS_ENDPOINT_URL";
      url = first("aws.endpointUrl", name);
    }
    return url == null ? Optional.empty() : Optional.of(parse(name, url));
  }

  private static URI parse(String name, String url) {
    try {
      URI uri = new URI(url);
      if (uri.getScheme() != null && uri.getHost() != null) {
        return uri;
      }
    } catch (URISyntaxException e) {
      // Falls through: the message below says more than the exception does.
    }
    throw Fault.value(name, "Pipes.open")
        .expected(
            "a URL such as http://127.0.0.1:5000",
            "`" + url + "`",
            "set in the environment of this process")
        .todo("Correct it or unset it.")
        .see("s3-access")
        .exception();
  }

  private String first(String property, String variable) {
    String value = properties.apply(property);
    if (value == null || value.isEmpty()) {
      value = variables.apply(variable);
    }
    return value == null || value.isEmpty() ? null : value;
  }
}
