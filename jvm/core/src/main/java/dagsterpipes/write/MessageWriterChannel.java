package dagsterpipes.write;

import dagsterpipes.PipesIoException;
import dagsterpipes.message.PipesMessage;
import java.io.Closeable;

/**
 * Carries messages to Dagster in the order of the calls; {@code
 * dagster_pipes.PipesMessageWriterChannel}.
 *
 * <p>Opened by a {@link MessageWriter}; {@link #write} is safe from many threads and keeps every
 * line whole; {@link #close} delivers what still waits, and a second close does nothing.
 */
public interface MessageWriterChannel extends Closeable {
  void write(PipesMessage message) throws PipesIoException;

  @Override
  void close() throws PipesIoException;
}
