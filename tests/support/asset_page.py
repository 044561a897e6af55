"""The page of an asset in Dagster's web UI, read as a person reads it: what is rendered, not what was asked for."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Locator, Page

_MARGIN_PIXELS = 12


class AssetPage:
    """The tab "Overview" of one asset.

    Args:
        page: the browser's page.
        address: where the web UI is.
        asset: the asset's key.
    """

    def __init__(self, page: Page, address: str, asset: str) -> None:
        self._page = page
        page.goto(f"{address}/assets/{asset}")

    def materialize(self, *, is_alone: bool = False) -> None:
        """Press "Materialize", for all assets of the step.

        Args:
            is_alone: whether this is the only asset of the step. The page then does not request a confirmation.
        """
        self._page.get_by_role("button", name="Materialize").first.click()
        if not is_alone:
            self._page.get_by_role("button", name="Confirm").click()

    @property
    def row_count(self) -> str:
        """The number beside "Row count"."""
        return self._row_count.inner_text()

    @property
    def columns(self) -> dict[str, list[str]]:
        """The section "Columns": type and constraints by name."""
        return {name: what.split("\n") for name, what, *_ in _rows(self._columns)}

    def value(self, key: str) -> str:
        """What the section "Metadata" shows beside a key."""
        return self._metadata(key).get_by_role("cell").last.inner_text().strip()

    def table(self, key: str) -> "Table":
        """The table that stands beside a key."""
        return Table(self._metadata(key), self._metadata(key).locator("table"))

    @contextmanager
    def opened(self, key: str) -> Iterator["Table"]:
        """The table in the window that opens when "[Show ...]" beside a key is pressed."""
        self._metadata(key).get_by_text("[Show ").click()
        window = self._page.get_by_role("dialog")
        window.locator("table").wait_for()
        yield Table(window, window.locator("table"))
        window.get_by_role("button", name="Close").click()
        window.wait_for(state="detached")

    def picture(self, path: Path) -> None:
        """The page from its head to the end of the section "Columns", without the navigation."""
        top = self._page.get_by_text("Overview", exact=True).last.bounding_box()
        bottom = self._columns.bounding_box()
        assert top is not None
        assert bottom is not None
        self._page.screenshot(
            path=path,
            clip={
                "x": top["x"] - _MARGIN_PIXELS,
                "y": 0,
                "width": bottom["width"] + 2 * _MARGIN_PIXELS,
                "height": bottom["y"] + bottom["height"] + _MARGIN_PIXELS,
            },
        )

    @property
    def _row_count(self) -> Locator:
        return self._page.locator("//span[.='Row count']/following-sibling::*")

    @property
    def _columns(self) -> Locator:
        return self._page.locator("table", has=self._page.get_by_text("Column name", exact=True))

    def _metadata(self, key: str) -> Locator:
        return self._page.locator("tr", has=self._page.get_by_text(key, exact=True))


class Table:
    """A rendered table and what it stands in."""

    def __init__(self, frame: Locator, table: Locator) -> None:
        self._frame = frame
        self._table = table

    @property
    def rows(self) -> list[dict[str, str]]:
        """The cells of each row by the heads of their columns."""
        rows = _rows(self._table)
        heads = [head.strip() for head in self._table.locator("thead").locator("th, td").all_inner_texts()]
        return [dict(zip(heads, row, strict=True)) for row in rows]

    def picture(self, path: Path) -> None:
        """The table with its frame."""
        self._frame.screenshot(path=path)


def _rows(table: Locator) -> list[list[str]]:
    rows = table.locator("tbody tr")
    rows.first.wait_for()
    return [[cell.strip() for cell in row.locator("td").all_inner_texts()] for row in rows.all()]
