"""Draws docs/images/scaling.svg from what `make bench` measured: `python -m tests.bench.scaling_picture [BENCH_JSON]`."""

import json
import statistics
import sys
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("svg")
# Text stays text, and the same figures give the same file.
matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "scaling", "font.size": 9})

from matplotlib import pyplot as plt  # noqa: E402  # after the back end is chosen
from tests.bench.__main__ import RESULTS  # noqa: E402

PICTURE = Path(__file__).parents[2] / "docs" / "images" / "scaling.svg"
COLUMNS = 4
# What a panel shows; several curves where they have one axis.
PANELS = (
    ("memory added", "runs", ("memory added",)),
    ("threads", "runs", ("threads",)),
    ("S3 requests", "runs", ("requests",)),
    ("CPU of the waiting process", "runs", ("CPU",)),
    ("messages, file to handler", "messages", ("file to counting handler",)),
    *(
        (title, per, tuple(f"context by {way}" for way in ("environment", "file", "S3")))
        for title, per in (("injecting partition keys", "partition keys"), ("injecting extras", "bytes of extras"))
    ),
    ("loading keys", "partition keys", ("loading, Python", "session on the JVM, from start to exit")),
)


def curves(cases: list[dict[str, Any]]) -> dict[tuple[str, str], tuple[str, list[tuple[int, float]]]]:
    """Unit and points of each curve, by its name and what it grows with."""
    found: dict[tuple[str, str], tuple[str, list[tuple[int, float]]]] = {}
    for case in cases:
        if "curve" in case:
            _, points = found.setdefault((case["curve"], case["per"]), (case["unit"], []))
            points.append((case["size"], statistics.median(case["ours"])))
    return found


def main() -> None:
    """Draw."""
    source = Path(sys.argv[1]) if sys.argv[1:] else RESULTS
    measured = json.loads(source.read_text(encoding="utf-8"))
    found = curves([case for part in measured["parts"] if part["part"] == "scaling" for case in part["cases"]])
    if not found:
        sys.exit(f"{source} holds no part `scaling`: run `make bench` first.")
    rows = -(-len(PANELS) // COLUMNS)
    figure, axes = plt.subplots(rows, COLUMNS, figsize=(3 * COLUMNS, 2.9 * rows), layout="constrained")
    for axis, (title, per, names) in zip(axes.flat, PANELS, strict=True):
        unit = ""
        for name in names:
            unit, points = found[name, per]
            sizes, values = zip(*points, strict=True)
            axis.plot(sizes, values, marker="o", label=name.removeprefix("context by ").partition(", from")[0])
        # From the first point on, each ten times more costs ten times more.
        axis.plot(sizes, [values[0] * size / sizes[0] for size in sizes], color="0.7", linestyle="--", label="linear")
        axis.set(xscale="log", yscale="log", title=title, xlabel=per, ylabel=unit)
        axis.minorticks_off()
        axis.grid(color="0.92")
        axis.legend(fontsize=7, frameon=False)
    PICTURE.parent.mkdir(exist_ok=True)
    figure.savefig(PICTURE, metadata={"Date": None})
    figure.savefig(RESULTS.with_name("scaling.png"), dpi=80)
    print(f"{PICTURE.relative_to(Path.cwd())}: {PICTURE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
