package dagsterpipes.params;

import dagsterpipes.internal.Fault;
import java.util.Map;

/** What the four sources share: two texts by two names, of which both or none must be there. */
abstract class TextParamsLoader implements ParamsLoader {
  private final String contextName;
  private final String messagesName;

  TextParamsLoader(String contextName, String messagesName) {
    this.contextName = contextName;
    this.messagesName = messagesName;
  }

  /** The text of that name, or null. */
  abstract String text(String name);

  /** Where the texts come from, for messages: "the environment". */
  abstract String source();

  /** One of the two is enough: a lone one is an error to report, not a reason to stay silent. */
  @Override
  public boolean isDagsterPipesProcess() {
    return text(contextName) != null || text(messagesName) != null;
  }

  @Override
  public Map<String, Object> loadContextParams() {
    return load(contextName, messagesName);
  }

  @Override
  public Map<String, Object> loadMessagesParams() {
    return load(messagesName, contextName);
  }

  private Map<String, Object> load(String name, String other) {
    String text = text(name);
    if (text == null) {
      throw Fault.value(name, "Pipes.open")
          .expected(
              "base64 of zlib of a JSON object",
              "nothing, but `" + other + "` is there",
              "both sent by the" + " orchestration side through " + source())
          .todo("Hand both parameters to this process, by the same way.")
          .see("parameters")
          .exception();
    }
    return ParamCodec.decode(text, name);
  }
}
