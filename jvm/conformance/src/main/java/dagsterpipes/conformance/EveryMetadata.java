package dagsterpipes.conformance;

import dagsterpipes.report.MetadataValue;
import dagsterpipes.report.TableColumn;
import dagsterpipes.report.TableColumnDep;
import dagsterpipes.report.TableSchema;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.nio.file.Paths;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** A value of every metadata type, and plain values of every kind whose type is found. */
final class EveryMetadata {
  private static final long PAST_2_TO_53 = 9007199254740993L;
  private static final BigInteger PAST_2_TO_63 = BigInteger.ONE.shiftLeft(64).add(BigInteger.ONE);

  private EveryMetadata() {}

  static Map<String, Object> all() {
    Map<String, Object> all = new LinkedHashMap<>();
    typed(all);
    tables(all);
    inferred(all);
    odd(all);
    return all;
  }

  private static void typed(Map<String, Object> all) {
    all.put("text", MetadataValue.text("gr\u00f6\u00dfer \ud83d\ude80"));
    all.put("url", MetadataValue.url("https://dagster.io"));
    all.put("path", MetadataValue.path("s3://bucket/key"));
    all.put("notebook", MetadataValue.notebook("a.ipynb"));
    all.put("json", MetadataValue.json(Collections.singletonMap("a", Arrays.asList(1, 2.5, null))));
    all.put("md", MetadataValue.md("# ok\n"));
    all.put("float", MetadataValue.floatValue(1));
    all.put("int", MetadataValue.intValue(3));
    all.put("bool", MetadataValue.boolValue(true));
    all.put("run", MetadataValue.dagsterRun("db892d7f-0031-4747-973d-22e8b9095d9d"));
    all.put("asset", MetadataValue.asset("up/stream"));
    all.put("null", MetadataValue.nullValue());
    all.put("timestamp", MetadataValue.timestamp(Instant.parse("2013-01-01T00:00:00.5Z")));
  }

  private static void tables(Map<String, Object> all) {
    TableColumn id =
        TableColumn.of("id", "bigint")
            .withDescription("who")
            .withTags(Collections.singletonMap("pii", "no"))
            .withNullable(false)
            .withUnique(true)
            .withOtherConstraints(Collections.singletonList("> 0"));
    Map<String, Object> first = new LinkedHashMap<>();
    first.put("id", PAST_2_TO_53);
    first.put("delay", Double.NaN);
    Map<String, Object> second = new LinkedHashMap<>();
    second.put("id", 2);
    all.put(
        "table",
        MetadataValue.table(
            Arrays.asList(id, TableColumn.of("delay", "double")), Arrays.asList(first, second)));
    all.put("table schema", MetadataValue.tableSchema(TableSchema.of(id)));
    all.put(
        "lineage",
        MetadataValue.tableColumnLineage(
            Collections.singletonMap(
                "id", Collections.singletonList(TableColumnDep.of("up/stream", "source_id")))));
  }

  private static void inferred(Map<String, Object> all) {
    all.put("inferred text", "plain");
    all.put("inferred int", new AtomicLong(3));
    all.put("inferred float", new BigDecimal("3.00"));
    all.put("inferred bool", false);
    all.put("inferred null", null);
    all.put("inferred list", new int[] {1, 2});
    all.put("inferred map", Collections.singletonMap("day", LocalDate.of(2013, 1, 1)));
    all.put("inferred timestamp", Instant.EPOCH);
    all.put("inferred url", URI.create("https://dagster.io"));
    all.put("inferred path", Paths.get("data", "orders"));
    all.put("inferred optional", Optional.of(MetadataValue.md("# ok")));
    all.put("inferred enum", TimeUnit.DAYS);
    all.put("inferred duration", Duration.ofSeconds(90));
    all.put("inferred uuid", UUID.fromString("db892d7f-0031-4747-973d-22e8b9095d9d"));
  }

  /** What Dagster, Python or the web page would stumble over. */
  private static void odd(Map<String, Object> all) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("nan", Double.NaN);
    json.put("infinities", Arrays.asList(Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY));
    json.put("past 2^53", PAST_2_TO_53);
    json.put("past 2^63", PAST_2_TO_63);
    all.put("odd json", json);
    all.put("bare json", MetadataValue.json(PAST_2_TO_53));
    all.put("nan", MetadataValue.floatValue(Double.NaN));
    all.put("infinity", Double.POSITIVE_INFINITY);
    all.put("past 2^53", PAST_2_TO_53);
    all.put("past 2^63", PAST_2_TO_63);
    all.put("5001 digits", BigInteger.TEN.pow(5000));
    all.put("whole decimal", new BigDecimal("9007199254740993.00"));
    all.put("long decimal", new BigDecimal("0.12345678901234567890"));
    all.put("no timestamp", MetadataValue.timestamp(Double.NaN));
    all.put("far timestamp", Instant.MAX);
    all.put("half a character", "a\ud83dz");
    all.put("control characters", "\u0000\u0001\u007f\u2028");
    all.put("", "an empty name");
  }
}
