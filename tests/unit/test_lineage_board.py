"""The judges of the scoreboard: the adapter to sqlglot, the scorer, and the reader of OpenLineage's events."""

import importlib
import json
import re
from collections.abc import Sequence

import pytest
from sqlglot import parse_one

from tests.lineage import openlineage, tpc
from tests.lineage.board import Reasons, Row
from tests.lineage.direct import NotResolvedError, direct_dependencies
from tests.lineage.docs import page
from tests.lineage.score import Score, score_dependencies, score_facts, total
from tests.lineage.suites import DELTA_AND_ICEBERG, SHAPES

SCHEMA = {
    "orders": {"id": "bigint", "customer": "bigint", "amount": "double", "day": "varchar", "status": "varchar"},
    "customers": {"id": "bigint", "name": "varchar", "region": "varchar"},
}


def dependencies(sql: str) -> dict[str, str]:
    """Each column with its sources as one text."""
    found = direct_dependencies(parse_one(sql, dialect="duckdb"), SCHEMA)
    return {column: " ".join(sorted(sources)) for column, sources in found.items()}


@pytest.mark.parametrize(
    ("expression", "sources"),
    [
        ("amount * 2", "orders.amount"),
        ("sum(amount) over (partition by customer order by day)", "orders.amount"),
        ("sum(amount) over (order by day rows between 1 preceding and current row) / id", "orders.amount orders.id"),
        ("rank() over (order by amount)", ""),
        ("count(*)", ""),
        ("count(day)", "orders.day"),
        ("sum(amount) filter (where status = 'paid')", "orders.amount"),
        ("array_agg(day order by amount)", "orders.day"),
        ("sum(sum(amount) filter (where status = 'paid')) over (partition by status)", "orders.amount"),
        ("case when status = 'paid' then amount else 0 end", "orders.amount orders.status"),
        ("grouping(status)", ""),
        ("amount - (select max(id) from customers where region = 'north')", "customers.id orders.amount"),
        ("(select max(c.name) from customers c where c.id = orders.customer)", "customers.name"),
        ("case when customer in (select id from customers) then day end", "customers.id orders.customer orders.day"),
        ("case when exists (select c.name from customers c where c.id = orders.customer) then day end", "orders.day"),
    ],
)
def test_a_dependency_is_direct_where_the_value_flows(expression: str, sources: str) -> None:
    assert dependencies(f"select {expression} as x from orders") == {"x": sources}


@pytest.mark.parametrize(
    ("query", "sources"),
    [
        (
            "select id as x from orders where amount > 1 group by id having max(day) > '' order by max(status)",
            "orders.id",
        ),
        ("select o.day as x from orders o join customers c on o.customer = c.id", "orders.day"),
        ("select id as x from orders union select id from customers", "customers.id orders.id"),
        ("select id as x from orders intersect select id from customers", "customers.id orders.id"),
        ("select id as x from orders except select id from customers", "orders.id"),
        ("with o as (select id from orders) select id as x from o except select id from customers", "orders.id"),
        ("with o as (select amount + id as y from orders) select a.y as x from o a, o b", "orders.amount orders.id"),
        ("select x from (select *, row_number() over (order by day) as x from orders)", ""),
    ],
)
def test_rows_that_are_selected_make_no_dependency(query: str, sources: str) -> None:
    assert dependencies(query) == {"x": sources}


def test_sqlglot_is_not_asked_for_what_it_reads_otherwise() -> None:
    with pytest.raises(NotResolvedError, match="USING"):
        dependencies("select id from orders join customers using (id)")


def test_each_output_of_a_query_gets_a_name_of_its_own() -> None:
    named = tpc.with_output_names(
        parse_one("select a.id, b.id, max(a.x), a.y as z from a, b union all select 1, 2, 3, 4")
    )
    assert named.named_selects == ["id", "id_2", "column_3", "z"]


def test_tpc_h_is_generated_offline_with_all_of_its_dependencies() -> None:
    benchmark = tpc.load("tpch")
    assert len(benchmark.queries) == 22
    by_name = {query.name: query for query in benchmark.queries}
    assert by_name["q14"].expected == {
        "promo_revenue": {"part.p_type", "lineitem.l_extendedprice", "lineitem.l_discount"}
    }
    assert sum(len(sources) for query in benchmark.queries for sources in query.expected.values()) == 89


@pytest.mark.matrix
def test_tpc_ds_is_generated_offline_with_all_of_its_dependencies() -> None:
    benchmark = tpc.load("tpcds")
    assert len(benchmark.queries) == 99
    assert all(query.expected for query in benchmark.queries)


EXPECTED = {"total": {"orders.amount"}, "who": {"customers.name", "orders.status"}, "n": set()}


@pytest.mark.parametrize(
    ("told", "left_out", "wrong"),
    [
        ({"total": {"orders.amount"}, "who": {"customers.name", "orders.status"}}, set(), set()),
        ({"total": {"orders.amount"}, "who": {"customers.name"}}, {"who <- orders.status"}, set()),
        ({}, {"total <- orders.amount", "who <- customers.name", "who <- orders.status"}, set()),
        ({**EXPECTED, "total": {"orders.amount", "orders.day"}}, set(), {"total <- orders.day"}),
        ({**EXPECTED, "n": {"orders.id"}}, set(), {"n <- orders.id"}),
        ({**EXPECTED, "other": {"orders.id"}}, set(), {"other <- orders.id"}),
        ({**EXPECTED, "n": {"totals.n"}}, set(), set()),
        ({**EXPECTED, "n": {"totals.who"}}, set(), {"n <- totals.who"}),
    ],
)
def test_the_scorer_tells_what_is_left_out_from_what_is_wrong(told, left_out, wrong) -> None:
    score = score_dependencies("totals", EXPECTED, told)
    assert (score.left_out, score.wrong) == (left_out, wrong)
    assert len(score.right) == 3 - len(left_out)
    assert score.is_complete is (not left_out and not wrong)


def test_a_fact_that_is_told_differently_is_wrong_and_one_that_is_not_told_is_left_out() -> None:
    score = score_facts({"rows": 10, "files": 2, "bytes": 99}, {"rows": 9, "files": 2})
    assert (score.right, score.left_out, score.wrong) == ({"files"}, {"bytes"}, {"rows: 9 for 10"})


def row(
    ours: Score,
    theirs: Score,
    facts: Score,
    suite: str = "hard shapes",
    failed: Sequence[str] = (),
    reasons: Reasons = "the plan has more than 5000 nodes",
) -> Row:
    return Row(suite, "3.5", {"q1": ours}, {"q1": theirs}, {"q1": facts}, {"q1": reasons}, failed)


def score(right: str = "", left_out: str = "", wrong: str = "") -> Score:
    return Score(*(frozenset(text.split()) for text in (right, left_out, wrong)))


@pytest.mark.parametrize(
    ("board", "kept"),
    [
        (row(score("a b"), score("a", "b"), score("rows")), True),
        (row(score("a", "b"), score("a", "b"), score("rows")), True),
        (row(score("a", "b"), score("a", "b"), score("rows"), suite="TPC-H"), False),
        (row(score("a b", wrong="c"), score("a", "b"), score("rows")), False),
        (row(score("a", "b"), score("a b"), score("rows")), False),
        (row(score("a b"), score("a b"), score("", wrong="rows")), False),
        (row(score("a b"), score("a"), score("rows"), failed=["q2"]), False),
        (row(score("a", "b"), score("a"), score("rows"), reasons={"b": "it is made from an RDD"}), True),
        (row(score("a", "b"), score("a"), score("rows"), reasons={"a": "it is made from an RDD"}), False),
    ],
)
def test_a_row_breaks_its_promises_by_a_wrong_dependency_or_fact_or_fewer_right_ones(board: Row, kept: bool) -> None:
    assert board.keeps_promises is kept
    assert Row.of_record(json.loads(json.dumps(board.record()))).record() == board.record()


def test_a_dependency_that_is_left_out_needs_the_reason_of_its_column() -> None:
    left_out = Score(frozenset(), frozenset({"x <- orders.id", "y <- orders.id"}), frozenset())
    board = row(left_out, score(), score(), reasons={"x": "it is made from an RDD"})
    assert board.unexplained == {"q1": ["y <- orders.id"]}
    assert "q1: silently left out y <- orders.id" in board.findings()
    assert row(left_out, score(), score()).unexplained == {}
    assert row(left_out, score(), score(), reasons={}).unexplained == {"q1": ["x <- orders.id", "y <- orders.id"]}


def test_the_page_has_a_line_for_each_tool_and_names_where_the_other_one_is_ahead() -> None:
    text = page([row(score("a", "b", "c"), score("a b"), score("rows"))])
    assert "| hard shapes | 3.5 | this bridge | 1 | 1 | 0 | 1 | 0 of 1 |" in text
    assert f"| hard shapes | 3.5 | OpenLineage {openlineage.VERSION} | 2 | 0 | - | 0 | 1 of 1 |" in text
    assert "| `q1` | hard shapes | 3.5 |" in text
    assert "more right by OpenLineage" not in page([row(score("a b"), score("a"), score("rows"))])
    assert total({"q1": score("a", "b", "c")}).complete == 0


def test_openlineages_events_are_read_as_it_means_them(tmp_path) -> None:
    def event(run: str, column: str, field: str, kind: str, subtype: str, change: str = "") -> str:
        source = {"name": "/lake/orders", "field": field, "transformations": [{"type": kind, "subtype": subtype}]}
        facets = {"columnLineage": {"fields": {column: {"inputFields": [source]}}}}
        if change:
            facets["lifecycleStateChange"] = {"lifecycleStateChange": change}
        return json.dumps({"run": {"runId": run}, "outputs": [{"name": "/lake/out/totals", "facets": facets}]})

    events = tmp_path / "events.jsonl"
    lines = [
        event("0", "old", "id", "DIRECT", "IDENTITY"),
        event("1", "Total", "amount", "DIRECT", "AGGREGATION", "OVERWRITE"),
        event("1", "Total", "STATUS", "INDIRECT", "CONDITIONAL", "OVERWRITE"),
        event("1", "Total", "day", "INDIRECT", "WINDOW", "OVERWRITE"),
        event("2", "id", "id", "DIRECT", "IDENTITY"),
        json.dumps({"run": {"runId": "3"}, "outputs": []}),
    ]
    events.write_text("\n".join(lines), encoding="utf-8")
    assert openlineage.dependencies(events) == {
        "totals": {"total": {"orders.amount", "orders.status"}, "id": {"orders.id"}}
    }


def test_the_shapes_can_be_told_apart_and_name_their_sources() -> None:
    modules = [importlib.import_module(f"tests.lineage.shapes.{name}") for name in (*SHAPES, *DELTA_AND_ICEBERG)]
    outputs = [item for module in modules for shape in module.SHAPES for item in shape.expected.items()]
    names = [name for name, _ in outputs]
    assert len(names) == len(set(names))
    assert [(a, b) for a in names for b in names if a != b and a.endswith(b)] == []
    sources = [source for _, columns in outputs for text in columns.values() for source in text.split()]
    assert [source for source in sources if not re.fullmatch(r"[a-z]\w*\.[a-z]\w*", source)] == []
