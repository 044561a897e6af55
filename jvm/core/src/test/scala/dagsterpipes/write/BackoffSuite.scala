package dagsterpipes.write

class BackoffSuite extends munit.FunSuite {
  test("pauses double up to five seconds, and to one while the session closes") {
    val backoff = new Backoff
    val grown   = (1 to 30).map(_ => backoff.nextMillis(false))
    assert(grown.head >= 100 && grown.head <= 200, grown)
    assert(grown.drop(10).forall(millis => millis >= 2500 && millis <= 5000), grown)
    // An outage that ends two seconds before the close gives up would else be slept through, and everything be lost to stderr.
    assert((1 to 30).map(_ => backoff.nextMillis(true)).forall(millis => millis >= 500 && millis <= 1000))
    backoff.reset()
    assert(backoff.nextMillis(true) <= 200)
  }
}
