package dagsterpipes.store;

/** What is known of an object without reading it. */
public enum Presence {
  /** The object was there at the moment of the request. */
  THERE,
  /** The object was not there at the moment of the request. */
  ABSENT,
  /**
   * This process may not look, or this kind of store cannot say. S3 answers 403 for a missing
   * object, too, to who may not list its bucket, and never tells why with a HEAD request: whatever
   * else is wrong comes up with the next write, in the store's own words.
   */
  UNKNOWN
}
