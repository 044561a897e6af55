package dagsterpipes.instrument;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;

/**
 * The sources of one column's values: columns of assets that are all known, or unknown.
 *
 * <p>A known column without sources (a constant, a random number) differs from an unknown one. An
 * unknown column may be made from anything, and says why its sources cannot be told. A column that
 * is made from it is unknown, too. Code that asks an unknown column for its sources has forgotten
 * the difference, and gets an exception. Immutable.
 */
abstract class Column {
  /** Made from no column at all. */
  static final Column CONSTANT = new Known(Collections.<SourceColumn>emptySet());

  private Column() {}

  /** A column that is made from these and from no others; they keep their order. */
  static Column from(Set<SourceColumn> sources) {
    return sources.isEmpty()
        ? CONSTANT
        : new Known(Collections.unmodifiableSet(new LinkedHashSet<>(sources)));
  }

  /**
   * @param reason why its sources cannot be told; words that people read, to be put behind a colon
   */
  static Column unknown(String reason) {
    return new Unknown(Objects.requireNonNull(reason, "reason"));
  }

  abstract boolean isKnown();

  /**
   * All of the columns that it is made from; unmodifiable.
   *
   * @throws IllegalStateException if it is unknown
   */
  abstract Set<SourceColumn> sources();

  /**
   * Why nobody can tell what it is made from.
   *
   * @throws IllegalStateException if it is known
   */
  abstract String whyUnknown();

  /** Whether it is known and made from a column at least. */
  final boolean hasSources() {
    return isKnown() && !sources().isEmpty();
  }

  private static final class Known extends Column {
    private final Set<SourceColumn> sources;

    Known(Set<SourceColumn> sources) {
      this.sources = sources;
    }

    @Override
    boolean isKnown() {
      return true;
    }

    @Override
    Set<SourceColumn> sources() {
      return sources;
    }

    @Override
    String whyUnknown() {
      throw new IllegalStateException("The column is known: it is made from " + sources);
    }

    @Override
    public String toString() {
      return sources.toString();
    }
  }

  private static final class Unknown extends Column {
    private final String reason;

    Unknown(String reason) {
      this.reason = reason;
    }

    @Override
    boolean isKnown() {
      return false;
    }

    @Override
    Set<SourceColumn> sources() {
      throw new IllegalStateException("The sources of the column are unknown: " + reason);
    }

    @Override
    String whyUnknown() {
      return reason;
    }

    @Override
    public String toString() {
      return "unknown: " + reason;
    }
  }
}
