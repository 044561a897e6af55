"""The description of a job: a Spark application, the same on every platform."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any, Literal, TypeVar, get_args

from dagster_pipes_jvm.errors import InvalidParameterError
from dagster_pipes_jvm.redaction import REDACTED, SPARK_KEY, is_secret, shown_text, shown_words
from dagster_pipes_jvm.wire import CONF_KEY_BY_VARIABLE

PipesMode = Literal["required", "optional", "off"]
"""How much a job is expected to report.

- `required`: a job that never opened its session, or never closed it, fails the step.
- `optional`: the platform's end state decides; what is reported arrives.
- `off`: nothing of ours is attached; the command is exactly the one that ran before.
"""

Instrument = Literal[False, True, "strict"]
"""Whether an application that knows nothing of Dagster is reported all the same.

- `True`: its life, what it writes and why it fails, see docs/zero-code.md.
- `"strict"`: likewise, and an asset of the step to which nothing was written fails the step.
"""

_Job = TypeVar("_Job", bound="SparkJob")


@dataclass(frozen=True)
class SparkJob:
    r"""A Spark application as `spark-submit` takes it. Immutable; `override` makes the variant of one run.

    Values reach a driver in client mode exactly as given. Only NUL cannot be passed to any process. In cluster mode the
    platform changes some strings: a client refuses these before the launch, with a link to the list of them.

    Args:
        application: path or URI of a `.jar`, `.py` or `.sql` file. Spark runs a `.sql` file as `spark-sql -f` does. It
            is always instrumented, because it cannot report by itself.
        main_class: the class of a jar whose manifest names none; `None` for a `.py`.
        args: arguments of the application itself.
        conf: Spark properties, `--conf`; booleans and numbers are written as Spark reads them (`true`, `4`).
        jars: jars for the driver's and executors' class paths, `--jars`.
        py_files: `.py`, `.zip` or `.egg` files for the Python path, `--py-files`.
        files: files for every executor's working directory, `--files`.
        name: the application's name; `None` leaves it to Spark.
        pipes: how much the job is expected to report, see `PipesMode`.
        instrument: whether an unmodified application is reported without a line of its own, see `Instrument`.
        outputs: for an instrumented application, asset key (parts joined by `/`) to the path or table that is this asset;
            `*` stands for any characters. `None`: the only asset of the step gets everything that is written.
        inputs: the same for what it reads: the asset keys in the column lineage.

    Raises:
        InvalidParameterError: for a value of a type or form that spark-submit cannot take.

    Source: https://spark.apache.org/docs/latest/submitting-applications.html
    """

    application: str
    main_class: str | None = None
    args: Sequence[str] = ()
    conf: Mapping[str, str] = field(default_factory=dict)
    jars: Sequence[str] = ()
    py_files: Sequence[str] = ()
    files: Sequence[str] = ()
    name: str | None = None
    pipes: PipesMode = "required"
    instrument: Instrument = False
    outputs: Mapping[str, str] | None = None
    inputs: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        _check_text("application", self.application)
        if not self.application.strip():
            raise _invalid(
                "application",
                "the path or URI of a .jar, .py or .sql file",
                "an empty text",
                remedy="Name the file to run.",
            )
        if self.application == "spark-internal":
            raise _invalid(
                "application",
                "the path or URI of a .jar, .py or .sql file",
                "'spark-internal', which stands for a shell of Spark",
                remedy="Pass the .sql file of `spark-sql -f` itself, and its options as `args`.",
            )
        if self.application.endswith(".scala"):
            raise _invalid(
                "application",
                "an application whose exit code says whether it failed",
                f"{self.application!r}, a script of spark-shell, which ends with exit code 0 also after an error",
                remedy="Compile it to a .jar, or write it as a .py or .sql file.",
            )
        if self.application.startswith("-"):
            raise _invalid(
                "application",
                "an application that spark-submit does not take for an option",
                repr(self.application),
                remedy=f"Write it as a path, ./{self.application}.",
            )
        for parameter in ("main_class", "name"):
            if getattr(self, parameter) is not None:
                _check_text(parameter, getattr(self, parameter))
        if (self.is_python or self.is_sql) and self.main_class is not None:
            raise _invalid(
                "main_class",
                f"None, because {self.application} is a {'Python' if self.is_python else 'SQL'} file",
                repr(self.main_class),
                remedy="Leave `main_class` out, or name the jar that holds the class as `application`.",
                anchor="main-class",
            )
        if self.pipes not in get_args(PipesMode):
            raise _invalid(
                "pipes", f"one of {list(get_args(PipesMode))}", repr(self.pipes), remedy="Pass one of these."
            )
        if self.instrument not in get_args(Instrument):
            raise _invalid(
                "instrument", f"one of {list(get_args(Instrument))}", repr(self.instrument), remedy="Pass one of these."
            )
        if self.is_sql and self.pipes != "off" and not self.instrument:
            object.__setattr__(self, "instrument", True)
        for parameter in ("outputs", "inputs"):
            if getattr(self, parameter) is not None:
                self._check_patterns(parameter, getattr(self, parameter))
        for parameter in ("args", "jars", "py_files", "files"):
            object.__setattr__(self, parameter, _checked_texts(parameter, getattr(self, parameter)))
        for parameter in ("jars", "py_files", "files"):
            for value in getattr(self, parameter):
                if "," in value:
                    raise _invalid(
                        parameter,
                        "paths without a comma, which separates them in spark-submit",
                        repr(value),
                        remedy="Pass each path as an entry of its own.",
                    )
        object.__setattr__(self, "conf", MappingProxyType(_checked_conf(self.conf)))

    def _check_patterns(self, parameter: str, patterns: Any) -> None:
        if not self.instrument:
            raise _invalid(
                parameter,
                "None, because the application is not instrumented",
                repr(patterns),
                remedy="Say `instrument=True`, or leave it out.",
                anchor="instrument",
            )
        if not isinstance(patterns, Mapping):
            raise _invalid(
                parameter,
                "a mapping of asset keys to paths or tables",
                f"{patterns!r} of type {type(patterns).__name__}",
                remedy='Pass a dict, such as {"orders": "s3://bucket/orders"}.',
                anchor="instrument",
            )
        for key, pattern in patterns.items():
            _check_text(parameter, key)
            _check_text(f"{parameter}[{key!r}]", pattern)
            if not key or not pattern:
                raise _invalid(
                    parameter,
                    "keys and patterns that are not empty",
                    repr(patterns),
                    remedy="Name the asset and its path or table, or leave the entry out.",
                    anchor="instrument",
                )
        object.__setattr__(self, parameter, MappingProxyType(dict(patterns)))

    @property
    def is_python(self) -> bool:
        """Whether the application is a PySpark script."""
        return self.application.endswith(".py")

    @property
    def title(self) -> str:
        """The job in a few words, without secrets: the application's file, and the main class."""
        name = PurePosixPath(self.application).name or self.application
        return shown_text(f"{name} ({self.main_class})" if self.main_class else name)

    @property
    def is_sql(self) -> bool:
        """Whether the application is a file of SQL statements."""
        return self.application.endswith((".sql", ".hql"))

    @property
    def notes(self) -> tuple[str, ...]:
        """Warnings for a launch by a client that runs the job in another form than the given one, each a sentence."""
        return ()

    def override(
        self: _Job,
        *,
        args: Sequence[str] | None = None,
        conf: Mapping[str, Any] | None = None,
    ) -> _Job:
        """This job for one run: other arguments, and further (or other) Spark properties.

        Args:
            args: takes the place of `args` whole; `None` keeps them.
            conf: laid over `conf` key by key; `None` keeps it.
        """
        if args is None and conf is None:
            return self
        return replace(
            self,
            args=self.args if args is None else args,
            conf=self.conf if conf is None else {**self.conf, **_checked_conf(conf)},
        )


def _checked_texts(parameter: str, values: Any) -> tuple[str, ...]:
    if isinstance(values, str) or not isinstance(values, Sequence):
        raise _invalid(
            parameter,
            "a list of texts",
            f"{values!r} of type {type(values).__name__}",
            remedy="Pass a list with one str for each.",
        )
    shown = shown_words([value if isinstance(value, str) else repr(value) for value in values])
    for index, value in enumerate(values):
        _check_text(f"{parameter}[{index}]", value, shown=shown[index])
    return tuple(values)


def _checked_conf(conf: Any) -> dict[str, str]:
    if not isinstance(conf, Mapping):
        raise _invalid(
            "conf",
            "a mapping of Spark properties",
            f"{conf!r} of type {type(conf).__name__}",
            remedy='Pass a dict, such as {"spark.executor.memory": "4g"}.',
        )
    checked = {}
    for key, value in conf.items():
        _check_text("conf", key)
        if not key or "=" in key:
            raise _invalid(
                "conf", "property names without `=`", repr(key), remedy="Pass the name as key and the value as value."
            )
        if key in CONF_KEY_BY_VARIABLE.values():
            raise _invalid(
                "conf",
                "no property that carries the Pipes session",
                repr(key),
                remedy="Leave it out: the client sets it for each run.",
                anchor="parameters",
            )
        if isinstance(value, bool):
            value = str(value).lower()
        elif isinstance(value, int | float):
            value = str(value)
        _check_text(
            f"conf[{key!r}]",
            value,
            remedy="Pass a str, a bool or a number, or leave the property out.",
            shown=REDACTED if is_secret(key, conf.get(SPARK_KEY)) else None,
        )
        checked[key] = value
    return checked


def _check_text(parameter: str, value: Any, *, remedy: str = "Pass a str.", shown: str | None = None) -> None:
    """Refuse what is no text of Unicode characters; `shown` is the value without secrets, if it may be one."""
    if shown is None or REDACTED not in shown:
        shown = repr(value)
    if not isinstance(value, str):
        raise _invalid(parameter, "a text", f"{shown} of type {type(value).__name__}", remedy=remedy)
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as e:
        raise _invalid(
            parameter,
            "a text of Unicode characters, which a lone surrogate is not",
            f"{shown} ({e.reason} at {e.start})",
            remedy="Decode the bytes that it comes from with the right encoding.",
            anchor="argument-characters",
        ) from None
    if "\0" in value:
        raise _invalid(
            parameter,
            "a text without the character NUL, which no process can be given",
            shown,
            remedy="Take it out, or pass the value in Pipes `extras`.",
            anchor="argument-characters",
        )


def _invalid(
    parameter: str,
    expected: str,
    got: str,
    *,
    remedy: str,
    anchor: str = "spark-job",
) -> InvalidParameterError:
    return InvalidParameterError(
        parameter=parameter, call="SparkJob", expected=expected, got=got, remedy=remedy, anchor=anchor
    )
