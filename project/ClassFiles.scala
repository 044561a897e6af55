import java.io.{Closeable, InputStream}
import java.util.zip.{ZipEntry, ZipFile}

import scala.collection.JavaConverters._
import scala.collection.mutable

import org.objectweb.asm.{ClassReader, ClassVisitor, FieldVisitor, MethodVisitor, Opcodes}
import sbt._

/** A class as others link to it. Names as in class files: `java/lang/String`. */
final case class LinkedClass(
    isInterface: Boolean,
    parents: Seq[String],
    methods: Set[String], // name and descriptor; of private members only those of the jar that is checked
    fields: Set[String]
)

/** What a class file names in its constant pool. */
sealed trait Link { def owner: String }
final case class LinkedClassName(owner: String) extends Link {
  override def toString: String = s"the class ${owner.replace('/', '.')}"
}
final case class LinkedMember(owner: String, name: String, descriptor: String, kind: Int) extends Link {
  override def toString: String = s"${owner.replace('/', '.')}.$name $descriptor"
}

/** The classes of jars, or of one Java release in a JDK's `lib/ct.sym`; read when they are asked for. */
final class ClassFiles private (
    archives: Seq[ZipFile],
    entries: Map[String, (ZipFile, ZipEntry)],
    withPrivate: Boolean
) extends Closeable {
  private val known = mutable.Map.empty[String, Option[LinkedClass]]

  def names: Iterable[String] = entries.keys

  def find(name: String): Option[LinkedClass] =
    known.getOrElseUpdate(
      name,
      entries.get(name).map { case (zip, entry) => ClassFiles.read(zip, entry, withPrivate) }
    )

  def references(name: String): Set[Link] = {
    val (zip, entry) = entries(name)
    ClassFiles.withStream(zip, entry)(in => ClassFiles.constants(new ClassReader(in)))
  }

  override def close(): Unit = archives.foreach(_.close())
}

object ClassFiles {
  def ofJars(jars: Seq[File], withPrivate: Boolean = false): ClassFiles = open(jars, withPrivate) { name =>
    if (name.endsWith(".class") && !name.startsWith("META-INF/")) Some(name.stripSuffix(".class")) else None
  }

  /** What `javac --release` compiles against: `89A/java.base/java/lang/String.sig`, releases as digits of base 36. */
  def ofJdk(release: Int): ClassFiles = {
    val home  = file(sys.props("java.home"))
    val digit = Character.forDigit(release, 36).toUpper
    open(Seq(home / "lib" / "ct.sym"), withPrivate = false) { name =>
      name.split("/", 3) match {
        case Array(releases, _, path) if releases.indexOf(digit) >= 0 && path.endsWith(".sig") =>
          Some(path.stripSuffix(".sig"))
        case _ => None
      }
    }
  }

  private def open(
      files: Seq[File],
      withPrivate: Boolean
  )(className: String => Option[String]): ClassFiles = {
    val archives = files.map(new ZipFile(_))
    val entries = for {
      zip   <- archives
      entry <- zip.entries.asScala
      name  <- className(entry.getName)
    } yield name -> ((zip, entry))
    new ClassFiles(archives, entries.reverse.toMap, withPrivate) // the first jar wins
  }

  private def withStream[T](zip: ZipFile, entry: ZipEntry)(body: InputStream => T): T = {
    val in = zip.getInputStream(entry)
    try body(in)
    finally in.close()
  }

  private def read(zip: ZipFile, entry: ZipEntry, withPrivate: Boolean): LinkedClass =
    withStream(zip, entry) { in =>
      val reader                 = new ClassReader(in)
      val methods                = Set.newBuilder[String]
      val fields                 = Set.newBuilder[String]
      def isVisible(access: Int) = withPrivate || (access & Opcodes.ACC_PRIVATE) == 0
      reader.accept(
        new ClassVisitor(Opcodes.ASM9) {
          override def visitMethod(
              access: Int,
              name: String,
              descriptor: String,
              s: String,
              e: Array[String]
          ): MethodVisitor = {
            if (isVisible(access)) methods += name + descriptor
            null
          }
          override def visitField(
              access: Int,
              name: String,
              descriptor: String,
              s: String,
              v: Any
          ): FieldVisitor = {
            if (isVisible(access)) fields += name + descriptor
            null
          }
        },
        ClassReader.SKIP_CODE | ClassReader.SKIP_DEBUG | ClassReader.SKIP_FRAMES
      )
      LinkedClass(
        (reader.getAccess & Opcodes.ACC_INTERFACE) != 0,
        Option(reader.getSuperName).toSeq ++ reader.getInterfaces,
        methods.result(),
        fields.result()
      )
    }

  val fieldKind           = 9
  val interfaceMethodKind = 11

  /** https://docs.oracle.com/javase/specs/jvms/se8/html/jvms-4.html#jvms-4.4 */
  private def constants(reader: ClassReader): Set[Link] = {
    val buffer = new Array[Char](reader.getMaxStringLength)
    val found = for {
      index <- 1 until reader.getItemCount
      offset = reader.getItem(index)
      if offset > 0 // none behind a long or double
      reference <- reader.readByte(offset - 1) match {
        case 7 => Some(LinkedClassName(reader.readUTF8(offset, buffer)))
        case kind @ (9 | 10 | 11) =>
          val nameAndType = reader.getItem(reader.readUnsignedShort(offset + 2))
          Some(
            LinkedMember(
              reader.readClass(offset, buffer),
              reader.readUTF8(nameAndType, buffer),
              reader.readUTF8(nameAndType + 2, buffer),
              kind
            )
          )
        case _ => None
      }
    } yield reference
    found.toSet
  }
}
