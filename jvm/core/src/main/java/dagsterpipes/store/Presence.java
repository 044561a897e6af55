package dagsterpipes.store;

/** What is known of an object without reading it. */
public enum Presence {
  THERE,
  ABSENT,
  /** This process may not look, or this kind of store cannot say. */
  UNKNOWN;

  /**
   * What a failed HEAD request says; null where it says nothing and has to be sent again.
   *
   * <p>S3 answers 403 for a missing object, too, to who may not list its bucket, and tells with a
   * HEAD request never why: whatever else is wrong comes up with the next put, in S3's own words.
   *
   * @param status HTTP status; 0 where none came
   */
  public static Presence ofRefusal(int status) {
    if (status == 404) {
      return ABSENT;
    }
    boolean passes = status == 408 || status == 429;
    return status >= 400 && status < 500 && !passes ? UNKNOWN : null;
  }
}
