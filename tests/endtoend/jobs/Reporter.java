import dagsterpipes.Pipes;
import dagsterpipes.report.AssetMaterialization;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * {@code Reporter ASSET ENDING TOGETHER [CHILD_ARGUMENT...]}: reports one asset. ENDING is close, or halt: it ends
 * before the session closes.
 *
 * <p>TOGETHER is a directory, where the process waits until a second one has come; {@code -}: it does not wait. With
 * further arguments it starts itself with them while its session is open.
 */
public final class Reporter {
  public static void main(String[] args) throws Exception {
    if (!args[2].equals("-")) {
      Path together = Paths.get(args[2]);
      Files.createFile(together.resolve(args[0]));
      while (together.toFile().list().length < 2) {
        Thread.sleep(1);
      }
    }
    Pipes.run(
        new String[0],
        pipes -> {
          for (int i = 0; i < 50; i++) {
            pipes.log().info(args[0] + " " + i);
          }
          if (args.length > 3) {
            List<String> command = new ArrayList<>();
            command.add(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java");
            command.addAll(Arrays.asList("-cp", System.getProperty("java.class.path"), "Reporter"));
            command.addAll(Arrays.asList(args).subList(3, args.length));
            if (new ProcessBuilder(command).inheritIO().start().waitFor() != 0) {
              throw new IllegalStateException("the child failed");
            }
          }
          pipes.reportAssetMaterialization(
              AssetMaterialization.empty().withAssetKey(args[0]).withMetadata("by", args[0]));
          if (args[1].equals("halt")) {
            Thread.sleep(1000);
            Runtime.getRuntime().halt(0);
          }
        });
  }
}
