package dagsterpipes

import java.util.concurrent.ConcurrentLinkedQueue
import java.util.{Map => JMap}

import scala.jdk.CollectionConverters._

import dagsterpipes.Session._
import dagsterpipes.message.PipesMessage
import dagsterpipes.wire.Method
import dagsterpipes.write.{MessageWriter, MessageWriterChannel}

/** A channel in memory, with something to do at each write. */
final class Recorded(onWrite: PipesMessage => Unit = _ => ())
    extends MessageWriterChannel
    with MessageWriter {
  private val written = new ConcurrentLinkedQueue[PipesMessage]

  override def open(params: JMap[String, Object]): MessageWriterChannel = this

  override def write(message: PipesMessage): Boolean = {
    onWrite(message)
    written.add(message)
    synchronized(notifyAll())
    true
  }

  override def close(): Unit = ()

  /** Method and params of every message. */
  def messages: List[(String, JMap[String, Object])] = written.asScala.toList.map { message =>
    (message.method, obj(message.line).get("params").asInstanceOf[JMap[String, Object]])
  }

  def methods: List[String] = messages.map(_._1)

  /** All that was captured of one stream. */
  def text(stream: String): String = pieces(stream).mkString

  def pieces(stream: String): List[String] = messages.collect {
    case (Method.LOG_EXTERNAL_STREAM, params) if params.get("stream") == stream =>
      params.get("text").asInstanceOf[String]
  }

  /** Level and text of the log lines. */
  def logs: List[(String, String)] = messages.collect { case (Method.LOG, params) =>
    (params.get("level").asInstanceOf[String], params.get("message").asInstanceOf[String])
  }

  /** Waits, without a fixed sleep, for messages that nobody sends for. */
  def await(arrived: Recorded => Boolean): Unit = synchronized {
    val end = System.nanoTime() + 20L * 1000 * 1000 * 1000
    while (!arrived(this)) {
      val left = (end - System.nanoTime()) / 1000000
      if (left <= 0) throw new AssertionError(s"not within 20 s; there is $messages")
      wait(left)
    }
  }

  /** A session over this channel. */
  def session(messagesParams: JMap[String, Object] = JMap.of())(body: PipesContext => Unit): this.type = {
    val pipes =
      Pipes.builder().paramsLoader(loader(data(context()), messagesParams)).messageWriter(this).open()
    try body(pipes)
    finally pipes.close()
    this
  }

  def capturing(body: PipesContext => Unit): this.type =
    session(JMap.of("include_stdio_in_messages", java.lang.Boolean.TRUE))(body)
}
