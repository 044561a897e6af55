import re
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

README = "README.md"


def text(page: str) -> str:
    return (REPOSITORY / page).read_text(encoding="utf-8")


def test_the_front_page_has_two_screens() -> None:
    assert len(text(README).splitlines()) < 120


@pytest.mark.parametrize(
    ("page", "name"),
    [(README, "Orders.scala"), (README, "definitions.py"), ("docs/pyspark.md", "orders.py")],
)
def test_a_block_of_a_page_is_the_file_that_the_tests_run(page: str, name: str) -> None:
    blocks = re.findall(r"```(?:scala|python)\n(.*?)```", text(page), re.DOTALL)
    assert text(f"examples/orders/{name}") in blocks


def test_the_block_of_the_standins_page_is_the_file_that_the_tests_run() -> None:
    (block,) = re.findall(r"```python\n(.*?)```", text("docs/standin.md"), re.DOTALL)
    assert text("examples/standin/plain_boto3.py") == block


def without_code(page: Path) -> str:
    return re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)


def test_every_link_of_the_documentation_leads_somewhere() -> None:
    pages = [*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/**/*.md"), *REPOSITORY.glob("examples/**/*.md")]
    for page in pages:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", without_code(page)):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
