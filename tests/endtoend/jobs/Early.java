import java.util.ArrayList;
import java.util.List;

/** Fails before a Pipes session opens, in the way that the main class says. */
public class Early {
  private static final String CONFIGURATION = configuration();

  private static String configuration() {
    throw new IllegalStateException("no configuration");
  }

  public static void main(String[] args) {
    System.out.println(CONFIGURATION);
  }

  /** Has no main. */
  public static class NoMain {}

  /** Needs more memory than there is. */
  public static class Full {
    public static void main(String[] args) {
      List<byte[]> kept = new ArrayList<>();
      while (true) {
        kept.add(new byte[1 << 20]);
      }
    }
  }
}
