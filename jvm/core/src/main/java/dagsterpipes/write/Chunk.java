package dagsterpipes.write;

import java.nio.charset.StandardCharsets;

/**
 * A chunk on its way: encoded once, so that every attempt puts the same bytes. Immutable by
 * agreement: nobody changes the array.
 */
final class Chunk {
  private final byte[] bytes;
  private final int lines;

  Chunk(byte[] bytes, int lines) {
    this.bytes = bytes;
    this.lines = lines;
  }

  byte[] bytes() {
    return bytes;
  }

  int lines() {
    return lines;
  }

  /** Its lines, joined by line feeds. */
  String text() {
    return new String(bytes, StandardCharsets.US_ASCII);
  }
}
