package dagsterpipes.write;

import dagsterpipes.errors.PipesIoException;
import dagsterpipes.internal.Fault;
import dagsterpipes.message.PipesMessage;

/** The refusal of a message that comes after the end of its channel. */
final class ClosedChannel {
  private ClosedChannel() {}

  static PipesIoException refuses(PipesMessage message) {
    return Fault.says("Cannot send message after the channel is closed.")
        .expected("an open channel", "a message `" + message.method() + "`", Fault.JOB)
        .todo("Report before the session is closed.")
        .see("not-closed")
        .io(false, null);
  }
}
