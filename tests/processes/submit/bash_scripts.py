"""Shell scripts as users write them, at random: with one spark-submit, with several, and with what hides several."""

import random
import shlex

_OPTIONS = [
    "--conf spark.a=1",
    "--conf 'spark.b=x y'",
    '--conf "spark.c=$B"',
    "--conf=spark.d=2",
    "-c spark.e=3",
    "--jars 'u 1.jar'",
    '--jars "$JAR"',
    "--jars $JAR",
    "--py-files a.zip,b.py",
    "--executor-memory ${MEM:-4g}",
    "--driver-memory $MEM",
    "--num-executors $((1 + (2)))",
    "--name `basename /x/y`",
    '--name "$(basename "/x/y z")"',
    "--name $'a\\tb'",
    "--master local[*]",
    "--deploy-mode $MODE",
    "--queue {q}",
    "--class acme.\\\n  Main",
    # Several words, or none.
    "$OPTS",
    '"${CONF[@]}"',
    "${CONF[*]}",
    '"$@"',
    "$NOTHING",
    "--executor-memory $TWO",
    "--files {a,b}.txt",
    "--conf $ASSIGNMENT",
    '--conf "$KEY=1"',
    '"$SWITCH"',
]
_APPLICATIONS = [
    *('"s3://$B/job.py"', "job.jar", "'a b.jar'", '"$APP"', "s3://$B/job.jar", "$APP", "~/job.py"),
    *('"${APP}"', "job.p\\y", "$HERE/job.py", '"$SWITCH"'),
]
_ARGS = ["x", "'y z'", '"$B"', "$TWO", '"$@"', '"${CONF[@]}"', "$(echo a b)", "*", "--day=1", "2", '"it\'s"', "{1..2}"]
_BEHIND = ["", " 2>&1", ">/dev/null", " >/dev/null 2>&1", " | cat", " 2> >(cat >&2)", " </dev/null", " # spark-submit"]
_PREFIXES = [
    *("", "", "", "", "exec ", "command ", "nohup ", "time ", "time -p ", "A=1 C='2 3' ", "env A=b ", "env -u X "),
    *("timeout 100 ", "timeout -s KILL 100 ", "nice ", "nice -n 5 ", "sudo -u hadoop ", "sudo -E -u hadoop A=1 "),
    *("sudo -u hadoop env A=b timeout 9 ", "stdbuf -oL ", "sudo -i ", "setsid -w ", "twice ", "/usr/bin/env "),
]
_BEFORE = [
    *("", "", "set -euo pipefail\n", "IFS=$'\\n\\t'\n", "# spark-submit a b\n", "echo spark-submit\n"),
    *("export X=1; ", "for i in 1 2; do echo $i; done\n", "while false; do :; done; ", "X=(a 'b c' \"$B\")\n"),
    *(
        "case $B in a|b) echo a;; (c*) ;; *) echo b;; esac\n",
        "cat > /dev/null <<EOF\nfor ' \" $( `x\nEOF\n".replace("$( `x", "x"),
    ),
    *("cat <<'E' <<-F\n$( ' \nE\n\tx\n\tF\n", "[[ $B == b* && ( a < b ) ]] && echo 'a;b'\n", "(( 1 < 2 )) && true\n"),
    *(
        'f() { echo "$1"; }; f a\n',
        "function g { echo g; }\n",
        "trap 'echo end' EXIT\n",
        "cat <<< 'a b' | grep -c a || true\n",
    ),
    *(
        "command -v spark-submit\n",
        "[ -x spark-submit ] || true; ",
        "n=$(echo '(' | wc -c) # it's\n",
        "{ echo a; } 2>&1 | cat\n",
    ),
    *("if ! which spark-submit; then exit 1; fi\n", 'x=${A:-"}"}\n', 'read -r a b <<< "1 2"\n', "echo a &\nwait\n"),
    *("alias s=spark-submit\n", "shopt -s expand_aliases\n", "cat <<EOF > /dev/null\nspark-submit b\nEOF\n"),
    *("printf 'spark-submit q\\n' | bash\n", 'timeout() { shift; "$@"; }\n', "SUBMIT=spark-submit\n$SUBMIT p.py\n"),
    *('spark-submit() { command spark-submit "$@" z; }\n', "select a in b; do break; done < /dev/null\n"),
]
_AROUND = [
    *("{}", "{}", "{}", "{}", "{}", "{}", "{}; echo done", "{} && true", "{} || true", "if true; then {}; fi"),
    *("if {}\nthen :; fi", "( {} )", "{{ {}\n}}", "cd . && {}", "case a in a) {};; esac", "! {}", "set -e; {}\n\n"),
    # It runs several times, apart, or not at all.
    *("for i in 1 2; do {}; done", "run() {{ {}; }}; run a; run b", "run() {{ {}; }}\nrun a && run b", "x=$({})"),
    *("echo `{}`", "{} & wait", "({}) & wait", "{{ {}\n}} & wait", "until {}; do :; done", "cat <({})"),
    *("while {}; do break; done", "{}; {}", "if false; then {}; else {}; fi", "function f {{ {}; }}; f", "false && {}"),
]
_QUOTED_AROUND = [
    *("eval {}", "bash -c {}", "trap {} EXIT", "echo {} | bash", "su_ -c {}", "alias run={}", "printf %s {} | sh"),
    *("bash <<< {}", "seq 2 | xargs -I_ bash -c {}"),
]
_VARIABLES = (
    "B=bucket MODE=cluster MEM=2g JAR=j.jar APP=s3://b/app.py HERE=/h SWITCH=--verbose TWO='2g --verbose' KEY=spark.jars"
    " ASSIGNMENT=spark.f=1 OPTS='--conf spark.g=1 --verbose'"
)


def script(chance: random.Random) -> str:
    """One script."""
    options = chance.sample(_OPTIONS[:19], chance.randint(0, 4))
    if chance.random() < 0.2:
        options.insert(chance.randint(0, len(options)), chance.choice(_OPTIONS[19:]))
    words = [*options, chance.choice(_APPLICATIONS), *chance.choices(_ARGS, k=chance.randint(0, 3))]
    between = chance.choice([" ", "  ", " \\\n  ", "\t"])
    program = chance.choice(["spark-submit", "spark-submit", "$BIN/spark-submit", '"spark-submit"'])
    line = chance.choice(_PREFIXES) + between.join([program, *words]) + chance.choice(_BEHIND)
    if line.endswith("# spark-submit"):
        line += "\n"
    if chance.random() < 0.15:
        around = chance.choice(_QUOTED_AROUND).format(shlex.quote(line))
    else:
        around = chance.choice(_AROUND)
        around = around.format(*[line] * around.count("{}"))
    known = "CONF=(--conf 'spark.h=1 2')\n"
    if chance.random() < 0.5:
        known += _VARIABLES.replace(" ", "\n") if "'" not in _VARIABLES else _assignments()
    before = chance.choice(_BEFORE) if chance.random() < 0.7 else ""
    return known + before + around


def variables() -> dict[str, str]:
    """The environment of the scripts that do not set the variables themselves."""
    return dict(word.split("=", 1) for word in shlex.split(_VARIABLES))


def _assignments() -> str:
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in variables().items())
