"""A spark-submit as one value: read once, changed by pure functions, written once.

The given words stay to the character. Changes are kept beside them, so the words without a change are the old ones. The
module depends on no platform, and not on Dagster: the emulators read commands with it, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from dagster_pipes_jvm.submit.options import SubmitLine, line_of, parse
from dagster_pipes_jvm.submit.uris import spark_uri

if TYPE_CHECKING:
    from dagster_pipes_jvm.job import SparkJob

ATTEMPTS_KEY = "spark.yarn.maxAppAttempts"
# The main class of `spark-sql`, for which Spark's launcher takes arguments between the options.
SPARK_SQL = "org.apache.spark.sql.hive.thriftserver.SparkSQLCLIDriver"
_MASTER_KEY = "spark.master"
_DEPLOY_MODE_KEY = "spark.submit.deployMode"
_PROPERTIES_FILES = ("--properties-file", "--extra-properties-file")


@dataclass(frozen=True)
class Changes:
    """The differences from the given words.

    Args:
        properties: the properties that a `--conf` directly after `spark-submit` sets.
        options: the options there, with their values.
        replaced: the character at which the new end of a word begins, and that end, by the number of the word.
        appended: the string that is put after a word, by the number of the word.
        args_before: the words between the application and its arguments.
        args: the new arguments of the application; `None` keeps the given ones.
    """

    properties: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    replaced: Mapping[int, tuple[int, str]] = field(default_factory=dict)
    appended: Mapping[int, str] = field(default_factory=dict)
    args_before: tuple[str, ...] = ()
    args: tuple[str, ...] | None = None

    @property
    def inserted(self) -> list[str]:
        """The words that are put directly after `spark-submit`."""
        properties = [word for key, value in self.properties.items() for word in ("--conf", f"{key}={value}")]
        return [*properties, *(word for option in self.options.items() for word in option)]

    def word(self, index: int, given: str) -> str:
        """A given word with its changes."""
        if index in self.replaced:
            start, end = self.replaced[index]
            given = given[:start] + end
        return given + self.appended.get(index, "")


@dataclass(frozen=True)
class SparkSubmit:
    """The words after `spark-submit`, and their changes. Immutable: every `with_` returns another value.

    Args:
        line: the words as they were given.
        changes: the differences from them.
        defaults: the properties that the machine sets, which the words hide.
        default_master: the master if neither the words nor the machine set one; Spark's own default is `local[*]`.
        notes: the notes on the changes for the user, each a sentence.
    """

    line: SubmitLine
    changes: Changes = field(default_factory=Changes)
    defaults: Mapping[str, str] = field(default_factory=dict)
    default_master: str = "local[*]"
    notes: tuple[str, ...] = ()

    @classmethod
    def read(
        cls,
        words: Sequence[str],
        *,
        is_shell: bool = False,
        is_sql: bool = False,
        unknown: frozenset[int] = frozenset(),
    ) -> SparkSubmit:
        """The value of the words after `spark-submit`.

        Args:
            words: the words.
            is_shell: whether they follow `spark-sql`, `spark-shell` or `pyspark`, which have no `application`.
            is_sql: whether they follow `spark-sql` with a file, which is the `application`.
            unknown: the numbers of the words of which only a shell knows the whole text.

        Raises:
            NotASubmissionError: spark-submit would refuse them, or would submit nothing.
        """
        return cls(parse(words, is_shell=is_shell, is_sql=is_sql, unknown=unknown))

    @classmethod
    def of(cls, job: SparkJob, *, master: str | None = None, deploy_mode: str | None = None) -> SparkSubmit:
        """The value of a job, with its options in the order in which spark-submit's help lists them.

        Args:
            job: the job.
            master: `--master`; `None` leaves it to the job's `conf` and the machine.
            deploy_mode: `--deploy-mode`; `None` leaves it to them, too.
        """
        options = [
            ("--master", master),
            ("--deploy-mode", deploy_mode),
            ("--class", SPARK_SQL if job.is_sql else job.main_class),
            ("--name", job.name),
            ("--jars", ",".join(map(spark_uri, job.jars))),
            ("--py-files", ",".join(map(spark_uri, job.py_files))),
            ("--files", ",".join(map(spark_uri, job.files))),
        ]
        # spark-sql does not decode a place.
        application = job.application if job.is_sql else spark_uri(job.application, is_application=True)
        conf = [("--conf", f"{key}={value}") for key, value in job.conf.items()]
        given = [*((name, value) for name, value in options if value), *conf]
        return cls(line_of(given, application, job.args, is_sql=job.is_sql))

    @property
    def application(self) -> str:
        """The jar, Python file or SQL file, as it was given."""
        return self.line.application

    @property
    def is_sql(self) -> bool:
        """Whether it is a file of SQL statements, which `spark-sql` runs."""
        return self.line.is_sql

    @property
    def is_python(self) -> bool:
        """Whether it is a PySpark script."""
        return self.application.endswith(".py")

    @property
    def args(self) -> tuple[str, ...]:
        """The application's own arguments."""
        args = self.line.args if self.changes.args is None else self.changes.args
        return (*self.changes.args_before, *args)

    @property
    def master(self) -> str:
        """The master that the line, a change or the machine sets, else `default_master`."""
        return self.spark_property(_MASTER_KEY) or self.default_master

    @property
    def is_yarn(self) -> bool:
        """Whether it runs on YARN."""
        return self.master.startswith("yarn")

    @property
    def is_cluster_mode(self) -> bool:
        """Whether the driver runs on another machine."""
        return self.spark_property(_DEPLOY_MODE_KEY) == "cluster"

    @property
    def is_yarn_cluster(self) -> bool:
        """Whether the driver is a YARN application, which may outlive spark-submit."""
        return self.is_yarn and self.is_cluster_mode

    @property
    def may_be_yarn(self) -> bool:
        """Whether it runs on YARN, as far as it is known here."""
        return self.is_yarn or not self.is_known(_MASTER_KEY)

    @property
    def may_be_cluster_mode(self) -> bool:
        """Whether the driver runs on another machine, as far as it is known here."""
        return self.is_cluster_mode or not self.is_known(_DEPLOY_MODE_KEY)

    @property
    def may_be_yarn_cluster(self) -> bool:
        """Whether the driver may outlive spark-submit on YARN, as far as it is known here."""
        return self.may_be_yarn and self.may_be_cluster_mode

    @property
    def unknown_mode(self) -> str:
        """The words that hide the deploy mode, or an empty string if it is known."""
        if self.is_known(_DEPLOY_MODE_KEY):
            return ""
        place = self.line.property_place(_DEPLOY_MODE_KEY)
        if place is not None:
            return self.line.words[place[0]]
        return next(option.name for option in self.line.options if option.name in _PROPERTIES_FILES)

    @property
    def attempts(self) -> str | None:
        """How often YARN may start the application, or `None` if only the cluster knows."""
        attempts = self.spark_property(ATTEMPTS_KEY)
        return attempts if attempts is None else attempts.strip()

    @property
    def is_single_attempt(self) -> bool:
        """Whether the platform never restarts the driver by itself.

        In client mode the driver is spark-submit's own process.
        """
        # Standalone clusters supervise drivers, and Kubernetes may restart their pods.
        return not self.may_be_cluster_mode or (self.is_yarn and self.attempts == "1")

    def spark_property(self, key: str) -> str | None:
        """A Spark property as spark-submit will see it: from the line, else from the changes, else from the machine."""
        place = self.line.property_place(key)
        if place is not None:
            index, start = place
            return self.changes.word(index, self.line.words[index])[start:]
        return self.changes.properties.get(key, self._seen_defaults.get(key))

    def is_known(self, key: str) -> bool:
        """Whether the value of a property, or its absence, is known here.

        A variable of a shell script hides it, or a properties file of the machine that runs spark-submit.
        """
        place = self.line.property_place(key)
        if place is not None:
            return place[0] not in self.line.unknown or place[0] in self.changes.replaced
        return key in self.changes.properties or not any(map(self.line.option, _PROPERTIES_FILES))

    def is_given(self, key: str) -> bool:
        """Whether the line or a change sets a property."""
        return key in self.changes.properties or self.line.property_place(key) is not None

    def with_property(self, key: str, value: str) -> SparkSubmit:
        """A property set where the line sets it, and else directly after `spark-submit`."""
        if self.is_given(key) and self.spark_property(key) == value:
            return self
        place = self.line.property_place(key)
        if place is None:
            return self._changed(properties={**self.changes.properties, key: value})
        index, start = place
        return self._with_word(index, start, value)

    def with_properties(self, properties: Mapping[str, str]) -> SparkSubmit:
        """Several properties, each set as `with_property` does."""
        changed = self
        for key, value in properties.items():
            changed = changed.with_property(key, value)
        return changed

    def without_properties(self, keys: set[str]) -> SparkSubmit:
        """The value without these properties, if they were added after `spark-submit`."""
        return self._changed(properties={k: v for k, v in self.changes.properties.items() if k not in keys})

    def with_entries(self, key: str, entries: Sequence[str]) -> SparkSubmit:
        """Entries put at the end of a property that is a list, wherever it is set.

        An entry that the list has already is not put a second time.
        """
        given = self.spark_property(key) or ""
        has = {entry.strip() for entry in given.split(",")}
        text = ",".join(entry for entry in entries if entry not in has)
        if not text:
            return self
        suffix = f",{text}" if given else text
        place = self.line.property_place(key)
        if place is not None:
            appended = self.changes.appended
            return self._changed(appended={**appended, place[0]: appended.get(place[0], "") + suffix})
        changed = self._changed(properties={**self.changes.properties, key: given + suffix})
        if self.line.option("--properties-file") and key not in self.changes.properties:
            note = f"A {key} in the step's --properties-file is hidden by ours: write it as --conf."
            return replace(changed, notes=(*self.notes, note))
        return changed

    def with_hidden_entries(self, key: str) -> SparkSubmit:
        """A list that an option sets, behind the entries that the option hides.

        The hidden entries are those of the property in `--conf`, else those of the machine.
        """
        place = self.line.property_place(key)
        hidden = self.line.conf.get(key, self._seen_defaults.get(key))
        if place is None or not hidden:
            return self
        entries = f"{hidden},{self.spark_property(key)}".split(",")
        return self.with_property(key, ",".join(dict.fromkeys(entry for entry in entries if entry.strip())))

    def with_note(self, note: str) -> SparkSubmit:
        """The value with another note for the user."""
        return self if note in self.notes else replace(self, notes=(*self.notes, note))

    def with_option(self, name: str, value: str) -> SparkSubmit:
        """An option set where the line sets it, and else directly after `spark-submit`."""
        option = self.line.option(name)
        if option is None:
            return self._changed(options={**self.changes.options, name: value})
        return self._with_word(option.index, option.value_start, value)

    def with_application(self, application: str) -> SparkSubmit:
        """Another application in the place of the given one."""
        return self._with_word(self.line.application_index, 0, application)

    def with_word(self, index: int, word: str) -> SparkSubmit:
        """Another word in the place of a given one."""
        return self._with_word(index, 0, word)

    def with_args(self, args: Sequence[str]) -> SparkSubmit:
        """Other arguments of the application."""
        given = self.line.args if self.changes.args is None else self.changes.args
        return self if tuple(args) == given else self._changed(args=tuple(args))

    def with_args_before(self, *words: str) -> SparkSubmit:
        """Words in front of the application's arguments, which stay."""
        return self._changed(args_before=words)

    def words(self) -> list[str]:
        """The words after `spark-submit`, with the changes."""
        changes, end = self.changes, self.line.application_index + 1
        words = [changes.word(index, word) for index, word in enumerate(self.line.words)]
        if self.line.sql_args is not None:
            is_kept = [changes.args is None or index not in self.line.sql_args for index in range(len(words))]
            kept = [word for word, keeps in zip(words, is_kept, strict=True) if keeps]
            return [*changes.inserted, *kept, *(changes.args or ())]
        args = words[end:] if changes.args is None else changes.args
        return [*changes.inserted, *words[:end], *changes.args_before, *args]

    @property
    def _seen_defaults(self) -> Mapping[str, str]:
        if self.line.option("--properties-file") and not self.line.option("--load-spark-defaults"):
            return {}  # spark-submit reads that file instead of the machine's defaults.
        return self.defaults

    def _with_word(self, index: int, start: int, end: str) -> SparkSubmit:
        appended = {number: suffix for number, suffix in self.changes.appended.items() if number != index}
        return self._changed(replaced={**self.changes.replaced, index: (start, end)}, appended=appended)

    def _changed(self, **fields: object) -> SparkSubmit:
        return replace(self, changes=replace(self.changes, **fields))  # type: ignore[arg-type]  # of Changes, each
