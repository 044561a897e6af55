import scala.collection.JavaConverters._
import scala.collection.mutable
import scala.reflect.internal.util.BatchSourceFile
import scala.tools.nsc.doc.{ScaladocGlobal, Settings}
import scala.tools.nsc.reporters.StoreReporter

import com.sun.source.tree._
import com.sun.source.util.{DocTrees, JavacTask, TreePathScanner}
import javax.lang.model.element.Modifier
import javax.tools.ToolProvider
import sbt._
import sbt.Keys._

/** Every public type and member of the main sources says what it is for, in a comment of its own.
  *
  * javac's doclint cannot ask for that alone: its group `missing` requires a `@param` and a `@return` everywhere,
  * which would be paraphrases of names. The sources are parsed, not compiled: this takes a second and needs no class
  * path.
  */
object CheckDocs {
  val checkDocs = taskKey[Unit]("Fails when a public type or member of the main sources has no doc comment")

  val settings: Seq[Setting[_]] = Seq(
    checkDocs := {
      val log             = streams.value.log
      val root            = (ThisBuild / baseDirectory).value
      val (java, scala)   = (Compile / unmanagedSources).value.partition(_.getName.endsWith(".java"))
      val declared        = JavaDocs.of(java) ++ ScalaDocs.of(scala)
      val missing         = declared.filterNot(_.isCommented)
      def place(of: File) = of.relativeTo(root).getOrElse(of)
      missing.foreach(m => log.error(s"${place(m.file)}:${m.line}: ${m.what} has no doc comment"))
      if (missing.nonEmpty)
        throw new MessageOnlyException(
          s"${missing.size} public declaration(s) without a comment, see above: say purpose, units and errors"
        )
      log.info(s"${declared.size} public declarations of ${name.value} have a doc comment")
    }
  )

  final case class Declared(file: File, line: Long, what: String, isCommented: Boolean)
}

/** Public and protected: what a caller or a subclass sees. `@Override` takes the comment of the overridden member. */
private object JavaDocs {
  def of(files: Seq[File]): Seq[CheckDocs.Declared] = if (files.isEmpty) Nil
  else {
    val javac   = ToolProvider.getSystemJavaCompiler
    val manager = javac.getStandardFileManager(null, null, null)
    try {
      val sources = manager.getJavaFileObjectsFromFiles(files.asJava)
      val task    = javac.getTask(null, manager, null, null, null, sources).asInstanceOf[JavacTask]
      val trees   = DocTrees.instance(task)
      task.parse().asScala.toList.flatMap(unit => new Scanner(trees).of(unit))
    } finally manager.close()
  }

  private final class Scanner(trees: DocTrees) extends TreePathScanner[Void, Void] {
    private val found = mutable.ListBuffer.empty[CheckDocs.Declared]

    def of(unit: CompilationUnitTree): List[CheckDocs.Declared] = {
      scan(unit, null)
      found.toList
    }

    // Bodies of methods and initializers of fields are not looked into: nobody outside sees them.
    override def visitClass(node: ClassTree, p: Void): Void =
      if (isSeen(node.getModifiers)) {
        check(node, node.getSimpleName.toString)
        super.visitClass(node, p)
      } else null

    override def visitMethod(node: MethodTree, p: Void): Void = {
      val overrides =
        node.getModifiers.getAnnotations.asScala.exists(_.getAnnotationType.toString == "Override")
      if (isSeen(node.getModifiers) && !overrides) {
        val isConstructor = node.getReturnType == null
        check(node, if (isConstructor) s"a constructor of $owner" else s"$owner.${node.getName}")
      }
      null
    }

    override def visitVariable(node: VariableTree, p: Void): Void = {
      if (isSeen(node.getModifiers)) check(node, s"$owner.${node.getName}")
      null
    }

    private def owner: String =
      getCurrentPath.getParentPath.getLeaf.asInstanceOf[ClassTree].getSimpleName.toString

    private def isSeen(modifiers: ModifiersTree): Boolean = {
      val isInInterface = getCurrentPath.getParentPath.getLeaf.getKind match {
        case Tree.Kind.INTERFACE | Tree.Kind.ANNOTATION_TYPE => true
        case _                                               => false
      }
      val flags = modifiers.getFlags
      isInInterface || flags.contains(Modifier.PUBLIC) || flags.contains(Modifier.PROTECTED)
    }

    /** Tags alone are not enough: the first sentence is what lists of members show. */
    private def check(node: Tree, what: String): Unit = {
      val path    = getCurrentPath
      val unit    = path.getCompilationUnit
      val start   = trees.getSourcePositions.getStartPosition(unit, node)
      val comment = trees.getDocCommentTree(path)
      found += CheckDocs.Declared(
        new File(unit.getSourceFile.toUri),
        unit.getLineMap.getLineNumber(start),
        what,
        isCommented = comment != null && !comment.getFirstSentence.isEmpty
      )
    }
  }
}

/** Public and protected members of public types. `override` takes the comment of the overridden member. Implicits
  * need none: the compiler finds them by their type, and the comment on the object that holds them says for which
  * types there are any.
  */
private object ScalaDocs {
  def of(files: Seq[File]): Seq[CheckDocs.Declared] = if (files.isEmpty) Nil
  else {
    val settings = new Settings(fault => throw new MessageOnlyException(fault))
    settings.usejavacp.value = false
    settings.bootclasspath.value = classOf[Option[_]].getProtectionDomain.getCodeSource.getLocation.getPath
    val reporter = new StoreReporter(settings)
    // The compiler as scaladoc has it: its parser keeps comments.
    val compiler = new ScaladocGlobal(settings, reporter)
    new compiler.Run
    val declared = files.flatMap(file => new Parser[compiler.type](compiler).declared(file))
    if (reporter.hasErrors) throw new MessageOnlyException(reporter.infos.mkString("\n"))
    declared
  }

  private final class Parser[G <: ScaladocGlobal](val compiler: G) {
    import compiler._

    def declared(file: File): List[CheckDocs.Declared] = {
      val unit = new CompilationUnit(new BatchSourceFile(file.getPath, IO.read(file)))
      members(file, newUnitParser(unit).parse(), owner = "", isCommented = false)
    }

    private def members(
        file: File,
        tree: Tree,
        owner: String,
        isCommented: Boolean
    ): List[CheckDocs.Declared] =
      tree match {
        case PackageDef(_, stats)        => stats.flatMap(members(file, _, owner, isCommented = false))
        case DocDef(comment, definition) => members(file, definition, owner, saysSomething(comment.raw))
        case definition: MemberDef if isSeen(definition) =>
          val what = owner + definition.name.decode.trim
          val inside = definition match {
            case outer: ImplDef => outer.impl.body.flatMap(members(file, _, s"$what.", isCommented = false))
            case _              => Nil
          }
          CheckDocs.Declared(file, definition.pos.line.toLong, what, isCommented) :: inside
        case _ => Nil
      }

    /** Tags alone are not enough, as in Java. */
    private def saysSomething(comment: String): Boolean =
      !comment.dropWhile(c => c == '/' || c == '*' || c.isWhitespace).startsWith("@")

    private def isSeen(definition: MemberDef): Boolean = {
      val mods = definition.mods
      !mods.isPrivate && !mods.hasAccessBoundary && !mods.isOverride && !mods.isImplicit && !mods.isParamAccessor &&
      !mods.isSynthetic && definition.name != nme.CONSTRUCTOR && definition.name != nme.MIXIN_CONSTRUCTOR
    }
  }
}
