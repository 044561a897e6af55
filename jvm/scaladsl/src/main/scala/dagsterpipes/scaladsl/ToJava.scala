package dagsterpipes.scaladsl

import scala.concurrent.duration.FiniteDuration

/** Scala's values as the Java API takes them: collections, options and case classes of any nesting; everything else stays
  * as it is, for the Java API to take or refuse. By hand, since the converters' name changed between Scala 2.12 and 2.13.
  */
private[scaladsl] object ToJava {

  /** The Java API refuses what is deeper, whatever it is. */
  private val maxDepth = 250

  def apply(value: Any): AnyRef = convert(value, 0)

  /** Keys stay as they are, so that the Java API names one that is no string. */
  def map[K](entries: scala.collection.Map[K, _]): java.util.Map[K, AnyRef] = map(entries, 0)

  def list[A](items: scala.collection.Iterable[A]): java.util.List[A] = {
    val result = new java.util.ArrayList[A]
    items.foreach(item => result.add(item))
    result
  }

  private def convert(value: Any, depth: Int): AnyRef = value match {
    case null                                => null
    case None                                => null
    case Some(inner)                         => convert(inner, depth)
    case _ if depth > maxDepth               => value.asInstanceOf[AnyRef]
    case metadata: Metadata                  => metadata.asJava
    case number: BigInt                      => number.underlying
    case number: BigDecimal                  => number.underlying
    case entries: scala.collection.Map[_, _] => map(entries, depth)
    case seq: scala.collection.Seq[_]        => items(seq.iterator, depth)
    case set: scala.collection.Set[_]        => items(set.iterator, depth)
    case bytes: Array[Byte]                  => bytes
    case array: Array[_]                     => items(array.iterator, depth)
    case duration: FiniteDuration            => java.time.Duration.ofNanos(duration.toNanos)
    case constant: Enumeration#Value         => constant.toString
    case items: java.util.Map[_, _]          => javaMap(items, depth)
    case items: java.util.Collection[_]      => javaList(items, depth)
    case optional: java.util.Optional[_]     => if (optional.isPresent) convert(optional.get, depth) else null
    case product: Product if Fields.are(product) => fields(product, depth)
    case other                                   => other.asInstanceOf[AnyRef]
  }

  private def map[K](entries: scala.collection.Map[K, _], depth: Int): java.util.Map[K, AnyRef] = {
    val result = new java.util.LinkedHashMap[K, AnyRef]
    entries.foreach { case (key, value) => result.put(key, convert(value, depth + 1)) }
    result
  }

  private def items(each: Iterator[_], depth: Int): java.util.List[AnyRef] = {
    val result = new java.util.ArrayList[AnyRef]
    each.foreach(item => result.add(convert(item, depth + 1)))
    result
  }

  private def javaMap[K, A](entries: java.util.Map[K, A], depth: Int): java.util.Map[K, AnyRef] = {
    val result = new java.util.LinkedHashMap[K, AnyRef]
    entries.forEach((key: K, value: A) => { result.put(key, convert(value, depth + 1)); () })
    result
  }

  private def javaList(items: java.util.Collection[_], depth: Int): java.util.List[AnyRef] = {
    val result = new java.util.ArrayList[AnyRef]
    val each   = items.iterator
    while (each.hasNext) result.add(convert(each.next(), depth + 1))
    result
  }

  private def fields(product: Product, depth: Int): AnyRef =
    if (Fields.isTuple(product)) items(product.productIterator, depth)
    else if (product.productArity == 0) product.productPrefix
    else {
      val result = new java.util.LinkedHashMap[String, AnyRef]
      Fields.names(product).zip(product.productIterator.toSeq).foreach { case (name, value) =>
        result.put(name, convert(value, depth + 1))
      }
      result
    }
}
