package dagsterpipes.scaladsl

import java.lang.reflect.Modifier

import scala.reflect.NameTransformer
import scala.util.Try

/** The fields of case classes, by reflection: Scala 2.12 has no `productElementNames`. */
private[scaladsl] object Fields {

  /** Whether its fields say what it is: those of Either and Try do not. */
  def are(product: Product): Boolean = product match {
    case _: Either[_, _] | _: Try[_] => false
    case _                           => true
  }

  def isTuple(product: Product): Boolean =
    product.getClass.getName.startsWith("scala.Tuple") || product.getClass.getName == "scala.runtime.TupleXXL"

  /** As many names as the product has elements; `_1`, `_2`... where a class hides them. */
  def names(product: Product): Seq[String] = {
    val found = elementNames(product).getOrElse(declared(product.getClass))
    (0 until product.productArity).map(i => if (i < found.size) found(i) else s"_${i + 1}")
  }

  /** Of Scala 2.13 and 3. */
  private def elementNames(product: Product): Option[Vector[String]] =
    Try(
      classOf[Product]
        .getMethod("productElementNames")
        .invoke(product)
        .asInstanceOf[Iterator[String]]
        .toVector
    ).toOption

  /** Of Scala 2.12: the constructor's parameters are a class's first fields. */
  private def declared(of: Class[_]): Vector[String] =
    of.getDeclaredFields.toVector
      .filterNot(field =>
        field.isSynthetic || Modifier.isStatic(field.getModifiers) || field.getName == "$outer"
      )
      .map(field => NameTransformer.decode(field.getName.split("\\$\\$").last))
}
