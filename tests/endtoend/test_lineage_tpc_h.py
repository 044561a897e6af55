"""TPC-H whole, through the real door: all of its column lineage, counts and schemas."""

from pathlib import Path

import pytest

from tests.endtoend.conftest import Spark
from tests.lineage.board import measure
from tests.lineage.score import total
from tests.lineage.suites import tpc_suite


@pytest.mark.matrix  # 22 queries; `make lineage` has the others
def test_each_query_of_tpc_h_is_complete(sparks: dict[str, Spark], tmp_path: Path) -> None:
    row = measure("TPC-H", lambda _, folder: tpc_suite("tpch", folder), sparks["4.3"], tmp_path, beside=False)
    assert row.findings() == []
    assert total(row.ours).complete == total(row.facts).complete == 22
