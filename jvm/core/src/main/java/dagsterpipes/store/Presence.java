package dagsterpipes.store;

/** Whether an object exists, found without reading it. */
public enum Presence {
  /** The object was there at the moment of the request. */
  THERE,
  /** The object was not there at the moment of the request. */
  ABSENT,
  /**
   * This process may not look, or this kind of store cannot say. S3 answers 403 for a missing
   * object, too, where the process may not list the bucket, and no answer to a HEAD request holds
   * an error code. Any other fault shows with the next write.
   */
  UNKNOWN
}
