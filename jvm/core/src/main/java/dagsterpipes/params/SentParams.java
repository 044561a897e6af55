package dagsterpipes.params;

import dagsterpipes.errors.PipesException;
import dagsterpipes.internal.Fault;
import dagsterpipes.wire.MessagesParams;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The parameters that the orchestration side sent for one of our loaders or writers, read with the
 * same refusals everywhere. Values are never shown: they may carry credentials.
 */
public final class SentParams {
  private static final Pattern RUN_TOKEN = Pattern.compile("[A-Za-z0-9]{1,32}");

  private final Map<String, Object> params;
  private final String owner;
  private final String sender;
  private final String kind;
  private final String builderCall;
  private final String anchor;

  private SentParams(
      Map<String, Object> params,
      Object owner,
      String sender,
      String kind,
      String builderCall,
      String anchor) {
    this.params = params;
    this.owner = owner.getClass().getSimpleName();
    this.sender = sender;
    this.kind = kind;
    this.builderCall = builderCall;
    this.anchor = anchor;
  }

  /**
   * Parameters of a context loader.
   *
   * @param loader whose class is named in refusals
   */
  public static SentParams ofContext(Map<String, Object> params, Object loader) {
    return new SentParams(
        params, loader, "context injector", "context loader", "contextLoader", "context");
  }

  /**
   * Parameters of a message writer.
   *
   * @param writer whose class is named in refusals
   */
  public static SentParams ofMessages(Map<String, Object> params, Object writer) {
    return new SentParams(
        params, writer, "message reader", "message writer", "messageWriter", "message-channel");
  }

  /** Whether the key was sent, be it with null. */
  public boolean has(String key) {
    return params.containsKey(key);
  }

  /** The value of the key, of any JSON type; null where it was not sent. */
  public Object get(String key) {
    return params.get(key);
  }

  /**
   * A string that is required.
   *
   * @throws PipesException if it is missing, or no string
   */
  public String string(String key) {
    Object value = params.get(key);
    if (value instanceof String) {
      return (String) value;
    }
    throw Fault.says(
            "Invalid type for parameter `"
                + key
                + "` passed from orchestration side to `"
                + owner
                + "`.")
        .expected("a string", Fault.typeOf(value), Fault.DAGSTER)
        .todo("Let the " + sender + " yield a string there.")
        .see(anchor)
        .exception();
  }

  /**
   * A string, or null if there is none.
   *
   * @throws PipesException where it is no string
   */
  public String optional(String key) {
    return params.get(key) == null ? null : string(key);
  }

  /**
   * The token of the run, with which a reader requests an identity in every line.
   *
   * @return 1 to 32 letters and digits of ASCII; null if the reader sent no token
   * @throws PipesException for anything else
   */
  public String runToken() {
    String token = optional(MessagesParams.RUN_TOKEN);
    if (token == null || RUN_TOKEN.matcher(token).matches()) {
      return token;
    }
    throw Fault.value(MessagesParams.RUN_TOKEN, "Pipes.open")
        .expected(
            "1 to 32 characters of A-Z, a-z and 0-9",
            "a string of " + token.length() + " characters that does not match",
            Fault.DAGSTER)
        .todo("Let the " + sender + " yield such a token, or leave the key out.")
        .see(anchor)
        .exception();
  }

  /**
   * The refusal of parameters without any key that is understood.
   *
   * @param expected the keys that are, for the message
   */
  public PipesException unknown(String expected) {
    return Fault.says("Invalid params for `" + owner + "`, a parameter of `Pipes.open`.")
        .expected(expected, "the keys " + params.keySet(), Fault.DAGSTER)
        .todo(
            "The orchestration side's "
                + sender
                + " may expect another "
                + kind
                + ": pass it with Pipes.builder()."
                + builderCall
                + "(...).")
        .see(anchor)
        .exception();
  }
}
