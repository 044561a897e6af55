package dagsterpipes.floors

import java.io.File
import java.nio.file.{Path, Paths}

import scala.jdk.CollectionConverters._

import com.tngtech.archunit.base.DescribedPredicate
import com.tngtech.archunit.core.domain.{JavaClass, JavaClasses}
import com.tngtech.archunit.core.importer.ClassFileImporter
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices

/** A floor imports only floors below it: what javac made of the modules, against jvm/floors.txt. */
class FloorsSuite extends munit.FunSuite {
  private val floors = Floors.ofProject

  private def folders(module: String): Seq[Path] =
    Option(System.getProperty(s"floors.$module"))
      .getOrElse(fail(s"the build names no classes of $module"))
      .split(File.pathSeparator)
      .toSeq
      .map(Paths.get(_))

  private val classes: Map[String, JavaClasses] =
    floors.modules.map(module => module -> new ClassFileImporter().importPaths(folders(module).asJava)).toMap

  private val all = new ClassFileImporter().importPaths(floors.modules.flatMap(folders).asJava)

  private def in(rooms: Seq[Room]): DescribedPredicate[JavaClass] = {
    val names = rooms.map(_.packageName).toSet
    DescribedPredicate.describe(
      s"in ${rooms.mkString(", ")}",
      (candidate: JavaClass) => names(candidate.getPackageName)
    )
  }

  for (room <- floors.rooms) test(s"$room imports only floors below it") {
    val forbidden = floors.rooms.filterNot(floors.mayImport(room, _))
    noClasses.that(in(Seq(room))).should.dependOnClassesThat(in(forbidden)).check(all)
  }

  test(
    "sources import only floors below them, constants too, of which javac leaves no trace in class files"
  ) {
    val rooms = floors.rooms.map(room => room.packageName -> room).toMap
    val wrong = for {
      module <- floors.modules
      source <- Sources.of(module)
      (from, names) = (rooms(source.packageName), source.imports)
      name <- names
      to   <- rooms.get(name) if !floors.mayImport(from, to)
    } yield s"${source.file} imports $to"
    assertEquals(wrong, Nil)
  }

  test("no packages import each other in a circle, not even by exceptions") {
    slices.matching("(dagsterpipes..)").should.beFreeOfCycles().check(all)
  }

  for (module <- floors.modules) test(s"every package of $module has its floor, and only those") {
    assertEquals(
      classes(module).asScala.map(_.getPackageName).toSet,
      floors.rooms.filter(_.module == module).map(_.packageName).toSet
    )
  }

  test("exceptions are few, each with a reason, and needed") {
    assert(clue(floors.exemptions).size <= 5)
    for (exemption <- floors.exemptions)
      assert(
        all.asScala.exists(from =>
          from.getPackageName == exemption.from.packageName &&
            from.getDirectDependenciesFromSelf.asScala
              .exists(_.getTargetClass.getPackageName == exemption.to.packageName)
        ),
        s"no class needs it any more: $exemption"
      )
  }
}
