"""EMR steps as users write them, and what happens to each.

`python -m tests.support.emr_steps` puts the table into docs/emr.md.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

_PAGE = Path(__file__).parents[2] / "docs" / "emr.md"
_MARKS = r"(?<=<!-- steps -->\n).*?(?=<!-- end -->)"
_JOB = "s3://team-jobs/job.py"


@dataclass(frozen=True)
class Example:
    """A step.

    Args:
        step: the step as it is written.
        text: a part of the reason, of the error, or of the warning.
    """

    step: Any
    text: str = ""


@dataclass(frozen=True)
class Row:
    """Steps to which the same happens.

    Args:
        written: the steps in words.
        happens: what happens to them, in words.
        outcome: the same for tests.
        examples: such steps.
    """

    written: str
    happens: str
    outcome: Literal["session", "untouched", "refused", "warned"]
    examples: Sequence[Example]


def args(*words: str, jar: str = "command-runner.jar", **more: Any) -> dict[str, Any]:
    """A step of boto3."""
    return {"Name": "nightly", "HadoopJarStep": {"Jar": jar, "Args": list(words)}, **more}


def script(text: str, *behind: str) -> dict[str, Any]:
    """A step of boto3 with a script for bash."""
    return args("bash", "-c", text, *behind)


def _prefixed(*prefixes: str) -> list[Example]:
    in_args = [Example(args(*prefix.split(), "spark-submit", _JOB)) for prefix in prefixes]
    return [*in_args, *(Example(script(f"{prefix} spark-submit {_JOB}")) for prefix in prefixes)]


_SPARK = {"Args": ["--class", "acme.A", "s3://b/a.jar", "x"]}
_JAR_STEP = {"jar": "command-runner.jar", "args": ["spark-submit", _JOB], "main_class": None, "properties": {"k": "v"}}
_CLOUD_FORMATION: Mapping[str, Any] = {
    "Name": "nightly",
    "ActionOnFailure": "CONTINUE",
    "JobFlowId": {"Ref": "Cluster"},
    "HadoopJarStep": {
        "Jar": "command-runner.jar",
        "Args": ["spark-submit", _JOB],
        "StepProperties": [{"Key": "k", "Value": "v"}],
    },
}
_STATE: Mapping[str, Any] = {
    "Type": "Task",
    "Resource": "arn:aws:states:::elasticmapreduce:addStep.sync",
    "Parameters": {"ClusterId.$": "$.id", "Step": args("spark-submit", _JOB)},
}

ROWS = [
    Row(
        "`spark-submit ...`, `/usr/bin/spark-submit ...`",
        "the session is put directly after `spark-submit`",
        "session",
        [
            Example(args("spark-submit", _JOB)),
            Example(
                args("/usr/bin/spark-submit", "--deploy-mode", "cluster", "--class", "acme.A", "s3://b/a.jar", "x")
            ),
            Example(
                args("spark-submit", _JOB, jar="s3://eu-west-1.elasticmapreduce/libs/script-runner/script-runner.jar")
            ),
        ],
    ),
    Row(
        "`sudo -u USER`, `env A=B`, `timeout SECONDS`, `nice`, `ionice`, `nohup`, `time`, `stdbuf`, `flock FILE`,"
        " `runuser -u USER` before it, also several",
        "the same: the session is in properties, which need no environment",
        "session",
        [
            *_prefixed("sudo -u hadoop", "sudo -EHu hadoop A=b", "env A=b", "timeout 3600", "timeout -s KILL -k 9 1h"),
            *_prefixed("nice", "nice -n 10", "ionice -c 2", "nohup", "time -p", "stdbuf -oL", "flock -w 9 /tmp/l"),
            *_prefixed("runuser -u hadoop --", "sudo -u hadoop env A=b timeout 9"),
            Example(args("sudo", "-u", "hadoop", "bash", "-c", f"spark-submit {_JOB}")),
            Example(script(f"exec spark-submit {_JOB}")),
            Example(script(f"A=1 command spark-submit {_JOB}")),
        ],
    ),
    Row(
        '`bash -c "... spark-submit ..."` (also `sh`, `-lc`, `-l -c`, `-euo pipefail -c`) with one spark-submit that'
        " runs once at most; loops, `case`, functions and here-documents may be before or after it",
        "the same, inside the script; quotes, variables and redirections stay",
        "session",
        [
            Example(script(f"set -e; aws s3 cp s3://b/x . && spark-submit {_JOB} 2>&1 | tee log")),
            Example(args("/bin/bash", "-l", "-c", f"spark-submit \\\n  {_JOB}\n")),
            Example(args("bash", "-euxo", "pipefail", "-c", f"spark-submit {_JOB}")),
            Example(args("sh", "-c", "-e", f"spark-submit {_JOB}")),
            Example(script(f'for i in 1 2; do echo $i; done; spark-submit {_JOB} "$@"', "name", "x")),
            Example(script(f"cat > conf <<EOF\nfor i in 'a\nEOF\nspark-submit {_JOB} < conf")),
            Example(script(f"case $D in 1) spark-submit {_JOB};; *) exit 1;; esac")),
            Example(script(f'log() {{ echo "$1"; }}; log start; spark-submit {_JOB} || exit 1')),
        ],
    ),
    Row(
        "`--deploy-mode $MODE`, `--properties-file FILE` without a deploy mode",
        "the additions of both modes, and a driver on YARN ends with its step; the plan warns",
        "warned",
        [
            Example(
                script(f"spark-submit --deploy-mode $MODE {_JOB}"),
                "The deploy mode is not known here, because of $MODE",
            ),
            Example(args("spark-submit", "--properties-file", "/etc/my.conf", _JOB), "because of --properties-file"),
        ],
    ),
    Row(
        "`spark.yarn.submit.waitAppCompletion=false` in cluster mode",
        "is replaced by `true`; the plan warns",
        "warned",
        [
            Example(
                args(
                    "spark-submit",
                    "--deploy-mode",
                    "cluster",
                    "--conf",
                    "spark.yarn.submit.waitAppCompletion=false",
                    _JOB,
                ),
                "spark.yarn.submit.waitAppCompletion=false is replaced by true",
            )
        ],
    ),
    Row(
        "`{{ ds }}`, `{% ... %}`, `${var.day}`, `${AWS::Region}`, `#{...}` in a string",
        "the plan and the log warn of the template, which nothing renders",
        "warned",
        [
            Example(args("spark-submit", _JOB, "{{ ds }}"), "Nothing renders {{ ds }}"),
            Example(args("spark-submit", _JOB, '{{ dag_run.conf["day"] }}'), "Nothing renders {{ dag_run.conf["),
            Example(args("spark-submit", _JOB, "${var.day}", "#{x}"), "Nothing renders ${var.day}, #{x}"),
            Example(script("aws s3 cp {{ params.file }} ."), "Nothing renders {{ params.file }}"),
        ],
    ),
    Row(
        "a spark-submit in a loop, a function, `$(...)`, or behind `&`; several of them; `eval`, `xargs`, `trap`, an alias,"
        " another shell, or another program in front of it",
        'runs untouched, as with `pipes="off"`; the plan and the log name the word',
        "untouched",
        [
            Example(script(f"for d in 1 2; do spark-submit {_JOB} $d; done"), "its spark-submit is in a `for`"),
            Example(script(f'run(){{ spark-submit {_JOB} "$1"; }}; run a && run b'), "in the function `run`"),
            Example(script(f"x=$(spark-submit {_JOB})"), "its spark-submit is in a `$(`"),
            Example(script(f"spark-submit {_JOB} & wait"), "in the background, by `&`"),
            Example(script("spark-submit a.py; spark-submit b.py"), "the script has 2 spark-submit commands"),
            Example(script('eval "spark-submit a.py"'), "`eval` could run its spark-submit"),
            Example(script("ls | xargs -n1 spark-submit a.py"), "`xargs` could run its spark-submit"),
            Example(script("trap 'spark-submit a.py' EXIT"), "`trap` could run its spark-submit"),
            Example(script("alias s=spark-submit; s a.py"), "`alias` could run its spark-submit"),
            Example(script("bash -c 'spark-submit a.py'"), "`bash` could run its spark-submit"),
            Example(script("retry 3 spark-submit a.py"), "`retry` could run its spark-submit"),
            Example(args("sudo", "-i", "spark-submit", "a.py"), "its Args begin with 'sudo'"),
        ],
    ),
    Row(
        '`$OPTIONS`, `"${CONF[@]}"` or `"$@"` among the options or as the application',
        "the same",
        "untouched",
        [
            Example(script("spark-submit $OPTIONS a.py"), "$OPTIONS stands for in the script could be options as well"),
            Example(
                script('spark-submit "${CONF[@]}" a.py x'), "what ${CONF[@]} stands for in the script could be options"
            ),
            Example(
                script('spark-submit "$@"', "name", "a.py"), "what $@ stands for in the script could be options as well"
            ),
            Example(script('spark-submit --conf "$KEY=1" a.py'), 'only the shell knows which property "$KEY=1" sets'),
        ],
    ),
    Row(
        "a script in a file or on S3 (`bash FILE`, script-runner.jar), another command, another jar",
        "the same",
        "untouched",
        [
            Example(args("bash", "nightly.sh"), "its 'bash' runs the file nightly.sh, which is not read here"),
            Example(
                args(
                    "s3://b/nightly.sh", "x", jar="s3://eu-west-1.elasticmapreduce/libs/script-runner/script-runner.jar"
                ),
                "script-runner.jar runs s3://b/nightly.sh, which is not read here",
            ),
            Example(args("s3-dist-cp", "--src", "a"), "its Args begin with 's3-dist-cp'"),
            Example(args("timeout", "5", "hdfs", "dfs"), "its Args begin with 'timeout', which runs 'hdfs'"),
            Example(args("a", jar="s3://b/tool.jar"), "its Jar is s3://b/tool.jar, not command-runner.jar"),
            Example(args("spark-submit", "--speed", "9", "a.py"), "spark-submit has no option --speed"),
        ],
    ),
    Row(
        "AWS CLI: `Type=Spark,Name=...,Args=[...]`, also as JSON, and `Type=CUSTOM_JAR`",
        "is converted to boto3's form",
        "session",
        [
            Example("Type=Spark,Name=nightly,ActionOnFailure=CONTINUE,Args=[--class,acme.A,s3://b/a.jar,'x y']"),
            Example({"Type": "Spark", "Name": "nightly", **_SPARK}),
            Example({"Type": "CUSTOM_JAR", "Jar": "command-runner.jar", "Args": ["spark-submit", _JOB]}),
        ],
    ),
    Row(
        "Terraform's `step` block, CDK's `EmrAddStep`, CloudFormation's `AWS::EMR::Step`, Step Functions' `addStep`",
        "is converted to boto3's form",
        "session",
        [
            Example({"name": "nightly", "action_on_failure": "CONTINUE", "hadoop_jar_step": [_JAR_STEP]}),
            Example({"name": "nightly", "action_on_failure": "CONTINUE", "hadoop_jar_step": _JAR_STEP}),
            Example({"name": "nightly", "actionOnFailure": "CONTINUE", "hadoopJarStep": {**_JAR_STEP}}),
            Example({"name": "nightly", "jar": "command-runner.jar", "args": ["spark-submit", _JOB]}),
            Example({"Type": "AWS::EMR::Step", "Properties": _CLOUD_FORMATION}),
            Example({key: value for key, value in _CLOUD_FORMATION.items() if key != "JobFlowId"}),
            Example(_STATE),
            Example({"Type": "Task", "Arguments": {"ClusterId": "{% $id %}", "Step": args("spark-submit", _JOB)}}),
        ],
    ),
    Row(
        "values that another tool computes: `Args.$`, `{% ... %}` as a whole value, `Fn::Sub`, `Ref`; another `Type`;"
        " several steps",
        "is refused, and the error says how to write it",
        "refused",
        [
            Example(
                {"Name": "n", "HadoopJarStep": {"Jar": "command-runner.jar", "Args.$": "$.args"}},
                "Expected a value, got '$.args', which Step Functions computes. Write `Args` as a list of strings.",
            ),
            Example({"Name": "n", "HadoopJarStep.$": "$.step"}, "which Step Functions computes. Write 'HadoopJarStep'"),
            Example(
                {"Name": "n", "HadoopJarStep": {"Jar": "command-runner.jar", "Args": "{% [$day] %}"}},
                "which Step Functions computes. Write the value itself",
            ),
            Example(
                args("spark-submit", _JOB, {"Fn::Sub": "${Day}"}),  # type: ignore[arg-type]  # as in a template
                "parameter `step['HadoopJarStep']['Args'][2]`",
            ),
            Example({"Type": "HIVE", "Name": "n", "Args": ["-f", "x"]}, "Expected Spark or CUSTOM_JAR, got 'hive'"),
            Example('step {\n  name = "n"\n}', "a string as `aws emr add-steps --steps` takes it"),
            Example([args("spark-submit", _JOB)], "Expected one step, got a list of 1. Make a job of each"),
            Example({"Steps": []}, "Expected one step, got a whole request with `Steps`"),
        ],
    ),
]


def table() -> str:
    """The rows in Markdown."""
    rows = [f"| {row.written} | {row.happens} |" for row in ROWS]
    return "\n".join(["| the step | what happens |", "|---|---|", *rows])


def put_in(page: str) -> str:
    """The page with the table."""
    return re.sub(_MARKS, lambda _: table() + "\n", page, flags=re.DOTALL)


if __name__ == "__main__":
    _PAGE.write_text(put_in(_PAGE.read_text(encoding="utf-8")), encoding="utf-8")
