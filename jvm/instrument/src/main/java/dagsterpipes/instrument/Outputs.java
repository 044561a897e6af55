package dagsterpipes.instrument;

import dagsterpipes.PipesContext;
import dagsterpipes.errors.PipesException;
import dagsterpipes.report.AssetMaterialization;
import dagsterpipes.report.LogLevel;
import dagsterpipes.session.Session;
import dagsterpipes.wire.ContextFields;
import dagsterpipes.wire.PipesConf;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Assigns each write to an asset, and reports one materialization for each asset at the end:
 * Dagster takes no second one. Thread-safe.
 */
final class Outputs {
  /** A job that writes a place for each of a million keys is not to fill the driver. */
  private static final int MOST_PLACES = 200;

  private final PipesContext pipes;
  private final Session session;
  private final Notices notices;
  private final List<String> assets;
  private final Patterns patterns;
  private final Map<String, List<Write>> byAsset = new LinkedHashMap<>();
  private boolean mostSaid;

  Outputs(PipesContext pipes, Session session, Notices notices) {
    this.pipes = pipes;
    this.session = session;
    this.notices = notices;
    assets = pipes.isAssetStep() ? pipes.assetKeys() : Collections.<String>emptyList();
    patterns = Patterns.of(session, ContextFields.OUTPUTS, PipesConf.INSTRUMENT_OUTPUTS);
  }

  synchronized void add(Write write) {
    changeOthers(write);
    if (!write.effect().isWrite()) {
      return;
    }
    String asset = assetOf(write);
    notices.log(
        LogLevel.INFO,
        WriteText.of(write)
            + (asset != null || assets.isEmpty()
                ? ""
                : "; it belongs to none of this step's assets"));
    if (asset != null) {
      merge(byAsset.computeIfAbsent(asset, key -> new ArrayList<>()), write);
    }
  }

  /**
   * A change of a table voids the numbers of it, and a write those of other places that share its
   * files. A place that was emptied is shown only if there is no other one.
   */
  private void changeOthers(Write write) {
    Effect effect = write.effect();
    for (List<Write> places : byAsset.values()) {
      for (Write earlier : new ArrayList<>(places)) {
        boolean isSame = earlier.place().isSame(write.place());
        if (effect.isWrite() ? isSame : effect == Effect.NOTHING) {
          continue;
        }
        boolean isAnyPlace = !effect.isWrite() && !write.place().isTableOrFile();
        boolean isIt = !effect.isWrite() && earlier.place().mayBe(write.place());
        if (!isAnyPlace && !isIt && !earlier.place().sharesFiles(write.place())) {
          continue;
        }
        if (effect == Effect.EMPTIED && isSame) {
          places.remove(earlier);
          places.add(0, earlier.changedBy(Effect.EMPTIED));
        } else {
          places.set(places.indexOf(earlier), earlier.changedBy(Effect.DDL));
        }
      }
    }
  }

  /**
   * @param run the metadata of the whole application, added to each asset
   */
  synchronized void report(Map<String, Object> run) {
    for (Map.Entry<String, List<Write>> entry : byAsset.entrySet()) {
      Map<String, Object> metadata = new LinkedHashMap<>(WriteMetadata.of(entry.getValue(), pipes));
      metadata.putAll(run);
      report(
          AssetMaterialization.empty().withAssetKey(entry.getKey()).withMetadata(metadata),
          entry.getKey());
    }
    byAsset.clear();
  }

  /** The application may report the asset at the same moment, so there is no look beforehand. */
  private void report(AssetMaterialization materialization, String asset) {
    try {
      pipes.reportAssetMaterialization(materialization);
    } catch (PipesException e) {
      if (!session.isMaterialized(asset)) {
        throw e;
      }
      notices.log(
          LogLevel.INFO,
          "The application reported the asset "
              + asset
              + " itself: what Spark wrote is not added.");
    }
  }

  /** A sink without a place is no asset. An RDD has a place, even if it is not seen. */
  private String assetOf(Write write) {
    if (!write.place().isTableOrFile() && write.effect() != Effect.UNKNOWN) {
      return null;
    }
    if (patterns.isEmpty()) {
      return assets.size() == 1 ? assets.get(0) : null;
    }
    String asset = patterns.assetOf(write.place().tableName(), write.place().path());
    return assets.contains(asset) ? asset : null;
  }

  /** The writes to one place are one; the place that was written last is the last one. */
  private void merge(List<Write> places, Write write) {
    Write merged = write;
    for (Write earlier : places) {
      if (earlier.place().isSame(write.place())) {
        places.remove(earlier);
        merged = write.after(earlier);
        break;
      }
    }
    if (places.size() == MOST_PLACES) {
      places.remove(0);
      if (!mostSaid) {
        mostSaid = true;
        notices.say(
            "more than " + MOST_PLACES + " places are written: the last ones are reported.");
      }
    }
    places.add(merged);
  }
}
