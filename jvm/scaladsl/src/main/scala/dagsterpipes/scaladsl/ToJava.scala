package dagsterpipes.scaladsl

/** Scala's values as the Java API takes them: collections and options of any nesting; everything else stays as it is, for
  * the Java API to take or refuse. By hand, since the converters' name changed between Scala 2.12 and 2.13.
  */
private[scaladsl] object ToJava {
  def apply(value: Any): AnyRef = value match {
    case null                                => null
    case None                                => null
    case Some(inner)                         => apply(inner)
    case metadata: Metadata                  => metadata.asJava
    case number: BigInt                      => number.underlying
    case number: BigDecimal                  => number.underlying
    case entries: scala.collection.Map[_, _] => map(entries)
    case items: scala.collection.Seq[_]      => list(items.map(apply(_)))
    case items: Array[_]                     => list(items.toSeq.map(apply(_)))
    case other                               => other.asInstanceOf[AnyRef]
  }

  /** Keys stay as they are, so that the Java API names one that is no string. */
  def map[K](entries: scala.collection.Map[K, _]): java.util.Map[K, AnyRef] = {
    val result = new java.util.LinkedHashMap[K, AnyRef]
    entries.foreach { case (key, value) => result.put(key, apply(value)) }
    result
  }

  def list[A](items: scala.collection.Seq[A]): java.util.List[A] = {
    val result = new java.util.ArrayList[A](items.size)
    items.foreach(item => result.add(item))
    result
  }
}
