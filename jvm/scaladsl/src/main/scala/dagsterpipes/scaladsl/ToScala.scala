package dagsterpipes.scaladsl

/** The Java API's values as Scala's: collections of any nesting; everything else stays as it is. */
private[scaladsl] object ToScala {
  def apply(value: Any): Any = value match {
    case entries: java.util.Map[_, _] => map(entries)(apply)
    case items: java.util.List[_]     => seq(items)(apply)
    case other                        => other
  }

  /** In the order of the Java map, as Dagster sent it. */
  def map[K, A, B](entries: java.util.Map[K, A])(convert: A => B): Map[K, B] = {
    val result = scala.collection.immutable.ListMap.newBuilder[K, B]
    val each   = entries.entrySet.iterator
    while (each.hasNext) {
      val entry = each.next()
      result += entry.getKey -> convert(entry.getValue)
    }
    result.result()
  }

  def seq[A, B](items: java.util.List[A])(convert: A => B): Seq[B] = {
    val result = Vector.newBuilder[B]
    val each   = items.iterator
    while (each.hasNext) result += convert(each.next())
    result.result()
  }
}
