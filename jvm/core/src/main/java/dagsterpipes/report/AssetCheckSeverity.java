package dagsterpipes.report;

/** The severity of a failed check: {@link #ERROR} (Dagster's default) or {@link #WARN}. */
public enum AssetCheckSeverity {
  /** A potential issue: Dagster shows a warning. */
  WARN,
  /**
   * A definite issue: Dagster shows the check as failed, and a check that is declared {@code
   * blocking} fails its step.
   */
  ERROR
}
