package jobs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

/** The jobs without Dagster: what they compute is a function of DataFrames. */
class JobsTest {
  private static final String ORDERS =
      "select * from values (1, 'monday', 2.0D, 'paid'), (2, 'monday', 9.0D, 'open'), (3, 'tuesday', 1.0D, 'paid')"
          + " as orders (id, day, amount, status)";

  @Test
  void paidOrdersAndTheirRevenueByDay() {
    SparkSession spark =
        SparkSession.builder().master("local[1]").config("spark.ui.enabled", "false").getOrCreate();
    try {
      Dataset<Row> paid = Orders.paid(spark.sql(ORDERS));
      assertArrayEquals(new String[] {"id", "day", "amount"}, paid.columns());
      List<Row> revenue = Revenue.byDay(paid).collectAsList();
      assertEquals("[[monday,2.0], [tuesday,1.0]]", revenue.toString());
    } finally {
      spark.stop();
    }
  }
}
