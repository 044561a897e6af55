package dagsterpipes.bench;

/** Nothing: a class that named the bridge would load some of it when it is verified. */
public final class Bare {
  private Bare() {}

  public static void main(String[] args) {}
}
