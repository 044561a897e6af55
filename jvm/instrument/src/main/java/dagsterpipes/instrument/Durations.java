package dagsterpipes.instrument;

/**
 * Times of tasks in a fixed number of counters, however many tasks there are: each is 5 % wide, and
 * so exact is the median. For one thread.
 */
final class Durations {
  private static final double WIDTH = Math.log(1.05);

  /** Up to a month in milliseconds. */
  private final int[] counters = new int[450];

  private int count;
  private long longest;

  void add(long millis) {
    int counter = (int) (Math.log(Math.max(1, millis)) / WIDTH);
    counters[Math.min(counter, counters.length - 1)]++;
    count++;
    longest = Math.max(longest, millis);
  }

  /** The longest over the median time; 0 below two tasks. */
  double skew() {
    return count < 2 ? 0 : longest / median();
  }

  private double median() {
    int seen = 0;
    for (int i = 0; i < counters.length; i++) {
      seen += counters[i];
      if (2 * seen >= count) {
        return Math.min(longest, Math.exp((i + 0.5) * WIDTH));
      }
    }
    return longest;
  }
}
