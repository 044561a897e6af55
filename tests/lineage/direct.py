"""The direct dependencies of a query's columns, found by sqlglot, which shares no code with Spark or with us.

docs/zero-code.md defines a direct dependency. sqlglot follows every column inside an expression, so `flowing` first
removes the parts of expressions through which no value flows. It is the only place that differs from sqlglot.
"""

from collections.abc import Mapping

from sqlglot import exp
from sqlglot.lineage import lineage
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import build_scope

Dependencies = Mapping[str, frozenset[str]]
"""Each output column with the source columns, `table.column`, that flow into it; all names are lower case."""

Schema = Mapping[str, Mapping[str, str]]
"""The types of columns by their names, for each table."""


class NotResolvedError(Exception):
    """sqlglot cannot tell the source of a column."""


def direct_dependencies(query: exp.Expression, schema: Schema) -> Dependencies:
    """The dependencies of each output column.

    Args:
        query: one statement, as parsed.
        schema: of every table that it names.

    Raises:
        NotResolvedError: sqlglot left a column without its table.
    """
    if any(join.args.get("using") or join.method == "NATURAL" for join in query.find_all(exp.Join)):
        raise NotResolvedError("sqlglot reads a column of USING from both sides of any join")
    qualified = flowing(qualify(query.copy(), schema=dict(schema), validate_qualify_columns=True))
    scope = build_scope(qualified)
    found: dict[str, frozenset[str]] = {}
    for column, node in lineage(None, qualified, dict(schema), scope=scope, trim_selects=False).items():
        sources = set()
        for leaf in node.walk():
            if isinstance(leaf.expression, exp.Table):
                sources.add(f"{leaf.expression.name}.{leaf.name.rpartition('.')[2]}".replace('"', "").lower())
            elif isinstance(leaf.expression, exp.Placeholder):
                raise NotResolvedError(f"{column}: the source of {leaf.name} is not known")
        found[column.lower()] = frozenset(sources)
    return found


def flowing(query: exp.Expression) -> exp.Expression:
    """The query, changed in place, without the parts of its expressions through which no value flows."""
    for node in reversed(list(query.bfs())):  # The innermost parts come first.
        kept = _kept(node)
        if kept is not node:
            query = kept if node is query else query
            node.replace(kept)
    return query


def _kept(node: exp.Expression) -> exp.Expression:
    """The part of an expression that its value is made from."""
    if isinstance(node, exp.Window | exp.Filter):  # OVER (...) and FILTER (WHERE ...) select rows.
        return node.this.pop()
    if isinstance(node, exp.Order) and isinstance(node.this, exp.Expression):  # array_agg(x ORDER BY y)
        return node.this.pop()
    if isinstance(node, exp.Exists | exp.Grouping | exp.GroupingId):  # The existence of rows, the grouping set.
        return exp.true()
    if isinstance(node, exp.Except):  # Its right side removes rows of the left one.
        left, with_ = node.this.pop(), node.args.get("with_")
        if with_:
            left.set("with_", with_.pop())
        return left
    return node
