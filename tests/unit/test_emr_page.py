"""docs/emr.md: its code runs, its policies are JSON, and their statements on S3 are enough and no more than enough."""

import json
import re
from typing import Any

import pytest

from dagster_pipes_jvm.platforms.emr.requests import check_request
from tests.conftest import REPOSITORY

PAGE = (REPOSITORY / "docs" / "emr.md").read_text(encoding="utf-8")
LAUNCHERS, JOBS = (json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL))


def test_the_code_of_the_page_runs_and_makes_a_request_that_boto3_accepts() -> None:
    names: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(block, names)
    check_request("RunJobFlow", names["parameters"], call="test")
    assert names["nightly"].main_class == "acme.Nightly"


@pytest.mark.parametrize("policy", [LAUNCHERS, JOBS], ids=["launcher", "job"])
def test_no_statement_allows_everything(policy: dict[str, Any]) -> None:
    for statement in policy["Statement"]:
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        assert all("*" not in action for action in actions)
        if statement["Resource"] == "*":
            assert actions == ["elasticmapreduce:ListClusters"]  # It has no resources of its own.
