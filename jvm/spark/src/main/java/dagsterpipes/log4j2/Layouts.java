package dagsterpipes.log4j2;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import org.apache.logging.log4j.core.Layout;
import org.apache.logging.log4j.core.LogEvent;

/** A layout's text, whether it makes texts or bytes. */
final class Layouts {
  private Layouts() {}

  static String text(Layout<? extends Serializable> layout, LogEvent event) {
    Serializable text = layout.toSerializable(event);
    return text instanceof String
        ? (String) text
        : new String(layout.toByteArray(event), StandardCharsets.UTF_8);
  }
}
