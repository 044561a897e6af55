package dagsterpipes.capture;

import dagsterpipes.message.PipesMessage;
import java.util.function.Supplier;

/** The way of what is taken in beside a job's own reports into its session's channel. */
public interface SessionOutlet {
  /**
   * Asks for a message and writes it, both under the lock that orders the session's messages. A
   * session that has closed takes nothing.
   *
   * @param next gives null where there is nothing to send after all
   */
  void send(Supplier<PipesMessage> next);
}
