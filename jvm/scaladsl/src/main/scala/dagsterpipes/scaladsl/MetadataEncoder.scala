package dagsterpipes.scaladsl

import java.time.Instant
import java.time.temporal.{TemporalAccessor, TemporalAmount}

import scala.concurrent.duration.FiniteDuration
import scala.language.higherKinds

import dagsterpipes.report.MetadataValue

/** Turns values of `A` into metadata. Write one for a type of your own:
  * {{{
  * implicit val city: MetadataEncoder[City] = MetadataEncoder(c => Metadata.text(c.name))
  * }}}
  * It then serves options, sequences and maps of that type as well. A case class needs none: it becomes JSON by the
  * names of its fields, a tuple a list, an object of a sealed trait its name. The encoder examines the fields' values
  * when the value is made. A value that cannot be sent is an error with the path to it. If the static type is a trait
  * that is no `Product`, declare `implicit val color: MetadataEncoder[Color] = MetadataEncoder.atRunTime`.
  */
@scala.annotation.implicitNotFound(
  "${A} is no metadata value. Use a string, number, boolean, anything of java.time, Option, Seq, Set, Map or case class, one of Metadata.md, .path, .table..., or define a MetadataEncoder[${A}]: MetadataEncoder(value => Metadata.text(...)), or MetadataEncoder.atRunTime for the trait of case classes and objects."
)
trait MetadataEncoder[A] {

  /** A value on its own, as an entry of a report's metadata. */
  def encode(value: A): Metadata

  /** A value within a sequence, map or option, as JSON: strings, numbers, booleans, null, maps and sequences. */
  def json(value: A): Any = encode(value).asJava.rawValue
}

/** The encoders of plain types: strings, numbers, booleans, dates and times, URIs, paths, enums, options.
  *
  * Each encodes as `dagsterpipes.report.MetadataValue.of` does. The compiler finds them by the type; nobody has to name
  * one. Encoders of collections and case classes come after these, from the traits that this object extends.
  */
object MetadataEncoder extends CollectionEncoders {

  /** The encoder for a type of your own.
    *
    * @param f
    *   makes the value; within a sequence, map or option what it made is sent as JSON
    */
  def apply[A](f: A => Metadata): MetadataEncoder[A] = new MetadataEncoder[A] {
    def encode(value: A): Metadata = f(value)
  }

  /** Encodes by the class that the value has at run time. For a trait over case classes and objects that is no
    * `Product` itself.
    */
  def atRunTime[A]: MetadataEncoder[A] = plain

  implicit val string: MetadataEncoder[String]         = plain
  implicit val boolean: MetadataEncoder[Boolean]       = plain
  implicit val char: MetadataEncoder[Char]             = plain
  implicit val byte: MetadataEncoder[Byte]             = plain
  implicit val short: MetadataEncoder[Short]           = plain
  implicit val int: MetadataEncoder[Int]               = plain
  implicit val long: MetadataEncoder[Long]             = plain
  implicit val float: MetadataEncoder[Float]           = plain
  implicit val double: MetadataEncoder[Double]         = plain
  implicit val bigInt: MetadataEncoder[BigInt]         = plain
  implicit val bigDecimal: MetadataEncoder[BigDecimal] = plain
  implicit val instant: MetadataEncoder[Instant]       = plain

  /** Numbers and booleans as Spark's `Row.getAs` and Java code return them. */
  implicit def number[A <: java.lang.Number]: MetadataEncoder[A] = plain
  implicit val javaBoolean: MetadataEncoder[java.lang.Boolean]   = plain
  implicit val javaChar: MetadataEncoder[java.lang.Character]    = plain

  implicit def temporal[A <: TemporalAccessor]: MetadataEncoder[A]     = plain
  implicit def temporalAmount[A <: TemporalAmount]: MetadataEncoder[A] = plain
  implicit def date[A <: java.util.Date]: MetadataEncoder[A]           = plain
  implicit val duration: MetadataEncoder[FiniteDuration]               = plain
  implicit val uuid: MetadataEncoder[java.util.UUID]                   = plain
  implicit val uri: MetadataEncoder[java.net.URI]                      = plain
  implicit val url: MetadataEncoder[java.net.URL]                      = plain
  implicit def file[A <: java.io.File]: MetadataEncoder[A]             = plain
  implicit def path[A <: java.nio.file.Path]: MetadataEncoder[A]       = plain
  implicit def enumeration[A <: Enumeration#Value]: MetadataEncoder[A] = plain
  implicit def javaEnum[A <: java.lang.Enum[A]]: MetadataEncoder[A]    = plain
  implicit def javaOptional[A]: MetadataEncoder[java.util.Optional[A]] = plain
  implicit val metadata: MetadataEncoder[Metadata]                     = apply(identity)
  implicit val metadataValue: MetadataEncoder[MetadataValue]           = apply(Metadata(_))

  implicit val none: MetadataEncoder[None.type] = new MetadataEncoder[None.type] {
    def encode(value: None.type): Metadata   = Metadata.nullValue
    override def json(value: None.type): Any = null
  }

  implicit def some[A](implicit item: MetadataEncoder[A]): MetadataEncoder[Some[A]] =
    new MetadataEncoder[Some[A]] {
      def encode(value: Some[A]): Metadata   = Metadata.encoded(value.get)
      override def json(value: Some[A]): Any = item.json(value.get)
    }

  /** None becomes null. */
  implicit def option[A](implicit item: MetadataEncoder[A]): MetadataEncoder[Option[A]] =
    new MetadataEncoder[Option[A]] {
      def encode(value: Option[A]): Metadata   = value.fold(Metadata.nullValue)(Metadata.encoded(_))
      override def json(value: Option[A]): Any = value.fold(null: Any)(item.json)
    }
}

/** Sequences, sets and maps, each item as its type's encoder has it. */
sealed trait CollectionEncoders extends RunTimeEncoders {

  // Products whose fields do not say their meaning, and options of a type without an encoder: if two implicits fit,
  // the compiler takes neither.
  implicit def noOption[A <: Option[_]]: MetadataEncoder[A]         = plain
  implicit def neverOption[A <: Option[_]]: MetadataEncoder[A]      = plain
  implicit def noEither[A <: Either[_, _]]: MetadataEncoder[A]      = plain
  implicit def neverEither[A <: Either[_, _]]: MetadataEncoder[A]   = plain
  implicit def noTry[A <: scala.util.Try[_]]: MetadataEncoder[A]    = plain
  implicit def neverTry[A <: scala.util.Try[_]]: MetadataEncoder[A] = plain

  implicit def seqOf[C[X] <: scala.collection.Seq[X], A](implicit
      item: ItemEncoder[A]
  ): MetadataEncoder[C[A]] =
    jsonOf(_.iterator.map(item.json).toVector)

  implicit def setOf[C[X] <: scala.collection.Set[X], A](implicit
      item: ItemEncoder[A]
  ): MetadataEncoder[C[A]] =
    jsonOf(_.iterator.map(item.json).toVector)

  implicit def mapOf[C[K, X] <: scala.collection.Map[K, X], A](implicit
      item: ItemEncoder[A]
  ): MetadataEncoder[C[String, A]] =
    jsonOf { entries =>
      val result = new java.util.LinkedHashMap[String, AnyRef]
      entries.foreach { case (key, value) => result.put(key, ToJava(item.json(value))) }
      result
    }

  private def jsonOf[A](toJson: A => Any): MetadataEncoder[A] = new MetadataEncoder[A] {
    def encode(value: A): Metadata   = Metadata.json(toJson(value))
    override def json(value: A): Any = toJson(value)
  }
}

/** Encodes an item of a collection with the encoder of its type. If there is none, the item's class at run time
  * decides: JSON mixes types, and Scala's literals of it do as well.
  */
sealed trait ItemEncoder[A] {

  /** The item as JSON: strings, numbers, booleans, null, maps and sequences. */
  def json(value: A): Any
}

/** Finds the encoder of an item: first by its type, else by what it turns out to be. */
object ItemEncoder extends TypedItemEncoder {
  // First: Scala 2 takes a search for Any's encoder as one for the encoder of no matter what, and finds no end.
  implicit val anything: ItemEncoder[Any] = mixed
}

/** Items of a type that has a [[MetadataEncoder]]; null stays null. */
sealed trait TypedItemEncoder extends MixedItemEncoder {
  implicit def typed[A](implicit encoder: MetadataEncoder[A]): ItemEncoder[A] = new ItemEncoder[A] {
    def json(value: A): Any = if (value == null) null else encoder.json(value)
  }
}

/** Items of any other type; what cannot be sent is an error when the value is made. */
sealed trait MixedItemEncoder {
  implicit def mixed[A]: ItemEncoder[A] = new ItemEncoder[A] {
    def json(value: A): Any = ToJava(value)
  }
}

/** Collections of other shapes, whose contents only the run time knows. */
sealed trait RunTimeEncoders extends ProductEncoders {
  private def json[A]: MetadataEncoder[A] = new MetadataEncoder[A] {
    def encode(value: A): Metadata   = Metadata.json(value)
    override def json(value: A): Any = ToJava(value)
  }

  implicit def seq[S <: scala.collection.Seq[Any]]: MetadataEncoder[S]          = json
  implicit def set[S <: scala.collection.Set[_]]: MetadataEncoder[S]            = json
  implicit def map[M <: scala.collection.Map[String, Any]]: MetadataEncoder[M]  = json
  implicit def array[A]: MetadataEncoder[Array[A]]                              = json
  implicit def javaCollection[C <: java.util.Collection[_]]: MetadataEncoder[C] = json
  implicit def javaMap[M <: java.util.Map[String, _]]: MetadataEncoder[M]       = json
}

/** After all others, since sequences and options are products as well. */
sealed trait ProductEncoders {

  /** The types that the bridge's own `MetadataValue.of` knows: one rule for Java and Scala. */
  protected def plain[A]: MetadataEncoder[A] = new MetadataEncoder[A] {
    def encode(value: A): Metadata   = Metadata(MetadataValue.of(ToJava(value)))
    override def json(value: A): Any = ToJava(value)
  }

  /** A case class is JSON by the names of its fields, a tuple is a list. A case object, also of a sealed trait, is
    * its name.
    */
  implicit def product[A <: Product]: MetadataEncoder[A] = plain
}
