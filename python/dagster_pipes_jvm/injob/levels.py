"""The limit of levels in a reported value, which the JVM has, too: `dagsterpipes.json.JsonTree`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dagster_pipes import DagsterPipesError

from dagster_pipes_jvm.texts import see
from dagster_pipes_jvm.wire import MAX_REPORT_LEVELS


def check_levels(report: Mapping[str, Any]) -> None:
    """Refuse a report with a value that is nested too deeply.

    Args:
        report: a message of `REPORT_METHODS`.

    Raises:
        DagsterPipesError: a value has more than 200 levels of lists and mappings, or contains itself.
    """
    for name, value in _values(report["params"] or {}):
        if _is_deeper(value, MAX_REPORT_LEVELS):
            raise DagsterPipesError(
                f"Cannot send {name} with `{report['method']}`. Expected at most {MAX_REPORT_LEVELS} levels of lists and"
                f" mappings, got more. Flatten the value, or send it as text. {see('metadata')}"
            )


def _values(params: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    if "payload" in params:
        yield "the payload", params["payload"]
    for name, value in (params.get("metadata") or {}).items():
        yield f"the metadata {name!r}", value.get("raw_value") if isinstance(value, dict) else value


def _is_deeper(value: Any, levels: int) -> bool:
    """Without recursion, and each value counts once: lists may share lists, and even contain themselves."""
    found = [value]
    for _ in range(levels + 1):
        inner: dict[int, Any] = {}
        for one in found:
            for item in one.values() if isinstance(one, dict) else one if isinstance(one, (list, tuple)) else ():
                inner[id(item)] = item
        found = list(inner.values())
        if not found:
            return False
    return True
