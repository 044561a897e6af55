package dagsterpipes.floors

import java.nio.charset.StandardCharsets.UTF_8
import java.nio.file.{Files, Path, Paths}

import scala.jdk.CollectionConverters._

/** One package of one module: `core/write`. */
final case class Room(module: String, name: String) {
  def packageName: String       = if (name == ".") "dagsterpipes" else s"dagsterpipes.$name"
  override def toString: String = s"$module/$name"
}

object Room {
  def of(text: String): Room = text.split("/") match {
    case Array(module, name) => Room(module, name)
    case _                   => throw new IllegalArgumentException(s"not MODULE/PACKAGE: $text")
  }
}

/** An import that the floors forbid, and why it stays. */
final case class Exemption(from: Room, to: Room, reason: String)

/** jvm/floors.txt: from the ground up, the rooms of one floor side by side. */
final case class Floors(floors: Seq[Seq[Room]], exemptions: Seq[Exemption]) {
  val rooms: Seq[Room]     = floors.flatten
  val modules: Seq[String] = rooms.map(_.module).distinct

  private val heights = floors.zipWithIndex.flatMap { case (floor, height) => floor.map(_ -> height) }.toMap

  def mayImport(from: Room, to: Room): Boolean =
    from == to || heights(to) < heights(from) || exemptions.exists(e => e.from == from && e.to == to)
}

object Floors {
  private val exemption = """except (\S+) -> (\S+): (.+)""".r

  def read(root: Path): Floors = {
    val lines = Files
      .readAllLines(root.resolve("jvm/floors.txt"), UTF_8)
      .asScala
      .toSeq
      .map(_.trim)
      .filterNot(line => line.isEmpty || line.startsWith("#"))
    val (exempt, floors) = lines.partition(_.startsWith("except "))
    Floors(
      floors.map(_.split("\\s+").toSeq.map(Room.of)),
      exempt.map {
        case exemption(from, to, reason) => Exemption(Room.of(from), Room.of(to), reason)
        case other => throw new IllegalArgumentException(s"not `except A -> B: reason`: $other")
      }
    )
  }

  def ofProject: Floors = read(Paths.get(System.getProperty("project.root")))
}
