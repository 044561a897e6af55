import os
import shlex
import subprocess
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dagster_pipes_jvm.submit.shell import ShellScript, spark_submit_words

_BEFORE = [
    "",
    "set -e; ",
    "export X=1 && ",
    "if true; then ",
    "A=1 exec ",
    "# spark-submit a\n",
    "echo hi > /dev/null\n",
]


_BETWEEN = [" ", "  ", " \\\n  ", "\t"]


_BEHIND = ["", " 2>&1", " > /dev/null 2>&1", " | cat", "; echo spark-submit", " && true", " # end"]


def _double_quoted(word: str) -> str:
    return '"' + "".join("\\" + c if c in '$`"\\' else c for c in word) + '"'


def _escaped(word: str) -> str:
    return "".join(c if c.isalnum() else f"'{c}'" if c in "\n'" and c != "'" else "\\" + c for c in word) or "''"


_text = st.text(st.sampled_from("ab/.,=:- '\"\\$`;&|<>()#{}*\n!é"), max_size=6)


def bash(script: str, folder: Path) -> list[list[str]]:
    """The arguments of each spark-submit that a real bash runs."""
    program, log = folder / "spark-submit", folder / "log"
    if not program.exists():
        program.write_text('#!/bin/bash\n{ printf "%s\\0" "$@"; printf "\\1\\0"; } >> "$LOG"\n')
        program.chmod(0o755)
    log.write_bytes(b"")
    environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "LOG": str(log), "B": "bucket"}
    subprocess.run(["bash", "-c", script], env=environment, check=True, stdout=subprocess.DEVNULL)
    runs = log.read_bytes().decode().split("\1\0")
    return [run.split("\0")[:-1] for run in runs[:-1]]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(_text, st.sampled_from([shlex.quote, _double_quoted, _escaped])), max_size=4),
    st.sampled_from(_BEFORE),
    st.sampled_from(_BETWEEN),
    st.sampled_from(_BEHIND),
)
@example([("a\nb", shlex.quote)], "", " ", "")
def test_any_script_is_read_as_bash_reads_it_and_what_is_put_in_arrives(
    tmp_path: Path, args: list[tuple[str, object]], before: str, between: str, behind: str
) -> None:
    words = [quote(arg) for arg, quote in args]  # type: ignore[operator]  # each entry holds a function
    line = between.join(["spark-submit", "--jars", "'u 1.jar'", "--conf", '"spark.a"=1', '"s3://$B/job.py"', *words])
    script = before + line + behind + ("\nfi" if before.startswith("if") else "")
    given_args = [arg for arg, _ in args]
    expected = ["--jars", "u 1.jar", "--conf", "spark.a=1", "s3://bucket/job.py", *given_args]
    assert bash(script, tmp_path) == [expected]

    read, submit = ShellScript.read(script)
    assert submit.args == tuple(given_args)
    assert submit.application == "s3://$B/job.py"
    assert read.written(submit) == script
    changed = submit.with_entries("spark.jars", ["ours.jar"])
    changed = changed.with_properties({"spark.b": "it's $B", "spark.a": "2 'x'"})
    assert bash(read.written(changed), tmp_path) == [
        ["--conf", "spark.b=it's $B", "--jars", "u 1.jar,ours.jar", "--conf", "spark.a=2 'x'", *expected[4:]]
    ]
    other_args = submit.with_args(["new", "it's $B"])
    assert bash(read.written(other_args), tmp_path) == [[*expected[:5], "new", "it's $B"]]
    for value in (changed, other_args):
        assert read.growth(value) == len(read.written(value)) - len(script)


def test_variables_and_commands_stay_as_they_are_written(tmp_path: Path) -> None:
    script = 'spark-submit --jars $B.jar "s3://${B}/job.py" $(date +\'%Y )\') `echo a b` "$(echo "x y")" $((1 + (2)))'
    words = spark_submit_words(script)
    assert [word.text for word in words] == [
        *("spark-submit", "--jars", "$B.jar", "s3://${B}/job.py", "$(date +'%Y )')", "`echo a b`"),
        *('$(echo "x y")', "$((1 + (2)))"),
    ]
    assert [script[word.start : word.end] for word in words][3:5] == ['"s3://${B}/job.py"', "$(date +'%Y )')"]
    assert bash(script.replace("$(date +'%Y )')", "c"), tmp_path)[0][-3:] == ["b", "x y", "3"]
