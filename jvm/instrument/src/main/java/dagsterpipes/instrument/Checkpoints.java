package dagsterpipes.instrument;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.rdd.RDD;

/**
 * The columns of Datasets that were cut from their plans: by a checkpoint, whose plan is an RDD
 * with the same column ids. For Spark's thread.
 */
final class Checkpoints {
  private static final int MOST = 10_000;

  private final Map<Long, Column> byColumn = new Recent<>(MOST);

  /** In order. A second use in one query has ids of its own, and the same RDD. */
  private final Map<Integer, List<Column>> byRdd = new Recent<>(MOST);

  /**
   * @param output the attributes of a plan that is cut, with these columns
   */
  void remember(List<Object> output, List<Column> columns) {
    for (int i = 0; i < output.size(); i++) {
      byColumn.put(PlanColumns.id(output.get(i)), columns.get(i));
    }
  }

  /** The columns of a LogicalRDD; unknown if it is another RDD. */
  PlanColumns columnsOf(Object relation) {
    List<Object> output = ScalaView.list(relation, "output");
    int rdd = ((RDD<?>) ScalaView.call(relation, "rdd")).id();
    List<Column> columns = new ArrayList<>();
    for (Object attribute : output) {
      Column known = byColumn.get(PlanColumns.id(attribute));
      if (known != null) {
        columns.add(known);
      }
    }
    if (columns.size() == output.size()) {
      byRdd.put(rdd, columns);
    } else {
      columns = byRdd.get(rdd);
    }
    PlanColumns made = new PlanColumns();
    for (int i = 0; i < output.size(); i++) {
      made.put(output.get(i), columns == null ? Opaque.column(relation) : columns.get(i));
    }
    return made;
  }
}
