"""The check of `make lint` on the files that travel in a job."""

from pathlib import Path

import pytest

from tests.support.in_job import PACKAGE, in_job, too_new


def test_the_files_that_travel_are_those_of_the_oldest_python() -> None:
    assert PACKAGE / "injob" / "write" / "s3.py" in in_job()
    assert too_new(in_job()) == ""


@pytest.mark.parametrize(
    "source",
    [
        "match 1:\n    case 1:\n        pass\n",
        "zip([1], strict=True)\n",
        "import ConfigParser\nfrom math import isfinite\n",
    ],
)
def test_newer_code_and_a_file_that_cannot_be_judged_are_findings(source: str, tmp_path: Path) -> None:
    file = tmp_path / "code.py"
    file.write_text(source, encoding="utf-8")
    assert "code.py" in too_new([file])
