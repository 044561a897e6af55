package dagsterpipes.scaladsl

/** How a value of the extras, which are JSON, becomes an `A`: exactly, or not at all. */
@scala.annotation.implicitNotFound(
  "Extras are JSON: ask for a String, Int, Long, Double, Boolean, BigInt, BigDecimal or Any, or a Seq, Map or Option of those, not ${A}."
)
trait ExtraReader[A] {

  /** The type's name for errors. */
  def expected: String

  /** Converts a value exactly.
    *
    * @param value
    *   as `PipesContext.extras` has it: String, Long, BigInteger, Double, Boolean, Map, Seq or null
    * @return
    *   None where it is no `A`
    */
  def read(value: Any): Option[A]
}

/** The readers of JSON's types. The compiler finds them by the type that is asked for. A number is read only where the
  * type holds it exactly.
  */
object ExtraReader {
  private def of[A](name: String)(convert: PartialFunction[Any, A]): ExtraReader[A] = new ExtraReader[A] {
    def expected: String            = name
    def read(value: Any): Option[A] = convert.lift(value)
  }

  implicit val any: ExtraReader[Any]         = of("any value") { case value => value }
  implicit val string: ExtraReader[String]   = of("a string") { case text: String => text }
  implicit val boolean: ExtraReader[Boolean] = of("a boolean") { case truth: Boolean => truth }
  implicit val long: ExtraReader[Long]       = of("a whole number") { case number: Long => number }
  implicit val int: ExtraReader[Int] = of("a whole number of at most 32 bits") {
    case number: Long if number.isValidInt => number.toInt
  }
  implicit val bigInt: ExtraReader[BigInt] = of("a whole number") {
    case number: Long                 => BigInt(number)
    case number: java.math.BigInteger => BigInt(number)
  }
  implicit val double: ExtraReader[Double] = of("a number") {
    case number: Double                                   => number
    case number: Long if number.toDouble.toLong == number => number.toDouble
  }
  implicit val bigDecimal: ExtraReader[BigDecimal] = of("a finite number") {
    case number: Double if !number.isNaN && !number.isInfinite => BigDecimal(number)
    case number: Long                                          => BigDecimal(number)
    case number: java.math.BigInteger                          => BigDecimal(BigInt(number))
  }

  /** JSON's null is None. */
  implicit def option[A](implicit inner: ExtraReader[A]): ExtraReader[Option[A]] =
    new ExtraReader[Option[A]] {
      def expected: String = inner.expected + " or null"
      def read(value: Any): Option[Option[A]] =
        if (value == null) Some(None) else inner.read(value).map(Some(_))
    }

  implicit def seq[A](implicit inner: ExtraReader[A]): ExtraReader[Seq[A]] = new ExtraReader[Seq[A]] {
    def expected: String = "a list, each item " + inner.expected
    def read(value: Any): Option[Seq[A]] = value match {
      case items: scala.collection.Seq[_] => all(items.toVector.map(inner.read))
      case _                              => None
    }
  }

  implicit def map[A](implicit inner: ExtraReader[A]): ExtraReader[Map[String, A]] =
    new ExtraReader[Map[String, A]] {
      def expected: String = "an object, each value " + inner.expected
      def read(value: Any): Option[Map[String, A]] = value match {
        case entries: scala.collection.Map[_, _] =>
          all(entries.toVector.map { case (key, item) => inner.read(item).map(String.valueOf(key) -> _) })
            .map(_.toMap)
        case _ => None
      }
    }

  private def all[A](items: Vector[Option[A]]): Option[Vector[A]] =
    if (items.forall(_.isDefined)) Some(items.flatten) else None
}
