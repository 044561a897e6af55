"""The page of a run in Dagster's web UI: its events in the words that a user sees."""

from dataclasses import dataclass

from playwright.sync_api import Page

_HEIGHT_PIXELS = 4_000
_COLUMNS = 3


@dataclass(frozen=True)
class Event:
    """One row of the page.

    Args:
        kind: the type of the event, or the level of a log message.
        lines: the text, with the labels and values of its metadata.
    """

    kind: str
    lines: tuple[str, ...]

    @property
    def first_line(self) -> str:
        """The line that a user reads first."""
        return self.lines[0]


def events_of_step(page: Page, address: str, run_id: str) -> list[Event]:
    """The events from the start of the run's only step to its end.

    Args:
        page: the browser's page.
        address: the address of the web UI.
        run_id: a run that has ended.
    """
    # The page renders only the rows that it has room for.
    page.set_viewport_size({"width": 1440, "height": _HEIGHT_PIXELS})
    page.goto(f"{address}/runs/{run_id}")
    rows = page.locator("[data-index]")
    rows.filter(has_text="Execution of run for").or_(rows.filter(has_text="Finished execution of run")).last.wait_for()
    events = [_event(text.split("\n")) for text in rows.all_inner_texts()]
    kinds = [event.kind for event in events]
    end = next(index for index, kind in enumerate(kinds) if kind in ("STEP_SUCCESS", "STEP_FAILURE"))
    return events[kinds.index("STEP_START") + 1 : end + 1]


def _event(lines: list[str]) -> Event:
    _time, _op, kind, *text = [line for line in lines if line.strip()]
    return Event(kind, tuple(text))
