import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Collections;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.http.FilterContainer;
import org.apache.hadoop.http.FilterInitializer;
import org.apache.hadoop.shaded.javax.servlet.Filter;
import org.apache.hadoop.shaded.javax.servlet.FilterChain;
import org.apache.hadoop.shaded.javax.servlet.FilterConfig;
import org.apache.hadoop.shaded.javax.servlet.ServletException;
import org.apache.hadoop.shaded.javax.servlet.ServletRequest;
import org.apache.hadoop.shaded.javax.servlet.ServletResponse;
import org.apache.hadoop.shaded.javax.servlet.http.HttpServletRequest;
import org.apache.hadoop.shaded.javax.servlet.http.HttpServletResponse;

/**
 * The door of every web server of the one-node YARN: the first filter of each, on all paths.
 *
 * <p>It lets a request through that has the secret, as the password of HTTP's basic authentication. Any other one
 * is 401. A request with another {@code Host} than loopback's, or from another page ({@code Origin}, {@code
 * Sec-Fetch-Site}), is 403: a browser sends the password along by itself once a user has given it. Without a secret
 * in the environment all requests are refused. Threads: stateless.
 */
public final class WebDoor implements Filter {
  static final String SECRET_VARIABLE = "DAGSTER_PIPES_JVM_STANDIN_SECRET";
  static final String USER = "standin";
  private static final Set<String> NAMES = Set.of("127.0.0.1", "localhost", "[::1]");

  private final byte[] expected = authorization();

  /** Puts the filter before all others. */
  public static final class Initializer extends FilterInitializer {
    @Override
    public void initFilter(FilterContainer container, Configuration conf) {
      container.addGlobalFilter("door", WebDoor.class.getName(), Collections.emptyMap());
    }
  }

  private static byte[] authorization() {
    String secret = System.getenv(SECRET_VARIABLE);
    if (secret == null || secret.isEmpty()) {
      return null;
    }
    byte[] pair = (USER + ":" + secret).getBytes(StandardCharsets.UTF_8);
    return ("Basic " + Base64.getEncoder().encodeToString(pair)).getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void init(FilterConfig config) {}

  @Override
  public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    HttpServletRequest asked = (HttpServletRequest) request;
    HttpServletResponse answer = (HttpServletResponse) response;
    if (!isFromHere(asked)) {
      answer.sendError(HttpServletResponse.SC_FORBIDDEN, "Another Host or Origin than this server's");
    } else if (!hasSecret(asked)) {
      answer.setHeader("WWW-Authenticate", "Basic realm=\"YARN of one node\"");
      answer.sendError(HttpServletResponse.SC_UNAUTHORIZED, "The secret of this YARN is missing");
    } else {
      chain.doFilter(request, response);
    }
  }

  private boolean hasSecret(HttpServletRequest asked) {
    String given = asked.getHeader("Authorization");
    return expected != null
        && given != null
        && MessageDigest.isEqual(expected, given.getBytes(StandardCharsets.UTF_8));
  }

  private static boolean isFromHere(HttpServletRequest asked) {
    String host = asked.getHeader("Host");
    String origin = asked.getHeader("Origin");
    String site = asked.getHeader("Sec-Fetch-Site");
    return host != null
        && NAMES.contains(nameOf(host))
        && (origin == null || origin.equals("http://" + host))
        && (site == null || site.equals("same-origin") || site.equals("none"));
  }

  private static String nameOf(String host) {
    try {
      return String.valueOf(URI.create("http://" + host).getHost());
    } catch (IllegalArgumentException e) {
      return "";
    }
  }

  @Override
  public void destroy() {}
}
