import re
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["Orders.scala", "orders.py", "definitions.py"])
def test_a_block_of_the_front_page_is_the_file_that_the_tests_run(name: str) -> None:
    blocks = re.findall(r"```(?:scala|python)\n(.*?)```", README, re.DOTALL)
    assert (REPOSITORY / "examples" / "orders" / name).read_text(encoding="utf-8") in blocks


def test_the_block_of_the_standins_page_is_the_file_that_the_tests_run() -> None:
    page = (REPOSITORY / "docs" / "standin.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert (REPOSITORY / "examples" / "standin" / "plain_boto3.py").read_text(encoding="utf-8") == block


def without_code(page: Path) -> str:
    return re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)


def test_every_link_of_the_documentation_leads_somewhere() -> None:
    pages = [*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/**/*.md"), *REPOSITORY.glob("examples/**/*.md")]
    for page in pages:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", without_code(page)):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
