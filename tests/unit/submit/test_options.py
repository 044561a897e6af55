"""The words behind spark-submit are read as Spark's own parser reads them, of both Sparks here."""

import pytest

from dagster_pipes_jvm.submit.options import (
    NotASubmissionError,
    parse,
)


def test_an_option_wins_over_the_property_it_stands_for_and_the_last_of_two_wins() -> None:
    line = parse(
        [
            *("--executor-memory", "1g", "--conf", "spark.executor.memory=9g", "--conf=spark.a=1", "-c", "spark.a=2"),
            *("--jars", "a.jar", "--jars=b.jar, c.jar,", "job.py", "--jars", "d.jar"),
        ]
    )
    assert line.properties["spark.executor.memory"] == "1g"
    assert line.conf == {"spark.executor.memory": "9g", "spark.a": "2"}
    assert line.values("--jars") == ("b.jar", "c.jar")
    assert line.args == ("--jars", "d.jar")
    assert line.property_place("spark.executor.memory") == (1, 0)
    assert line.property_place("spark.jars") == (9, 7)
    assert line.property_place("spark.b") is None


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ([], "no application is named"),
        (["--class", "a.B"], "no application is named"),
        (["--class"], "the option --class has no value"),
        (["--conf", "spark.a", "job.py"], "--conf spark.a has no `=`"),
        (["--speed", "9", "job.py"], "spark-submit has no option --speed"),
        (["--kill", "driver-1"], "--kill submits nothing"),
        (["-h", "job.py"], "-h submits nothing"),
    ],
)
def test_what_submits_nothing_is_told_with_the_reason(words: list[str], reason: str) -> None:
    with pytest.raises(NotASubmissionError) as caught:
        parse(words)
    assert str(caught.value) == reason
