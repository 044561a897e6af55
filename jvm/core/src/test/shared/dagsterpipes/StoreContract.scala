package dagsterpipes

import java.util.concurrent.{CountDownLatch, Executors, TimeUnit}
import java.util.concurrent.atomic.{AtomicBoolean, AtomicReference}

import dagsterpipes.errors.{PipesException, PipesIoException}
import dagsterpipes.store.{ObjectStore, Presence}

/** The cases that every store must pass, for writers of chunks and readers of contexts. A suite extends it for each
  * way to a store.
  *
  * Source of suites on Scala 2.13 and 2.12.
  */
trait StoreContract { this: munit.FunSuite =>

  /** A store with nothing in it, or nothing under what [[folder]] gives. */
  protected def openStore(): ObjectStore

  /** A folder in which a test may write, a new one for each: without a slash at either end. */
  protected def folder(): String

  /** The names under a folder now, hidden ones too; None if the suite cannot see them. */
  protected def names(folder: String): Option[List[String]]

  /** Whether the store creates an object in one step, and not by overwriting what another process has created. */
  protected def createsInOneStep: Boolean = true

  /** Runs the contract; a suite calls it once, in its body. */
  protected def storeContract(): Unit = {
    def stored(name: String)(body: (ObjectStore, String) => Unit): Unit = test(s"contract: $name") {
      val store = openStore()
      try body(store, folder())
      finally store.close()
    }

    stored("what is written can be read, with every byte") { (store, folder) =>
      val bytes = Array.tabulate(300 * 1000)(_.toByte)
      store.write(s"$folder/1.json", bytes)
      assertEquals(store.read(s"$folder/1.json", Int.MaxValue).toSeq, bytes.toSeq)
      store.write(s"$folder/2.json", Array.emptyByteArray)
      assertEquals(store.read(s"$folder/2.json", Int.MaxValue).toSeq, Seq.empty[Byte])
    }

    stored("a read stops at its limit") { (store, folder) =>
      store.write(s"$folder/1.json", "0123456789".getBytes("UTF-8"))
      for ((limit, expected) <- List(3 -> "012", 10 -> "0123456789", 11 -> "0123456789"))
        assertEquals(new String(store.read(s"$folder/1.json", limit), "UTF-8"), expected)
      assertEquals(new String(store.read(s"$folder/1.json", Int.MaxValue), "UTF-8"), "0123456789")
    }

    stored("what is written again is replaced") { (store, folder) =>
      store.write(s"$folder/1.json", "a longer text".getBytes("UTF-8"))
      store.write(s"$folder/1.json", "short".getBytes("UTF-8"))
      assertEquals(new String(store.read(s"$folder/1.json", Int.MaxValue), "UTF-8"), "short")
    }

    stored("of several processes that create an object at once one succeeds") { (store, folder) =>
      assume(createsInOneStep)
      val bodies  = (1 to 8).map(n => Array.fill(100 * 1000)(n.toByte))
      val threads = Executors.newFixedThreadPool(bodies.size)
      try {
        val start = new CountDownLatch(1)
        val created = bodies.map(body =>
          threads.submit[Boolean] { () =>
            start.await()
            store.create(s"$folder/deep/1.json", body)
          }
        )
        start.countDown()
        val winner =
          created.map(_.get(60, TimeUnit.SECONDS)).zip(bodies).collect { case (true, body) => body }
        assertEquals(winner.size, 1)
        assertEquals(store.read(s"$folder/deep/1.json", Int.MaxValue).toSeq, winner.head.toSeq)
        assert(!store.create(s"$folder/deep/1.json", Array.emptyByteArray))
        names(s"$folder/deep").foreach(found => assertEquals(found, List("1.json")))
      } finally threads.shutdownNow()
    }

    stored("nothing is left beside what was written") { (store, folder) =>
      for (n <- List(1, 2, 1)) store.write(s"$folder/$n.json", s"$n".getBytes("UTF-8"))
      names(folder).foreach(found => assertEquals(found.sorted, List("1.json", "2.json")))
    }

    stored("folders need not be made, and names keep their characters") { (store, folder) =>
      val key = s"$folder/deep/er/run a+b=c%20\u00fc\u4e2d&\u0027/1.json"
      store.write(key, "x".getBytes("UTF-8"))
      assertEquals(new String(store.read(key, Int.MaxValue), "UTF-8"), "x")
    }

    stored("what is not there is an error that names it and is final") { (store, folder) =>
      val e = intercept[PipesIoException](store.read(s"$folder/context.json", Int.MaxValue))
      assert(e.getMessage.contains(store.describe(s"$folder/context.json")), e.getMessage)
      assert(!e.retryable)
    }

    stored("whether an object is there can be asked without reading it") { (store, folder) =>
      assertEquals(store.presence(s"$folder/1.json"), Presence.ABSENT)
      store.write(s"$folder/1.json", "{}".getBytes("UTF-8"))
      assertEquals(store.presence(s"$folder/1.json"), Presence.THERE)
      assertEquals(store.presence(s"$folder/attempt-2/1.json"), Presence.ABSENT)
    }

    stored("whoever polls for an object finds it whole or not at all") { (store, folder) =>
      val sizes  = List(3 * 1000 * 1000, 2 * 1000 * 1000)
      val ended  = new AtomicBoolean
      val broken = new AtomicReference[String]
      val reader = new Thread(() =>
        while (!ended.get) {
          try {
            val seen = store.read(s"$folder/1.json", Int.MaxValue)
            if (!sizes.contains(seen.length)) broken.compareAndSet(null, s"${seen.length} bytes")
          } catch { case _: PipesIoException => } // between two names, or not yet
        }
      )
      reader.start()
      for (round <- 0 until 6) store.write(s"$folder/1.json", new Array[Byte](sizes(round % 2)))
      ended.set(true)
      reader.join()
      assertEquals(broken.get, null)
    }

    stored("eight threads write at once") { (store, folder) =>
      val pool  = Executors.newFixedThreadPool(8)
      val start = new CountDownLatch(1)
      for (n <- 1 to 8) pool.submit(new Runnable {
        override def run(): Unit = {
          start.await()
          store.write(s"$folder/$n.json", s"text $n".getBytes("UTF-8"))
        }
      })
      start.countDown()
      pool.shutdown()
      assert(pool.awaitTermination(60, TimeUnit.SECONDS))
      for (n <- 1 to 8)
        assertEquals(new String(store.read(s"$folder/$n.json", Int.MaxValue), "UTF-8"), s"text $n")
    }

    stored("a write of an interrupted thread breaks no later one") { (store, folder) =>
      Thread.currentThread().interrupt()
      try store.write(s"$folder/1.json", "x".getBytes("UTF-8"))
      catch { case _: PipesException => }
      finally Thread.interrupted()
      store.write(s"$folder/2.json", "y".getBytes("UTF-8"))
      assertEquals(new String(store.read(s"$folder/2.json", Int.MaxValue), "UTF-8"), "y")
    }
  }
}
