package dagsterpipes.instrument;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
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
  private static final int MOST_SOURCES = 500;

  /** Made from no column at all. */
  static final Column CONSTANT = new Known(Collections.<SourceColumn>emptySet(), null);

  private static final Column TOO_MANY =
      unknown("it is made from more than " + MOST_SOURCES + " columns");

  /** The fields of a struct that the plan itself makes; null for any other column. */
  private final List<Column> fields;

  private Column(List<Column> fields) {
    this.fields = fields;
  }

  /** A column that is made from these and from no others; they keep their order. */
  static Column from(Set<SourceColumn> sources) {
    if (sources.size() > MOST_SOURCES) {
      return TOO_MANY;
    }
    return sources.isEmpty()
        ? CONSTANT
        : new Known(Collections.unmodifiableSet(new LinkedHashSet<>(sources)), null);
  }

  /**
   * @param reason why its sources cannot be told; words that people read, to be put behind a colon
   */
  static Column unknown(String reason) {
    return new Unknown(Objects.requireNonNull(reason, "reason"), null);
  }

  /**
   * A column whose values are of one of these, which keeps their fields apart. One without fields
   * gives each field all that it has.
   */
  static Column oneOf(List<Column> columns) {
    int size = -1;
    for (Column column : columns) {
      if (column.fields != null) {
        if (size >= 0 && size != column.fields.size()) {
          return joined(columns);
        }
        size = column.fields.size();
      }
    }
    if (size < 0) {
      return joined(columns);
    }
    List<Column> fields = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      List<Column> own = new ArrayList<>();
      for (Column column : columns) {
        own.add(column.field(i));
      }
      fields.add(oneOf(own));
    }
    return struct(fields);
  }

  /** This one, of which each field is made from {@code other}, too. */
  final Column and(Column other) {
    if (fields == null) {
      return joined(Arrays.asList(this, other));
    }
    List<Column> both = new ArrayList<>();
    fields.forEach(field -> both.add(field.and(other)));
    return struct(both);
  }

  /** A struct: it is made from all of its fields, and each field is known by itself. */
  static Column struct(List<Column> fields) {
    List<Column> copied = Collections.unmodifiableList(new ArrayList<>(fields));
    Column all = joined(copied);
    return all.isKnown() ? new Known(all.sources(), copied) : new Unknown(all.whyUnknown(), copied);
  }

  /** A column that is made from all of these. It is unknown if one of them is. */
  static Column joined(Iterable<Column> columns) {
    Set<SourceColumn> all = new LinkedHashSet<>();
    for (Column column : columns) {
      if (!column.isKnown()) {
        return unknown(column.whyUnknown());
      }
      all.addAll(column.sources());
      if (all.size() > MOST_SOURCES) {
        return TOO_MANY;
      }
    }
    return from(all);
  }

  /** The field of a struct at this position; the whole column if its fields are not told apart. */
  final Column field(int position) {
    return fields != null && position < fields.size() ? fields.get(position) : this;
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

    Known(Set<SourceColumn> sources, List<Column> fields) {
      super(fields);
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

    Unknown(String reason, List<Column> fields) {
      super(fields);
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
