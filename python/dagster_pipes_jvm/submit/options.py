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
    """

    words: tuple[str, ...]
    options: tuple[Option, ...]
    application_index: int
    unknown: frozenset[int] = frozenset()

    @property
    def application(self) -> str:
        """The jar or Python file."""
        return self.words[self.application_index]

    @property
    def args(self) -> tuple[str, ...]:
        """The application's own arguments."""
        return self.words[self.application_index + 1 :]

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


def parse(words: Sequence[str], *, is_shell: bool = False, unknown: frozenset[int] = frozenset()) -> SubmitLine:
    """Understand the words behind `spark-submit`, or behind a shell: `spark-sql`, `spark-shell` or `pyspark`.

    Args:
        words: the words.
        is_shell: a shell brings its application with it, and its own arguments may be between the options.
        unknown: see `SubmitLine`.

    Raises:
        NotASubmissionError: spark-submit would refuse them, or would submit nothing.
    """
    options: list[Option] = []
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
        elif is_shell:
            pass  # SparkSubmitCommandBuilder: `allowsMixedArguments`.
        elif word.startswith("-"):
            raise NotASubmissionError(f"spark-submit has no option {word}")
        else:
            break
        if name in _NO_SUBMISSION:
            raise NotASubmissionError(f"{word} submits nothing")
        index += 1
    if index >= len(words) and not is_shell:
        raise NotASubmissionError("no application is named")
    return SubmitLine(tuple(words), tuple(options), index, unknown)


def line_of(options: Sequence[tuple[str, str]], application: str, args: Sequence[str]) -> SubmitLine:
    """The same of parts that are known, in their order.

    Args:
        options: names and values, each of `OPTIONS_WITH_VALUE`.
        application: the jar or Python file.
        args: its own arguments.
    """
    return SubmitLine(
        words=(*(word for option in options for word in option), application, *args),
        options=tuple(Option(name, value, 2 * number + 1) for number, (name, value) in enumerate(options)),
        application_index=2 * len(options),
    )


def _key_and_value(option: Option) -> tuple[str, str]:
    key, _, value = (option.value or "").partition("=")
    return key, value
