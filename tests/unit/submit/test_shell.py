"""The scripts for `bash -c` whose spark-submit can be told, and the reasons for all others."""

import pytest

from dagster_pipes_jvm.submit.options import NotASubmissionError
from dagster_pipes_jvm.submit.shell import ShellScript, spark_submit_words

WORDS = "could run its spark-submit more than once, or with other words"


@pytest.mark.parametrize(
    "script",
    [
        "{}",
        "for d in 1 2; do echo $d; done\n{}",
        'while read -r line; do echo "$line"; done < file; {}',
        "case $D in 1|2) x=1;; (*) x=2;; esac\n{}",
        "case $D in 1) {};; *) exit 1;; esac",
        "cat > conf <<EOF\nfor ' \"\nEOF\n{}",
        "set -euo pipefail; IFS=$'\\n\\t'; {}",
        'log() {{ echo "$1"; }}\nlog start\n{}',
        "if [[ $D == a* && ( b < c ) ]]; then {}; fi",
        "(cd /x && {}) | tee log",
        "{{ {}; }} > >(tee log) 2>&1",
        "X=(a b 'c d')\n{}",
        "command -v spark-submit || exit 1; {}",
        "echo spark-submit; {}",
        "# spark-submit other.py\n{}",
        "x=$(date +%F) # it's\n{}",
        *(f"{prefix} {{}}" for prefix in ("sudo -u hadoop", "sudo -Eu hadoop A=b", "env -u C A=b", "timeout 3600")),
        *(f"{prefix} {{}}" for prefix in ("timeout -k 9 --signal=TERM 1h", "nice", "nice -n 5", "time -p", "nohup")),
        *(f"{prefix} {{}}" for prefix in ("exec", "command", "A=1 B='2 3'", "sudo --user hadoop -- env A=b nice -5")),
        *(f"{prefix} {{}}" for prefix in ("stdbuf -oL", "ionice -c2 -n7", "flock -w 5 /tmp/lock", "/usr/bin/time -v")),
    ],
)
def test_a_spark_submit_that_runs_once_is_told(script: str) -> None:
    words = spark_submit_words(script.format('/usr/bin/spark-submit --name x s3://b/$DAY/job.py "$@" > out'))
    assert [word.text for word in words] == ["/usr/bin/spark-submit", "--name", "x", "s3://b/$DAY/job.py", "$@"]


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo spark-submit", "the script has no spark-submit command"),
        ("spark-submit a.py; spark-submit b.py", "the script has 2 spark-submit commands"),
        ("for d in 1 2; do spark-submit a.py $d; done", "its spark-submit is in a `for`"),
        ("until spark-submit a.py; do sleep 1; done", "its spark-submit is in a `until`"),
        ("while :; do spark-submit a.py; done", "its spark-submit is in a `while`"),
        ('run(){ spark-submit a.py "$1"; }; run a && run b', "its spark-submit is in the function `run`"),
        ("function run { spark-submit a.py; }\nrun", "its spark-submit is in the function `run`"),
        ("x=$(spark-submit a.py)", "its spark-submit is in a `$(`"),
        ("x=`spark-submit a.py`", "its spark-submit is in a ```"),
        ("grep x <(spark-submit a.py)", "its spark-submit is in a `<(`"),
        ("spark-submit a.py &", "its spark-submit runs in the background, by `&`"),
        ("(cd x && spark-submit a.py) & wait", "its spark-submit runs in the background, by `&`"),
        ("coproc spark-submit a.py", "the script has a `coproc`"),
        ('eval "spark-submit a.py"', f"`eval` {WORDS}"),
        ("ls | xargs -n1 spark-submit a.py", f"`xargs` {WORDS}"),
        ("parallel spark-submit ::: a.py b.py", f"`parallel` {WORDS}"),
        ("trap 'spark-submit a.py' EXIT; spark-submit b.py", f"`trap` {WORDS}"),
        ("alias run=spark-submit; run a.py", f"`alias` {WORDS}"),
        ("bash -c 'spark-submit a.py'", f"`bash` {WORDS}"),
        ("echo 'spark-submit a.py' | sh", f"`echo` {WORDS}"),
        ("retry 3 spark-submit a.py", f"`retry` {WORDS}"),
        ("sudo -i -u hadoop spark-submit a.py", f"`sudo` {WORDS}"),
        ("setsid spark-submit a.py", f"`setsid` {WORDS}"),
        ("RUN=spark-submit; $RUN a.py", "`RUN=spark-submit` could be run as a spark-submit"),
        ('RUN=(spark-submit a.py); "${RUN[@]}"', "its spark-submit is in a `RUN=(`"),
        ('spark-submit(){ command spark-submit "$@"; }; spark-submit a.py', "the script has a function `spark-submit`"),
        ("timeout(){ :; }; timeout 5 spark-submit a.py", "the script has a function `timeout`"),
        ("shopt -s expand_aliases; spark-submit a.py", "the script has an `expand_aliases`"),
        ("bash <<EOF\nspark-submit a.py\nEOF", "the script has a spark-submit in a here-document"),
        ("bash <<< 'spark-submit a.py'", "the script has a spark-submit in a here-document"),
        ("spark-submit 'a.py", "the script has a `'` without its partner"),
        ('spark-submit "a.py', 'the script has a `"` without its partner'),
        ("spark-submit $(a.py", "the script has a `$(` without its partner"),
        ("spark-submit ${a.py", "the script has a `${` without its partner"),
        ("spark-submit `a.py", "the script has a ``` without its partner"),
        ("spark-submit $'a.py", "the script has a `$'` without its partner"),
        ("if x; then spark-submit a.py", "the script has a `if` without its partner"),
        ("spark-submit a.py; done", "the script has a `done` without its partner"),
        ("case x in a) spark-submit a.py", "the script has a `case` without its partner"),
    ],
)
def test_a_script_that_could_mean_something_else_is_refused(script: str, reason: str) -> None:
    with pytest.raises(NotASubmissionError) as caught:
        spark_submit_words(script)
    assert str(caught.value).startswith(reason)


OPTIONS = "stands for in the script could be options as well"


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ('spark-submit "${CONF[@]}" a.py x', f"what ${{CONF[@]}} {OPTIONS}"),
        ("spark-submit ${CONF[*]} a.py x", f"what ${{CONF[*]}} {OPTIONS}"),
        ('spark-submit "$@"', f"what $@ {OPTIONS}"),
        ('spark-submit "${ALL[@]}"', f"what ${{ALL[@]}} {OPTIONS}"),
        ('spark-submit --name "${N[@]}" a.py', f'what "${{N[@]}}" {OPTIONS}'),
        ("spark-submit $OPTIONS a.py", f"what $OPTIONS {OPTIONS}"),
        ("spark-submit $(options) a.py", f"what $(options) {OPTIONS}"),
        ("spark-submit `options` a.py", f"what `options` {OPTIONS}"),
        ('spark-submit "$FLAG" a.py', f"what $FLAG {OPTIONS}"),
        ('A=--verbose; spark-submit "$A" "$B"', f"what $A {OPTIONS}"),
        ("M='4g --verbose'; spark-submit --driver-memory $M a.py", f"what $M {OPTIONS}"),
        ("spark-submit --files {a,b}.txt a.py", f"what {{a,b}}.txt {OPTIONS}"),
        ("spark-submit --jars /opt/*.jar a.py", f"what /opt/*.jar {OPTIONS}"),
        ('spark-submit --conf "$CONF" a.py', "--conf $CONF has no `=`"),
        ('spark-submit --conf "$KEY=1" a.py', 'only the shell knows which property "$KEY=1" sets'),
        ('spark-submit --conf "spark.$KEY=1" a.py', 'only the shell knows which property "spark.$KEY=1" sets'),
    ],
)
def test_words_that_may_be_options_are_refused(script: str, reason: str) -> None:
    with pytest.raises(NotASubmissionError) as caught:
        ShellScript.read(script)
    assert str(caught.value) == reason


@pytest.mark.parametrize(
    "script",
    [
        'spark-submit --class acme.A "$JAR" "$@"',
        "APP=s3://b/job.py\nspark-submit $APP x",
        'spark-submit "$HERE/job.py" x.py',
        'spark-submit --conf "spark.hadoop.$KEY=1" a.py',
        "spark-submit --driver-memory $M --master local[*] --jars $A,$B a.py *",
        "spark-submit --conf spark.a=* a.py",
    ],
)
def test_variables_in_single_words_are_taken(script: str) -> None:
    found, submit = ShellScript.read(script)
    assert found.written(submit) == script


def test_a_redirection_does_not_take_a_number_of_ours() -> None:
    found, submit = ShellScript.read("spark-submit --name x a.py>log")
    assert found.written(submit.with_args(["2"])) == "spark-submit --name x a.py 2 >log"
    found, submit = ShellScript.read("spark-submit a.py --name>log x")
    assert found.written(submit.with_args(["2"])) == "spark-submit a.py 2 >log "
