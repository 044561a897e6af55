package dagsterpipes.write;

import java.io.ByteArrayOutputStream;
import java.io.IOException;

/** Where the bytes of a growing chunk are. Not thread-safe. */
interface ChunkBody {
  /** All of them or none: what fails leaves the body as it was. */
  void append(byte[] bytes, int offset) throws IOException;

  /** A copy. */
  byte[] toBytes() throws IOException;

  /** Gives the place back; the body is not used afterwards. */
  void release();

  /** On the heap. */
  final class InMemory implements ChunkBody {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    @Override
    public void append(byte[] more, int offset) {
      bytes.write(more, offset, more.length - offset);
    }

    @Override
    public byte[] toBytes() {
      return bytes.toByteArray();
    }

    @Override
    public void release() {}
  }
}
