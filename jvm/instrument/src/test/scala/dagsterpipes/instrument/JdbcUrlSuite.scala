package dagsterpipes.instrument

/** The names of tables that a JDBC URL and an option give. */
class JdbcUrlSuite extends munit.FunSuite {
  private def table(url: String, called: String = "lines") =
    Option(JdbcUrl.of(url).table(called)).map(_.toString).orNull

  test("the database of a URL is in front of its tables") {
    for (
      (url, expected) <- Seq(
        "jdbc:postgresql://db:5432/shop?user=u&password=p"         -> "shop.lines",
        "jdbc:postgresql://a:1,b:2/shop"                           -> "shop.lines",
        "jdbc:mysql://u:p@db/shop"                                 -> "shop.lines",
        "jdbc:mariadb://db/"                                       -> "lines",
        "jdbc:sqlserver://db:1433;encrypt=true;databaseName=shop;" -> "shop.lines",
        "jdbc:sqlserver://db;database=shop"                        -> "shop.lines",
        "jdbc:jtds:sqlserver://db:1433/shop;user=u"                -> "shop.lines",
        "jdbc:oracle:thin:@//db:1521/shop"                         -> "shop.lines",
        "jdbc:oracle:thin:u/p@db:1521:shop"                        -> "shop.lines",
        "jdbc:oracle:thin:@(DESCRIPTION=(ADDRESS=(HOST=db))(CONNECT_DATA=(SERVICE_NAME=shop)))" -> "shop.lines",
        "jdbc:redshift://x.eu.redshift.amazonaws.com:5439/shop"       -> "shop.lines",
        "jdbc:db2://db:50000/shop:user=u;"                            -> "shop.lines",
        "jdbc:snowflake://x.snowflakecomputing.com/?db=shop&schema=s" -> "shop.lines",
        "jdbc:teradata://db/DATABASE=shop,TMODE=ANSI"                 -> "shop.lines",
        "jdbc:trino://db:8080/shop/public"                            -> "shop.lines",
        "jdbc:derby:memory:shop;create=true"                          -> "shop.lines",
        "jdbc:derby:/data/shop;create=true"                           -> "shop.lines",
        "jdbc:h2:mem:shop;DB_CLOSE_DELAY=-1"                          -> "shop.lines",
        "jdbc:sqlite:/data/shop.db"                                   -> "shop.lines",
        "jdbc:hsqldb:hsql://db/shop"                                  -> "shop.lines"
      )
    ) assertEquals(table(url), expected, url)
    assertEquals(table(null), "lines")
  }

  test("a name that says its database keeps it") {
    assertEquals(table("jdbc:mysql://db/shop", "other.lines"), "other.lines")
    assertEquals(table("jdbc:postgresql://db/shop", "public.lines"), "shop.public.lines")
    assertEquals(table("jdbc:sqlserver://db;databaseName=shop", "other.dbo.lines"), "other.dbo.lines")
  }

  test("quotes of a database are no part of a name, and a query is no name") {
    val url = "jdbc:postgresql://db/shop"
    for (
      (called, expected) <- Seq(
        "\"Public\".\"Order Lines\"" -> "shop.Public.Order Lines",
        "`a`.`b`"                    -> "shop.a.b",
        "[dbo].[Lines]"              -> "shop.dbo.Lines",
        " lines "                    -> "shop.lines",
        "\"a\"\"b\""                 -> "shop.a\"b",
        "(select * from lines) t"    -> null,
        "lines t"                    -> null,
        "\"open"                     -> null,
        "a."                         -> null,
        ""                           -> null
      )
    ) assertEquals(table(url, called), expected, called)
    assertEquals(JdbcUrl.of(url).table("\"a/b\".\"c.d\"").assetKey, "shop/a\\/b/c.d")
  }
}
