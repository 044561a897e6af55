package dagsterpipes.write;

import dagsterpipes.errors.PipesIoException;
import dagsterpipes.message.PipesMessage;
import java.io.Closeable;
import java.util.function.Consumer;

/**
 * Carries messages to Dagster in the order of the calls; {@code
 * dagster_pipes.PipesMessageWriterChannel}.
 *
 * <p>Opened by a {@link MessageWriter}. {@link #write} is safe from many threads and keeps every
 * line whole. {@link #close} delivers the messages that still wait; a second close does nothing.
 */
public interface MessageWriterChannel extends Closeable {
  /**
   * Takes one message. The channel decides whether it is delivered on return, see {@link
   * #waitingMessages}.
   *
   * @return whether it was taken; false for a log line that was dropped, since there was no room
   * @throws PipesIoException when the channel does not take the message
   */
  boolean write(PipesMessage message) throws PipesIoException;

  /**
   * The token of the run and the session, with which the identity of each line begins. Python needs
   * it for its own lines of this session.
   *
   * @return null where the reader requests no identity, see {@link
   *     dagsterpipes.wire.MessagesParams#RUN_TOKEN}
   */
  default String identity() {
    return null;
  }

  /**
   * Sets what happens when the orchestration side asks the job to stop, from here until {@link
   * #close}. It never happens where the channel, or the reader at its other end, has no way to ask.
   *
   * @param action gets the reason; the channel's thread calls it, once at most
   */
  default void onStopRequest(Consumer<String> action) {}

  /**
   * How many messages were written and are still in this process: what is lost if it dies now. 0
   * where each message is with the kernel when {@link #write} returns.
   */
  default long waitingMessages() {
    return 0;
  }

  @Override
  void close() throws PipesIoException;
}
