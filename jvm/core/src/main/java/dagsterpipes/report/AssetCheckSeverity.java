package dagsterpipes.report;

/** What a failed check means: {@link #ERROR} (Dagster's default) or {@link #WARN}. */
public enum AssetCheckSeverity {
  WARN,
  ERROR
}
