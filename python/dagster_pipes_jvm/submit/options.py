"""The arguments of spark-submit, read as it reads them itself. Imports only `redaction` and the standard library.

Source: org.apache.spark.launcher.SparkSubmitOptionParser and org.apache.spark.deploy.SparkSubmitArguments.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dagster_pipes_jvm.redaction import shown_text

OPTIONS_WITH_VALUE = frozenset(
    {
        "--archives",
        "--class",
        "--conf",
        "--deploy-mode",
        "--driver-class-path",
        "--driver-cores",
        "--driver-default-class-path",  # 4.x
        "--driver-java-options",
        "--driver-library-path",
        "--driver-memory",
        "--executor-cores",
        "--executor-memory",
        "--extra-properties-file",  # 4.x
        "--files",
        "--jars",
        "--keytab",
        "--kill",
        "--master",
        "--name",
        "--num-executors",
        "--packages",
        "--exclude-packages",
        "--principal",
        "--properties-file",
        "--proxy-user",
        "--py-files",
        "--queue",
        "--remote",
        "--repositories",
        "--status",
        "--total-executor-cores",
    }
)
SWITCHES = frozenset({"--help", "--supervise", "--usage-error", "--verbose", "--version", "--load-spark-defaults"})
ALIASES = {"-c": "--conf", "-h": "--help", "-v": "--verbose"}

# An option wins over the property that it stands for, wherever the two are.
PROPERTY_BY_OPTION = {
    "--archives": "spark.archives",
    "--deploy-mode": "spark.submit.deployMode",
    "--driver-class-path": "spark.driver.extraClassPath",
    "--driver-cores": "spark.driver.cores",
    "--driver-java-options": "spark.driver.extraJavaOptions",
    "--driver-library-path": "spark.driver.extraLibraryPath",
    "--driver-memory": "spark.driver.memory",
    "--exclude-packages": "spark.jars.excludes",
    "--executor-cores": "spark.executor.cores",
    "--executor-memory": "spark.executor.memory",
    "--files": "spark.files",
    "--jars": "spark.jars",
    "--keytab": "spark.kerberos.keytab",
    "--master": "spark.master",
    "--name": "spark.app.name",
    "--num-executors": "spark.executor.instances",
    "--packages": "spark.jars.packages",
    "--principal": "spark.kerberos.principal",
    "--py-files": "spark.submit.pyFiles",
    "--queue": "spark.yarn.queue",
    "--repositories": "spark.jars.repositories",
    "--total-executor-cores": "spark.cores.max",
}

# These end spark-submit without an application.
_NO_SUBMISSION = {"--help", "--version", "--usage-error", "--kill", "--status"}
# As in Java, where `.` is every character but the ends of a line.
_WITH_EQUALS_SIGN = re.compile("(--[^=]+)=([^\n\r\u0085\u2028\u2029]+)")


class NotASubmissionError(ValueError):
    """The words submit no application, or not one that can be told; the text says why, without secrets."""

    def __init__(self, reason: str) -> None:
        super().__init__(shown_text(reason))


@dataclass(frozen=True)
class Option:
    """One option as it stands.

    Args:
        name: its official name, `--conf` for `-c`.
        value: its value, `None` of a switch.
        index: the word that holds the value, or the switch itself.
        value_start: where in that word the value begins: not 0 for `--name=value`.
    """

    name: str
    value: str | None
    index: int
    value_start: int = 0


@dataclass(frozen=True)
class SubmitLine:
    """The words behind `spark-submit`, understood.

    Args:
        words: all of them.
        options: those before the application, in order; of one that is repeated the last counts.
        application_index: the word that names the application; its arguments follow. A shell has no such word.
        unknown: the numbers of the words of which only a shell knows the whole text.
        is_sql: whether the application is a file of SQL statements, behind the word `-f`.
        sql_args: the numbers of the words that are arguments of `spark-sql`; `None` if they follow the application.
    """

    words: tuple[str, ...]
    options: tuple[Option, ...]
    application_index: int
    unknown: frozenset[int] = frozenset()
    is_sql: bool = False
    sql_args: tuple[int, ...] | None = None

    @property
    def application(self) -> str:
        """The jar, Python file or SQL file."""
        return self.words[self.application_index]

    @property
    def args(self) -> tuple[str, ...]:
        """The application's own arguments."""
        return tuple(self.words[index] for index in self.args_indices)

    @property
    def args_indices(self) -> tuple[int, ...]:
        """The numbers of the words that are the application's own arguments."""
        if self.sql_args is not None:
            return self.sql_args
        return tuple(range(self.application_index + 1, len(self.words)))

    def option(self, name: str) -> Option | None:
        """The option that counts; `None` where it is not given."""
        return next((option for option in reversed(self.options) if option.name == name), None)

    def value(self, name: str) -> str | None:
        """The value of an option."""
        option = self.option(name)
        return option.value if option else None

    def values(self, name: str) -> tuple[str, ...]:
        """The entries of an option that takes a comma-separated list."""
        return tuple(entry.strip() for entry in (self.value(name) or "").split(",") if entry.strip())

    @property
    def conf(self) -> dict[str, str]:
        """What the `--conf`s set."""
        return dict(_key_and_value(option) for option in self.options if option.name == "--conf")

    @property
    def properties(self) -> dict[str, str]:
        """What `--conf`s and the options that stand for a property set."""
        by_option = {
            PROPERTY_BY_OPTION[option.name]: option.value
            for option in self.options
            if option.name in PROPERTY_BY_OPTION and option.value is not None
        }
        return {**self.conf, **by_option}

    def property_place(self, key: str) -> tuple[int, int] | None:
        """Word and character at which the value of a property begins; `None` where the line does not set it."""
        for name, property_name in PROPERTY_BY_OPTION.items():
            option = self.option(name)
            if property_name == key and option:
                return option.index, option.value_start
        for option in reversed(self.options):
            if option.name == "--conf" and _key_and_value(option)[0] == key:
                return option.index, option.value_start + len(key) + 1
        return None


def parse(
    words: Sequence[str], *, is_shell: bool = False, is_sql: bool = False, unknown: frozenset[int] = frozenset()
) -> SubmitLine:
    """Understand the words behind `spark-submit`, or behind a shell: `spark-sql`, `spark-shell` or `pyspark`.

    Args:
        words: the words.
        is_shell: a shell brings its application with it, and its own arguments may be between the options.
        is_sql: whether the shell is `spark-sql`, with a file behind `-f`, which is the application.
        unknown: see `SubmitLine`.

    Raises:
        NotASubmissionError: spark-submit would refuse them, or would submit nothing.
    """
    options: list[Option] = []
    of_shell: list[int] = []
    index = 0
    while index < len(words):
        word, value, start = words[index], None, 0
        matched = _WITH_EQUALS_SIGN.fullmatch(word)
        if matched:
            word, value = matched.groups()
            start = matched.start(2)
        name = ALIASES.get(word, word)
        if name in OPTIONS_WITH_VALUE:
            if value is None:
                index += 1
                if index == len(words):
                    raise NotASubmissionError(f"the option {word} has no value")
                value = words[index]
            if name == "--conf" and "=" not in value:
                raise NotASubmissionError(f"--conf {value} has no `=`")
            options.append(Option(name, value, index, start))
        elif name in SWITCHES:
            options.append(Option(name, None, index))
        elif is_shell or is_sql:
            of_shell.append(index)  # SparkSubmitCommandBuilder: `allowsMixedArguments`.
        elif word.startswith("-"):
            raise NotASubmissionError(f"spark-submit has no option {word}")
        else:
            break
        if name in _NO_SUBMISSION:
            raise NotASubmissionError(f"{word} submits nothing")
        index += 1
    if is_sql:
        return _sql_line(words, options, of_shell, unknown)
    if index >= len(words) and not is_shell:
        raise NotASubmissionError("no application is named")
    return SubmitLine(tuple(words), tuple(options), index, unknown)


def _sql_line(
    words: Sequence[str], options: Sequence[Option], of_shell: Sequence[int], unknown: frozenset[int]
) -> SubmitLine:
    place = next((at for at, index in enumerate(of_shell) if words[index] == "-f"), None)
    if place is None or place + 1 == len(of_shell):
        raise NotASubmissionError("spark-sql without `-f FILE` runs no file of statements")
    args = (*of_shell[:place], *of_shell[place + 2 :])
    return SubmitLine(tuple(words), tuple(options), of_shell[place + 1], unknown, is_sql=True, sql_args=args)


def line_of(
    options: Sequence[tuple[str, str]], application: str, args: Sequence[str], *, is_sql: bool = False
) -> SubmitLine:
    """The same of parts that are known, in their order.

    Args:
        options: names and values, each of `OPTIONS_WITH_VALUE`.
        application: the jar, Python file or SQL file.
        args: its own arguments.
        is_sql: see `SubmitLine`.
    """
    before = ("-f",) if is_sql else ()
    return SubmitLine(
        words=(*(word for option in options for word in option), *before, application, *args),
        options=tuple(Option(name, value, 2 * number + 1) for number, (name, value) in enumerate(options)),
        application_index=2 * len(options) + len(before),
        is_sql=is_sql,
    )


def _key_and_value(option: Option) -> tuple[str, str]:
    key, _, value = (option.value or "").partition("=")
    return key, value
