import importlib
import json
from dataclasses import replace

import pytest

from tests.bench.__main__ import PARTS, table
from tests.bench.case import COLUMNS, Case, Target
from tests.bench.docs import performance, put


def case(target: Target | None = None, ours=(1.0, 3.0, 2.0), reference=(8.0, 4.0, 6.0)) -> Case:
    return Case("group", "what", "s", ours, reference, "other 1.0", target)


@pytest.mark.parametrize(
    ("target", "met"),
    [
        (Target("ours", "at most", 2), True),
        (Target("ours", "under", 2), False),
        (Target("ours", "at least", 2), True),
        (Target("ratio", "at most", 0.34), True),
        (Target("ratio", "at least", 0.5), False),
        (Target("added", "under", 0), True),
        (None, None),
    ],
)
def test_a_target_compares_medians(target, met):
    assert case(target).is_met() is met


def test_what_is_added_is_counted_pair_by_pair_where_there_are_pairs():
    assert case(ours=(1.0, 10.0, 2.0), reference=(0.5, 4.0, 9.0)).added_median == 0.5
    assert case(ours=(1.0, 10.0), reference=(4.0,)).added_median == 1.5


@pytest.mark.parametrize(
    ("target", "text"),
    [
        (Target("ratio", "at least", 10), "at least 10 x"),
        (Target("ours", "under", 0.06), "under 0.06 s"),
        (Target("added", "at most", 1234), "at most 1,234 s added"),
    ],
)
def test_a_target_reads_as_it_is_meant(target, text):
    assert target.text("s") == text


def test_a_row_says_where_a_target_is_missed():
    assert case(Target("ours", "under", 2)).row() == ["what", "2 s", "6 s", "0.333", "1 to 3", "under 2 s", "NO"]
    assert case(reference=()).row() == ["what", "2 s", "", "", "1 to 3", "", ""]


def test_a_record_holds_every_sample():
    record = case(Target("ours", "at most", 2)).record()
    assert (record["ours"], record["reference"], record["met"]) == ([1.0, 3.0, 2.0], [8.0, 4.0, 6.0], True)


@pytest.mark.parametrize("target", [Target("ratio", "at least", 0.5), None])
def test_a_case_comes_back_from_its_record(target):
    given = case(target)
    assert Case.of_record(json.loads(json.dumps(given.record()))).row() == given.row()


def test_a_page_is_filled_between_its_marks_and_nowhere_else(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("a\n<!-- table -->\nold\n<!-- end -->\nb <!-- end -->\n")
    put(page, "table", "| new \\1 |")
    assert page.read_text() == "a\n<!-- table -->\n| new \\1 |\n<!-- end -->\nb <!-- end -->\n"
    with pytest.raises(ValueError, match=r"page.md has the mark 'figures' 0 times"):
        put(page, "figures", "")


def test_the_pages_table_lists_no_points_of_curves():
    shown = performance([case(), replace(case(), name="a point", detail=True)])
    assert "| what | 2 s | 6 s | 0.333 | 1 to 3 | | |" in shown
    assert "a point" not in shown
    assert "- Reference of group: other 1.0" in shown


def test_the_table_names_each_group_once():
    shown = table([case(), case(), Case("other", "what", "s", [1.0])])
    first = list(shown.columns[0].cells)
    assert (len(shown.columns), first) == (len(COLUMNS), ["**group**", "what", "what", "**other**", "what"])


@pytest.mark.parametrize("part", PARTS)
def test_every_part_can_be_loaded(part: str) -> None:
    assert callable(importlib.import_module(f"tests.bench.{part}").measure)
