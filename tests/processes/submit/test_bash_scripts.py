"""Three hundred scripts at random, changed by us and run by a real bash: only our changes differ."""

import os
import random
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from dagster_pipes_jvm.submit.attach import attached
from dagster_pipes_jvm.submit.options import NotASubmissionError
from dagster_pipes_jvm.submit.shell import ShellScript
from dagster_pipes_jvm.submit.shell_words import Word
from dagster_pipes_jvm.submit.spark_submit import SparkSubmit
from tests.processes.submit.bash_scripts import script, variables

# The programs of the scripts: spark-submit keeps its words, and the others run the words behind their options.
_SPARK_SUBMIT = '#!/bin/bash\n{ printf "%s\\0" "$@"; printf "\\1\\0"; } >> "$LOG"\n'
_SUDO = """#!/bin/bash
while [ $# -gt 0 ]; do
  case "$1" in -u) shift 2;; -*) shift;; *=*) export "$1"; shift;; *) break;; esac
done
exec "$@"
"""
_TWICE = '#!/bin/bash\n"$@"; "$@"\n'


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, text in {"spark-submit": _SPARK_SUBMIT, "sudo": _SUDO, "twice": _TWICE}.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    return folder


def runs(text: str, programs: Path) -> list[list[str]]:
    """The words of each spark-submit that a real bash runs."""
    log = programs.parent / "log"
    log.write_bytes(b"")
    environment = {**os.environ, **variables(), "PATH": f"{programs}:{os.environ['PATH']}", "LOG": str(log)}
    environment |= {"BIN": str(programs), "HOME": "/home/hadoop"}
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(["bash", "-c", text, "name", "one", "t wo"], env=environment, cwd=programs, timeout=60, **quiet)
    found = log.read_bytes().decode().split("\1\0")
    return [run.split("\0")[:-1] for run in found[:-1]]


def expected(given: list[str], counts: list[int], submit: SparkSubmit) -> list[str]:
    """The words that bash gives to the unchanged spark-submit, with the changes.

    Args:
        given: those words.
        counts: how many of them come from each word of the script.
        submit: the spark-submit with the changes.
    """
    assert sum(counts) == len(given)
    rest = iter(given)
    words = [[next(rest) for _ in range(count)] for count in counts]
    changes, index = submit.changes, submit.line.application_index
    for number, suffix in changes.appended.items():
        words[number][-1] += suffix
    for number, (start, end) in changes.replaced.items():
        words[number] = ["".join(words[number])[:start] + end]
    options = [part for word in words[: index + 1] for part in word]
    args = [part for word in words[index + 1 :] for part in word] if changes.args is None else changes.args
    return [*changes.inserted, *options, *changes.args_before, *args]


def counted(text: str, words: Sequence[Word], programs: Path) -> list[int]:
    """How many words bash makes of each word of a script."""
    assignments = "\n".join(
        line for line in text.splitlines() if re.match(r"[A-Z]+=", line) and "spark-submit" not in line
    )
    calls = "; ".join(f"count_ {word.source}" for word in words)
    script = f'{assignments}\ncount_() {{ set -- "$#"; spark-submit "$1"; }}\n{calls}'
    return [int(run[0]) for run in runs(script, programs)]


@pytest.mark.parametrize("seed", range(6))
def test_a_script_that_is_changed_runs_once_with_its_words_and_our_additions(programs: Path, seed: int) -> None:
    chance = random.Random(seed)
    read = refused = 0
    for _ in range(50):
        text = script(chance)
        try:
            found, submit = ShellScript.read(text)
        except NotASubmissionError:
            refused += 1
            continue
        read += 1
        assert found.written(submit) == text
        given = runs(text, programs)
        assert len(given) <= 1, text
        counts = counted(text, found.words[1:], programs) if given else []
        ours = attached(
            submit,
            session_conf={"spark.dagster.pipes.context": "eJ+/="},
            bridge_jar="s3://b/ours.jar",
            pyspark_zip="s3://b/ours.zip",
            yarn_tag="tag",
        )
        for changed in (
            ours,
            ours.with_properties({"spark.a": "it's $B", "spark.c": "9"}).with_args(["3", "n w"]),
            ours.with_args_before("acme.Main"),
            submit.with_args([]),
        ):
            written = found.written(changed)
            assert len(written) - len(text) == found.growth(changed)
            assert runs(written, programs) == [expected(words, counts, changed) for words in given], (
                f"{text}\n---\n{written}"
            )
    assert read >= 5
    assert refused >= 5
