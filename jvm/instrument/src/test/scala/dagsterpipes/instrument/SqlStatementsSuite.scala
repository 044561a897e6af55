package dagsterpipes.instrument

import scala.collection.JavaConverters._

/** The statements of SQL files. */
class SqlStatementsSuite extends munit.FunSuite {
  private def statements(text: String) = SqlStatements.separated(text).asScala.map(_.trim).toList

  test("semicolons in quotes and comments end no statement") {
    for (
      (text, expected) <- Seq(
        "select 1; select 2;\n"                     -> List("select 1", "select 2"),
        "select ';', \"a;b\", `c;d`; select 2"      -> List("select ';', \"a;b\", `c;d`", "select 2"),
        "select 'it\\'s; one'; select 2"            -> List("select 'it\\'s; one'", "select 2"),
        "select 1 -- not; here\n, 2; select 3"      -> List("select 1 -- not; here\n, 2", "select 3"),
        "select /* a; /* b; */ c; */ 1; select 2"   -> List("select /* a; /* b; */ c; */ 1", "select 2"),
        "select '--', 1; select 2"                  -> List("select '--', 1", "select 2"),
        "-- only; a comment\n;/* another; */; ; \n" -> Nil,
        "select 'open; "                            -> List("select 'open;"),
        ""                                          -> Nil
      )
    ) assertEquals(statements(text), expected, text)
  }
}
