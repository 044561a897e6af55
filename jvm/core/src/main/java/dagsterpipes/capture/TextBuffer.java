package dagsterpipes.capture;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;

/**
 * Text of one stream that waits to be sent, at most {@value #LIMIT_CHARS} characters of each thread
 * that prints at once. A character that was cut between two writes waits for its rest.
 *
 * <p>Thread-safe; its lock is held for copying only.
 */
final class TextBuffer {
  /** As much as one message carries. */
  static final int LIMIT_CHARS = 8192;

  private final StringBuilder text = new StringBuilder();
  private final CharsetDecoder decoder;
  private ByteBuffer cut = ByteBuffer.allocate(0);

  TextBuffer(Charset charset) {
    decoder =
        charset
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
  }

  /**
   * @return whether enough is there for a message
   */
  synchronized boolean append(String added, int from, int to) {
    endOfBytes();
    text.append(added, from, to);
    return text.length() >= LIMIT_CHARS;
  }

  /**
   * @return whether enough is there for a message
   */
  synchronized boolean append(byte[] bytes, int offset, int length) {
    ByteBuffer in = ByteBuffer.allocate(cut.remaining() + length);
    in.put(cut).put(bytes, offset, length).flip();
    decode(in, false);
    cut = in; // the first bytes of a character, a few at most
    return text.length() >= LIMIT_CHARS;
  }

  synchronized boolean isEmpty() {
    return text.length() == 0 && !cut.hasRemaining();
  }

  /**
   * What is there and whole.
   *
   * @param last whether nothing follows: then half a character is taken as well
   */
  synchronized String take(boolean last) {
    if (last) {
      endOfBytes();
    }
    int end = text.length();
    if (!last && end > 0 && Character.isHighSurrogate(text.charAt(end - 1))) {
      end--;
    }
    String taken = text.substring(0, end);
    text.delete(0, end);
    if (text.capacity() > 4 * LIMIT_CHARS) {
      text.trimToSize();
    }
    return taken;
  }

  /** Characters came, or nothing more does: bytes that were cut have no rest. */
  private void endOfBytes() {
    if (cut.hasRemaining()) {
      decode(cut, true);
      cut = ByteBuffer.allocate(0);
    }
  }

  private void decode(ByteBuffer in, boolean end) {
    CharBuffer out = CharBuffer.allocate((int) (in.remaining() * decoder.maxCharsPerByte()) + 4);
    decoder.reset();
    decoder.decode(in, out, end);
    if (end) {
      decoder.flush(out);
    }
    out.flip();
    text.append(out);
  }
}
