"""`make dev`, as a person sees it: an asset is materialized with the button, and read from the page in a browser.

What is expected is counted in the input and in the files that the application wrote. `make screenshots` keeps the pictures.
"""

import csv
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page
from pyarrow import parquet

from tests.conftest import REPOSITORY
from tests.support import dev
from tests.support.asset_page import AssetPage
from tests.support.browser import browser_page

SOURCE = REPOSITORY / "examples" / "zero_code" / "src" / "main" / "scala" / "delays" / "Delays.scala"
# A limit, not an expectation.
PAGE_TIMEOUT_SECONDS = 60


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dev.Dev]:
    with dev.started(tmp_path_factory.mktemp("dev")) as server:
        yield server


@pytest.fixture(scope="module")
def page(running: dev.Dev) -> Iterator[Page]:
    """A browser in which both assets of the Scala application have been materialized."""
    with browser_page(timeout_seconds=PAGE_TIMEOUT_SECONDS) as browser:
        running.ask("{ version }")
        AssetPage(browser, running.address, "delays").materialize()
        assert running.finished_run() == "SUCCESS", running.output
        yield browser


@pytest.fixture
def delays(page: Page, running: dev.Dev) -> AssetPage:
    return AssetPage(page, running.address, "delays")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = os.environ.get("SCREENSHOTS_DIR")
    return Path(directory) if directory else tmp_path_factory.mktemp("pictures")


def output(running: dev.Dev, asset: str) -> Path:
    """Where the application wrote; Spark puts a table with a relative path into its warehouse."""
    parent = {"delays": "output", "totals": "spark-warehouse/output"}[asset]
    return running.state / "zero_code" / parent / asset


def test_the_web_ui_opens_on_the_assets_of_both_examples(running: dev.Dev) -> None:
    nodes = running.ask("{ assetNodes { groupName assetKey { path } } }")["assetNodes"]
    assert sorted((node["groupName"], *node["assetKey"]["path"]) for node in nodes) == [
        ("migration", "delays_by_pyspark"),
        ("migration", "delays_by_scala"),
        ("migration", "delays_without_io_manager"),
        ("migration", "flights_by_pyspark"),
        ("migration", "flights_by_scala"),
        ("zero_code", "delays"),
        ("zero_code", "flights"),
        ("zero_code", "totals"),
    ], running.output


def test_the_page_shows_the_rows_that_are_in_the_files(delays: AssetPage, running: dev.Dev) -> None:
    with (running.state / "zero_code" / "flights.csv").open(encoding="utf-8", newline="") as flights:
        pairs = {(flight["carrier"], flight["origin"]) for flight in csv.DictReader(flights)}
    assert delays.row_count == str(len(pairs))
    assert delays.row_count == str(parquet.read_table(output(running, "delays")).num_rows)
    written = [path for path in output(running, "delays").rglob("*.parquet")]
    assert delays.value("spark/files_written") == str(len(written))
    assert delays.value("spark/bytes_written") == str(sum(path.stat().st_size for path in written))


def test_the_page_shows_the_columns_that_are_in_the_files(delays: AssetPage, running: dev.Dev, pictures: Path) -> None:
    assert delays.columns == {
        "carrier": ["string"],
        "origin": ["string"],
        "mean_delay": ["double"],
        "flights": ["bigint", "non-nullable"],
        "airline": ["string"],
        "place": ["int", "non-nullable"],
    }
    assert set(delays.columns) == set(parquet.read_table(output(running, "delays")).column_names)
    delays.picture(pictures / "zero-code-asset.png")


def test_the_page_shows_what_each_column_is_made_from(
    delays: AssetPage, page: Page, running: dev.Dev, pictures: Path
) -> None:
    lineage = delays.table("spark/column_lineage")
    assert [(row["column"], row["from"]) for row in lineage.rows] == [
        ("carrier", "flights.carrier"),
        ("origin", "flights.origin"),
        ("mean_delay", "flights.dep_delay"),
    ]
    lineage.picture(pictures / "zero-code-lineage.png")
    totals = AssetPage(page, running.address, "totals")
    assert [(row["column"], row["from"]) for row in totals.table("spark/column_lineage").rows] == [
        ("airline", "delays.airline"),
        ("flights", "delays.flights"),
    ]
    assert totals.row_count == str(parquet.read_table(output(running, "totals")).num_rows)


def test_the_page_shows_the_stages_by_the_lines_that_asked_for_them(
    delays: AssetPage, running: dev.Dev, pictures: Path
) -> None:
    with delays.opened("spark/stages") as stages:
        rows = stages.rows
        stages.picture(pictures / "zero-code-stages.png")
    assert str(sum(int(row["tasks"]) for row in rows)) == delays.value("spark/tasks")
    assert {row["failed"] for row in rows} == {"0"}
    code = SOURCE.read_text(encoding="utf-8").splitlines()
    for row in rows:
        call = re.fullmatch(r"(\w+) at Delays\.scala:(\d+)", row[""])
        assert call, row
        assert f".{call[1]}" in code[int(call[2]) - 1], row
    mebibytes = (running.state / "zero_code" / "flights.csv").stat().st_size / 2**20
    read = [row for row in rows if row["input"].endswith(" MiB")]
    # Two tasks read one file: each goes a little beyond its half, to the end of a line.
    assert len(read) == 1
    assert float(read[0]["input"].split()[0]) == pytest.approx(mebibytes, abs=0.2)
