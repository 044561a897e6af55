package dagsterpipes.write;

import dagsterpipes.errors.PipesIoException;
import dagsterpipes.message.PipesMessage;
import java.io.Closeable;
import java.util.function.Consumer;

/**
 * Carries messages to Dagster in the order of the calls; {@code
 * dagster_pipes.PipesMessageWriterChannel}.
 *
 * <p>Opened by a {@link MessageWriter}; {@link #write} is safe from many threads and keeps every
 * line whole; {@link #close} delivers what still waits, and a second close does nothing.
 */
public interface MessageWriterChannel extends Closeable {
  void write(PipesMessage message) throws PipesIoException;

  /**
   * From here until {@link #close}, {@code action} gets the reason when the orchestration side asks
   * the job to stop; called in a thread of the channel's, once at most. Nothing where the channel,
   * or the reader at its other end, has no way to ask.
   */
  default void onStopRequest(Consumer<String> action) {}

  /**
   * How many messages were written and are still in this process: what is lost where it dies now. 0
   * where each is with the kernel when {@link #write} returns.
   */
  default long waitingMessages() {
    return 0;
  }

  @Override
  void close() throws PipesIoException;
}
