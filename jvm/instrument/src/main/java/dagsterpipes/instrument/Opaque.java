package dagsterpipes.instrument;

import java.util.List;

/** The columns that a node makes in a way that no plan shows, and the reason for people. */
final class Opaque {
  private static final Column RDD =
      Column.unknown("it is made from an RDD, and no plan shows the functions of RDDs");
  private static final Column TYPED =
      Column.unknown("it is made by a typed function, which no plan shows");
  private static final Column GROUPED =
      Column.unknown("it is made by a function of whole rows, which no plan shows");
  private static final Column SCRIPT =
      Column.unknown("it is made by the script of a TRANSFORM, which no plan shows");

  private Opaque() {}

  /** A column that {@code node} makes itself. */
  static Column column(Object node) {
    String kind = ScalaView.kind(node);
    switch (kind) {
      case "ExternalRDD":
      case "LogicalRDD":
        return RDD;
      case "SerializeFromObject":
        return serialized(node);
      case "ScriptTransformation":
        return SCRIPT;
      case "AttachDistributedSequence": // the row numbers of pandas on Spark
        return Column.CONSTANT;
      default:
        // MapInPandas, FlatMapGroupsInArrow, FlatMapCoGroupsInPandas and others
        return kind.startsWith("MapIn") || kind.startsWith("FlatMap")
            ? GROUPED
            : Column.unknown("it is made by " + kind + ", which is not followed");
    }
  }

  /** Objects made from an RDD have no typed function between. */
  private static Column serialized(Object node) {
    List<Object> children = ScalaView.list(node, "children");
    boolean direct = children.size() == 1 && ScalaView.kind(children.get(0)).equals("ExternalRDD");
    return direct ? RDD : TYPED;
  }
}
