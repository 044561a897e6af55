package dagsterpipes.scaladsl

import java.time.Instant

import dagsterpipes.report.MetadataValue

/** How values of `A` become metadata. Write one for a type of your own:
  * {{{
  * implicit val city: MetadataEncoder[City] = MetadataEncoder(c => Metadata.text(c.name))
  * }}}
  */
@scala.annotation.implicitNotFound(
  "${A} is no metadata value. Use a string, number, boolean, Instant, Option, Seq or Map, one of Metadata.md, .path, .table..., or define a MetadataEncoder[${A}]."
)
trait MetadataEncoder[A] {
  def encode(value: A): Metadata
}

object MetadataEncoder {
  def apply[A](f: A => Metadata): MetadataEncoder[A] = new MetadataEncoder[A] {
    def encode(value: A): Metadata = f(value)
  }

  // What the bridge's own `of` knows: one rule for Java and Scala.
  private def plain[A]: MetadataEncoder[A] = apply(value => Metadata(MetadataValue.of(ToJava(value))))

  implicit val string: MetadataEncoder[String]         = plain
  implicit val boolean: MetadataEncoder[Boolean]       = plain
  implicit val byte: MetadataEncoder[Byte]             = plain
  implicit val short: MetadataEncoder[Short]           = plain
  implicit val int: MetadataEncoder[Int]               = plain
  implicit val long: MetadataEncoder[Long]             = plain
  implicit val float: MetadataEncoder[Float]           = plain
  implicit val double: MetadataEncoder[Double]         = plain
  implicit val bigInt: MetadataEncoder[BigInt]         = plain
  implicit val bigDecimal: MetadataEncoder[BigDecimal] = plain
  implicit val instant: MetadataEncoder[Instant]       = plain

  /** Numbers and booleans as Spark's `Row.getAs` and Java code hand them over. */
  implicit def number[A <: java.lang.Number]: MetadataEncoder[A] = plain
  implicit val javaBoolean: MetadataEncoder[java.lang.Boolean]   = plain
  implicit val metadata: MetadataEncoder[Metadata]               = apply(identity)
  implicit val metadataValue: MetadataEncoder[MetadataValue]     = apply(Metadata(_))
  implicit val none: MetadataEncoder[None.type]                  = apply(_ => Metadata.nullValue)
  implicit def some[A: MetadataEncoder]: MetadataEncoder[Some[A]] =
    apply(value => Metadata.encoded(value.get))

  /** None becomes null. */
  implicit def option[A: MetadataEncoder]: MetadataEncoder[Option[A]] =
    apply(value => value.fold(Metadata.nullValue)(Metadata.encoded(_)))

  /** Contents of any type, checked when the value is made: JSON mixes types, and so do Scala's literals of it. */
  implicit def seq[S <: scala.collection.Seq[Any]]: MetadataEncoder[S] = apply(value => Metadata.json(value))

  /** As for sequences. */
  implicit def map[M <: scala.collection.Map[String, Any]]: MetadataEncoder[M] =
    apply(value => Metadata.json(value))
}
