import java.net.Authenticator;
import java.net.PasswordAuthentication;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.Arrays;
import org.apache.hadoop.yarn.client.cli.ApplicationCLI;
import org.apache.hadoop.yarn.client.cli.LogsCLI;

/** Hadoop's {@code yarn application} and {@code yarn logs} with the web secret: {@code YarnCli FILE COMMAND ...}. */
public final class YarnCli {
  private YarnCli() {}

  public static void main(String[] args) throws Exception {
    char[] secret = Files.readString(Paths.get(args[0])).trim().toCharArray();
    Authenticator.setDefault(
        new Authenticator() {
          @Override
          protected PasswordAuthentication getPasswordAuthentication() {
            return new PasswordAuthentication(WebDoor.USER, secret);
          }
        });
    if (args.length > 1 && args[1].equals("logs")) {
      LogsCLI.main(Arrays.copyOfRange(args, 2, args.length));
    } else {
      ApplicationCLI.main(Arrays.copyOfRange(args, 1, args.length));
    }
  }
}
