package dagsterpipes.capture;

import dagsterpipes.message.PipesMessage;
import java.util.function.Supplier;

/** Sends what is taken in beside a job's own reports through its session's channel. */
public interface SessionOutlet {
  /**
   * Asks for a message and writes it, both under the lock that orders the session's messages. Does
   * nothing once the session is closed.
   *
   * @param next gives null where there is nothing to send after all
   * @throws dagsterpipes.errors.PipesIoException when the channel does not take the message
   */
  void send(Supplier<PipesMessage> next);
}
