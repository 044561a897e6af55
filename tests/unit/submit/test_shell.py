"""A script for `bash -c`: what is understood of it is what bash makes of it, and what is put in arrives."""

import pytest

from dagster_pipes_jvm.submit.options import NotASubmissionError
from dagster_pipes_jvm.submit.shell import spark_submit_words


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo spark-submit", "the script has no spark-submit commands that can be told apart"),
        ("spark-submit a.py; spark-submit b.py", "the script has 2 spark-submit commands that can be told apart"),
        ("for d in 1 2; do spark-submit a.py $d; done", "the script has a `for`"),
        ("cat <<EOF\nspark-submit a.py\nEOF", "the script has a here-document"),
        ("spark-submit 'a.py", "the script has a `'` without its partner"),
        ('spark-submit "a.py', 'the script has a `"` without its partner'),
        ("spark-submit $(a.py", "the script has a `$(` without its partner"),
        ("spark-submit $'a.py'", "the script has a text that begins with `$'`"),
    ],
)
def test_a_script_that_could_mean_something_else_is_refused(script: str, reason: str) -> None:
    with pytest.raises(NotASubmissionError) as caught:
        spark_submit_words(script)
    assert str(caught.value) == reason
