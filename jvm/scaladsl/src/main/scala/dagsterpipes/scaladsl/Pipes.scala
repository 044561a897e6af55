package dagsterpipes.scaladsl

import dagsterpipes.{Pipes => JavaPipes, PipesContext => JavaContext}

/** Opens a Pipes session; `dagsterpipes.Pipes` with Scala's types.
  *
  * Outside Dagster everything is a no-op with one line of warning, so the same job runs alone.
  */
object Pipes {

  /** Runs `body` in a session, and closes the session. An exception of `body` is reported to Dagster and thrown on
    * unchanged.
    *
    * @param args
    *   the program's arguments, of which `--dagster-pipes-context` and `--dagster-pipes-messages` are read
    * @throws dagsterpipes.errors.PipesException
    *   for parameters or a context that cannot be read
    */
  def run(args: Array[String] = Array.empty)(body: PipesContext => Unit): Unit =
    JavaPipes.run(
      args,
      new dagsterpipes.PipesBody {
        // The body throws what it likes: Scala checks no exceptions, and neither does the JVM.
        override def run(pipes: JavaContext): Unit = body(new PipesContext(pipes))
      }
    )

  /** Opens a session that the caller closes, or gives the one that is open with the same message parameters.
    *
    * {{{
    * Using.resource(Pipes.open(args)) { pipes =>
    *   try { ... }
    *   catch { case e: Throwable => throw pipes.failed(e) } // a resource's close does not see what is thrown
    * }
    * }}}
    *
    * [[run]] does the same with less.
    *
    * @throws dagsterpipes.errors.PipesException
    *   for parameters or a context that cannot be read
    */
  def open(args: Array[String] = Array.empty): PipesContext = new PipesContext(JavaPipes.open(args))

  /** The session that is open in this process, also where Python opened it; of several the one that was opened first.
    *
    * @throws dagsterpipes.errors.PipesException
    *   where there is none
    */
  def current: PipesContext = new PipesContext(JavaPipes.current())
}
