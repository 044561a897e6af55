import base64
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from dagster_pipes_jvm.submit.options import (
    ALIASES,
    OPTIONS_WITH_VALUE,
    SWITCHES,
    NotASubmissionError,
    parse,
)
from tests.conftest import REPOSITORY

_ENDS = {"--help", "--version", "--usage-error", "--kill", "--status", "-h"}


_ONLY_4 = {"--load-spark-defaults", "--driver-default-class-path", "--extra-properties-file"}


_names = st.sampled_from(sorted((OPTIONS_WITH_VALUE | SWITCHES | set(ALIASES)) - _ENDS - _ONLY_4))


_values = st.sampled_from(["a.jar", "spark.a=1", "k=v=w", "", "a b", "--class", "-x", "é\n", "=", "job.py"])


_words = st.one_of(
    _names,
    _values,
    st.builds(lambda name, value: f"{name}={value}", _names, _values),
    st.sampled_from(["--unknown", "--unknown=1", "--conf=a=\nb", "--=x", "-c=spark.a=1"]),
)


def ours(words: list[str]) -> list[str] | None:
    try:
        line = parse(words)
    except NotASubmissionError:
        return None
    seen = []
    for option in line.options:
        seen.append(option.name)
        if option.value is not None:
            seen.append("=" + option.value)
            assert line.words[option.index][option.value_start :] == option.value
    return [*seen, f"application {line.application}", *(f"arg {arg}" for arg in line.args)]


@pytest.mark.parametrize("environment", [".venv", ".venv-spark35"])
def test_any_words_are_understood_as_by_sparks_own_parser(environment: str, tmp_path: Path) -> None:
    (launcher,) = (REPOSITORY / environment).glob("lib/python3*/site-packages/pyspark/jars/spark-launcher_*.jar")
    source = Path(__file__).with_name("SparkParser.java")
    subprocess.run(["javac", "-cp", launcher, "-d", tmp_path, source], check=True)
    cases: list[list[str]] = []

    # One JVM for all cases: they are collected first.
    @settings(max_examples=1000, phases=[Phase.generate])
    @given(st.lists(_words, max_size=8))
    def collect(words: list[str]) -> None:
        cases.append(words)

    collect()
    cases += [[name, "value", "job.py"] for name in OPTIONS_WITH_VALUE - _ENDS - _ONLY_4]
    if environment == ".venv":
        cases += [["--load-spark-defaults", "job.py"], ["--driver-default-class-path", "x", "job.py"]]
    lines = "\n".join(",".join("w" + base64.b64encode(w.encode()).decode() for w in words) for words in cases)
    class_path = f"{tmp_path}:{launcher}"
    done = subprocess.run(
        ["java", "-cp", class_path, "org.apache.spark.launcher.SparkParser"],
        input=lines + "\n",
        capture_output=True,
        text=True,
        check=True,
    )
    answers = done.stdout.splitlines()
    assert len(answers) == len(cases)
    understood = 0
    for words, answer in zip(cases, answers, strict=True):
        theirs = None if answer == "!" else [base64.b64decode(text).decode() for text in answer.split(",")]
        if theirs is not None and not any(text.startswith("application ") for text in theirs):
            theirs = None  # SparkSubmitArguments refuses it later.
        if theirs is not None and any(a == "--conf" and "=" not in b[1:] for a, b in pairwise(theirs)):
            theirs = None  # The same.
        assert ours(words) == theirs, words
        understood += theirs is not None
    assert understood > 100
