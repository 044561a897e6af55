import sbt._

/** The order of files that many projects give. sbt orders projects by a hash of the build's folder. So two builds in
  * two folders would differ: the module-info, for example, names the version of the first slf4j.
  */
object StableOrder {

  /** Our class folders by their paths, then the jars by their names, newer versions before older ones. */
  def apply(files: Seq[File]): Seq[File] = {
    val (folders, jars) = files.distinct.partition(_.isDirectory)
    folders.sortBy(_.getPath) ++ jars.sortBy(_.getName).reverse
  }

  /** The same for entries of a class path. */
  def classpath(entries: Seq[Attributed[File]]): Seq[Attributed[File]] = {
    val byFile = entries.map(entry => entry.data -> entry).toMap
    apply(entries.map(_.data)).map(byFile)
  }
}
