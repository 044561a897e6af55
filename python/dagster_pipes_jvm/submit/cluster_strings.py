"""The strings of a submission that a driver in a cluster would not get as the user gave them.

YARN starts a container by a shell script: it expands `{{NAME}}`, `<LOG_DIR>` and others in the command, and puts the
command between double quotes. Spark escapes only `$`, `"` and `'` for that script. The JVM then decodes the arguments
in the locale of the container. Kubernetes expands `$(NAME)` and `$$` in arguments.

Sources: org.apache.spark.deploy.yarn.YarnSparkHadoopUtil.escapeForShell, ContainerLaunch.expandEnvironment of YARN's
node manager, and https://kubernetes.io/docs/tasks/inject-data-application/define-command-argument-container/
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dagster_pipes_jvm.errors import InvalidParameterError
from dagster_pipes_jvm.redaction import REDACTED, is_secret, shown_words
from dagster_pipes_jvm.submit.spark_submit import SparkSubmit

_SHOWN_CHARACTERS = 20

# Each rule: the found text, and its effect.
_Rule = tuple[re.Pattern[str], str]
_BRACES = (re.compile(r"\{\{|\}\}"), "YARN reads it as the mark of a variable, and replaces or removes it")
_PLACES = (re.compile("<(?:LOG_DIR|CPS|ADD_OPENS)>"), "YARN replaces it with a value of the node")
_BACKTICKS = (re.compile("`"), "the shell of the container runs the text between backticks as a command")
_BACKSLASHES = (re.compile(r'\\[\\$"\n]'), "the shell of the container removes the backslash")
_DOLLARS = (re.compile(r"\$"), "the shell of the container expands it; write {{NAME}} for a variable of the node")
_QUOTES = (re.compile('"'), "the shell of the container removes it")
_NOT_ASCII = (re.compile(r"[^\0-\x7f]"), "the driver reads `?` unless its container has a UTF-8 locale")
_KUBERNETES = (re.compile(r"\$[$(]"), "Kubernetes expands it")
_STANDALONE = (re.compile(r"\A\{\{(?:WORKER_URL|USER_JAR)\}\}\Z"), "the worker replaces it with a value of its own")

_YARN_ARGUMENT: tuple[_Rule, ...] = (_BRACES, _PLACES, _BACKTICKS, _BACKSLASHES)
# In Java options, paths and variables the marks of YARN are useful. A single brace of a mark is a mistake.
_YARN_OPTION: tuple[_Rule, ...] = (_BRACES, _BACKTICKS, _BACKSLASHES)
_YARN_PATH: tuple[_Rule, ...] = (_BRACES, _BACKTICKS, _BACKSLASHES, _QUOTES)
_YARN_VARIABLE: tuple[_Rule, ...] = (*_YARN_PATH, _DOLLARS)
_YARN_MARK = re.compile(r"\{\{[A-Za-z_][A-Za-z0-9_]*\}\}")

_EXECUTOR_OPTIONS = {"spark.executor.extraJavaOptions", "spark.executor.defaultJavaOptions"}
_DRIVER_OPTIONS = {"spark.driver.extraJavaOptions", "spark.driver.defaultJavaOptions"}
_EXECUTOR_PATHS = {"spark.executor.extraClassPath", "spark.executor.extraLibraryPath"}
_DRIVER_PATHS = {"spark.driver.extraClassPath", "spark.driver.extraLibraryPath"}
_EXECUTOR_VARIABLE = "spark.executorEnv."
_YARN_DRIVER_VARIABLE = "spark.yarn.appMasterEnv."
_KUBERNETES_DRIVER_VARIABLE = "spark.kubernetes.driverEnv."
# Spark's Utils.trimExceptCRLF, for the file by which the driver gets its properties.
_TRIMMED = "".join(chr(code) for code in range(ord(" ") + 1) if chr(code) not in "\r\n")
_LOCALE_VARIABLES = ("LC_ALL", "LC_CTYPE", "LANG")

# Quotes in Java options are for Spark, which splits the options. A backslash is for Spark between double quotes only.
_QUOTED = re.compile(r"""("(?:\\.|[^"\\])*"?)|('[^']*'?)""", re.DOTALL)


@dataclass(frozen=True)
class ChangedString:
    """A string that the driver or an executor would get changed.

    Args:
        parameter: the parameter of the job, such as `args[2]`.
        place: the string's first part that changes, with its position.
        effect: what happens to it.
        remedy: what the user can do about it, as whole sentences.
        value: the string.
    """

    parameter: str
    place: str
    effect: str
    remedy: str
    value: str

    def error(self, call: str) -> InvalidParameterError:
        """The refusal.

        Args:
            call: the class or function that has the parameter.
        """
        return InvalidParameterError(
            parameter=self.parameter,
            call=call,
            expected="a string that a driver in cluster mode gets unchanged",
            got=f"{self.place}: {self.effect}",
            remedy=self.remedy,
            anchor="cluster-strings",
        )

    @property
    def note(self) -> str:
        """The warning for a string that is sent anyway."""
        return (
            f"`{self.parameter}` does not reach the driver unchanged, with or without Dagster. It has {self.place}:"
            f" {self.effect}."
        )


@dataclass(frozen=True)
class DriverStrings:
    """The strings that a submission passes to its driver and executors.

    Args:
        submit: the submission, with everything of the user.
    """

    submit: SparkSubmit

    def changed(self) -> list[ChangedString]:
        """The strings that the platform changes.

        A driver in client mode gets everything unchanged, because it is a process of spark-submit. On YARN the options
        and variables of executors go through the shell in any mode. Properties that the machine sets are left out.
        """
        submit = self.submit
        properties = {**submit.line.properties, **submit.changes.properties}
        changed = list(_arguments(submit)) if submit.is_cluster_mode else []
        if submit.is_cluster_mode and _reads_properties_from_a_file(submit):
            changed += [_trimmed(key, value) for key, value in properties.items() if value != value.strip(_TRIMMED)]
        if submit.is_yarn:
            is_utf_8 = _has_utf_8(submit, _YARN_DRIVER_VARIABLE)
            for key, value in properties.items():
                changed += _yarn_property(key, value, is_cluster_mode=submit.is_cluster_mode, is_utf_8=is_utf_8)
        return changed

    def launch_command_bytes(self) -> Mapping[str, int]:
        """The lengths of the parts of the command that YARN passes to a shell as one string, by parameter, in bytes."""
        submit = self.submit
        options = {f"conf[{key!r}]": submit.spark_property(key) or "" for key in sorted(_DRIVER_OPTIONS)}
        parts = {**{f"args[{index}]": arg for index, arg in enumerate(submit.args)}, **options}
        return {parameter: len(_escaped(value).encode()) for parameter, value in parts.items() if value}


def _arguments(submit: SparkSubmit) -> Iterator[ChangedString]:
    scheme = submit.master.partition(":")[0]
    if submit.is_yarn:
        rules, variable = _YARN_ARGUMENT, _YARN_DRIVER_VARIABLE
    elif scheme == "k8s":
        rules, variable = (_KUBERNETES,), _KUBERNETES_DRIVER_VARIABLE
    else:
        rules, variable = (_STANDALONE,), ""
    if not (variable and _has_utf_8(submit, variable)):
        rules = (*rules, _NOT_ASCII)
    locale = f" {_locale_remedy(variable)}" if variable else ""
    strings = {f"args[{index}]": arg for index, arg in enumerate(submit.args)}
    if not submit.is_python and (main_class := submit.line.value("--class")):
        strings["main_class"] = main_class
    for parameter, value in strings.items():
        for found, effect in _found(value, rules):
            remedy = "Pass the value in Pipes `extras`, or encode it, for example with base64."
            if effect == _NOT_ASCII[1]:
                remedy += locale
            elif found[0] in ("{{", "}}"):
                remedy += " In JSON, write a space between the braces."
            is_hidden = REDACTED in "".join(shown_words(submit.args))
            place = _place(value, found, is_hidden=is_hidden)
            yield ChangedString(parameter, place, effect, remedy, value)
            break


def _yarn_property(key: str, value: str, *, is_cluster_mode: bool, is_utf_8: bool) -> Iterator[ChangedString]:
    is_executors = key in _EXECUTOR_OPTIONS | _EXECUTOR_PATHS or key.startswith(_EXECUTOR_VARIABLE)
    if not (is_executors or is_cluster_mode):
        return
    rules: tuple[_Rule, ...] = ()
    checked = value
    if key in _EXECUTOR_OPTIONS | _DRIVER_OPTIONS:
        checked = _QUOTED.sub(_unquoted, value)
        rules = _YARN_OPTION
    elif key in _EXECUTOR_PATHS | _DRIVER_PATHS:
        rules = _YARN_PATH
    elif key.startswith((_EXECUTOR_VARIABLE, _YARN_DRIVER_VARIABLE)):
        rules = _YARN_VARIABLE
    if rules and not is_utf_8:
        rules = (*rules, _NOT_ASCII)
    # The replacement has the same length, so that positions stay.
    checked = _YARN_MARK.sub(lambda mark: "_" * len(mark[0]), checked)
    parameter = f"conf[{key!r}]"
    for found, effect in _found(checked, rules):
        remedy = "Leave it out of the value, or let the job read the value from Pipes `extras` or a file."
        if effect == _NOT_ASCII[1]:
            remedy += f" {_locale_remedy(_YARN_DRIVER_VARIABLE)}"
        yield ChangedString(parameter, _place(checked, found, is_hidden=is_secret(key)), effect, remedy, value)
        return


def _reads_properties_from_a_file(submit: SparkSubmit) -> bool:
    return submit.is_yarn or submit.master.startswith("k8s")


def _trimmed(key: str, value: str) -> ChangedString:
    return ChangedString(
        f"conf[{key!r}]",
        "a space at its start or end",
        "Spark removes it in cluster mode",
        "Leave the space out, or let the job read the value from Pipes `extras`.",
        value,
    )


def _found(value: str, rules: tuple[_Rule, ...]) -> Iterator[tuple[re.Match[str], str]]:
    for pattern, effect in rules:
        found = pattern.search(value)
        if found:
            yield found, effect


def _place(value: str, found: re.Match[str], *, is_hidden: bool) -> str:
    at = f"{found[0]!r} at character {found.start() + 1:,} of {len(value):,}"
    if is_hidden:
        return at
    start = max(0, found.start() - _SHOWN_CHARACTERS)
    end = found.end() + _SHOWN_CHARACTERS
    around = f"{'...' if start else ''}{value[start:end]}{'...' if end < len(value) else ''}"
    return f"{at}, in {around!r}"


def _unquoted(quoted: re.Match[str]) -> str:
    if quoted[1]:
        return re.sub(r"\\(.)", r"\1", quoted[1][1:].removesuffix('"'), flags=re.DOTALL)
    return quoted[2].strip("'")


def _has_utf_8(submit: SparkSubmit, prefix: str) -> bool:
    for name in _LOCALE_VARIABLES:
        value = submit.spark_property(prefix + name)
        if value:
            return "utf" in value.lower()
    return False


def _locale_remedy(prefix: str) -> str:
    return f"Or set `{prefix}LC_ALL` to a UTF-8 locale that the machines of the cluster have, such as C.UTF-8."


def _escaped(arg: str) -> str:
    """As Spark escapes an argument, after the shell has read the outer double quotes; with `--arg` and the spaces."""
    return "--arg '" + arg.replace("'", "'\\''") + "' "
