package org.apache.spark.launcher;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Parses each line of stdin with Spark's own parser; words and results are base64 with commas, a failure is `!`. */
class SparkParser extends SparkSubmitOptionParser {
  private final List<String> seen = new ArrayList<>();

  @Override
  protected boolean handle(String option, String value) {
    seen.add(option);
    if (value != null) seen.add("=" + value);
    return true;
  }

  @Override
  protected boolean handleUnknown(String word) {
    // As in SparkSubmitArguments.
    if (word.startsWith("-")) throw new IllegalArgumentException(word);
    seen.add("application " + word);
    return false;
  }

  @Override
  protected void handleExtraArgs(List<String> extra) {
    for (String arg : extra) seen.add("arg " + arg);
  }

  public static void main(String[] ignored) throws Exception {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    for (String line; (line = in.readLine()) != null; ) {
      List<String> words = new ArrayList<>();
      for (String word : line.isEmpty() ? new String[0] : line.split(",", -1))
        words.add(new String(Base64.getDecoder().decode(word.substring(1)), StandardCharsets.UTF_8));
      SparkParser parser = new SparkParser();
      try {
        parser.parse(words);
        List<String> encoded = new ArrayList<>();
        for (String text : parser.seen)
          encoded.add(Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8)));
        System.out.println(String.join(",", encoded));
      } catch (IllegalArgumentException e) {
        System.out.println("!");
      }
    }
  }
}
