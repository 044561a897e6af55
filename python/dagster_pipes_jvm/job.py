"""What to run: a Spark application and the spark-submit arguments it becomes, the same on every platform."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Literal, get_args

from dagster_pipes_jvm.errors import InvalidParameterError
from dagster_pipes_jvm.platforms.emr.step import checked_step, read_step
from dagster_pipes_jvm.submit.options import PROPERTY_BY_OPTION, NotASubmissionError
from dagster_pipes_jvm.wire import CONTEXT_CONF_KEY, MESSAGES_CONF_KEY

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

_RESERVED_CONF = {CONTEXT_CONF_KEY, MESSAGES_CONF_KEY}
# Of a step's options those that have a field of their own, or are the client's.
_NOT_IN_CONF = {
    PROPERTY_BY_OPTION[o] for o in ("--jars", "--py-files", "--files", "--name", "--master", "--deploy-mode")
}


@dataclass(frozen=True)
class SparkJob:
    r"""A Spark application as `spark-submit` takes it. Immutable; `override` makes the variant of one run.

    Values reach the process exactly as given, whatever characters they hold; only NUL cannot be passed to any process.

    Args:
        application: path or URI of a `.jar` or `.py` file.
        main_class: the class of a jar whose manifest names none; `None` for a `.py`.
        args: arguments of the application itself.
        conf: Spark properties, `--conf`; booleans and numbers are written as Spark reads them (`true`, `4`).
        jars: jars for the driver's and executors' class paths, `--jars`.
        py_files: `.py`, `.zip` or `.egg` files for the Python path, `--py-files`.
        files: files for every executor's working directory, `--files`.
        name: the application's name; `None` leaves it to Spark.
        pipes: how much the job is expected to report, see `PipesMode`.
        emr_step: the EMR step that the job was made of, see `from_emr_step`; `None` for every other job.
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
    emr_step: Mapping[str, Any] | None = None
    instrument: Instrument = False
    outputs: Mapping[str, str] | None = None
    inputs: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        _check_text("application", self.application)
        if not self.application.strip():
            raise _invalid("application", "the path or URI of a .jar or .py file", "an empty text")
        for parameter in ("main_class", "name"):
            if getattr(self, parameter) is not None:
                _check_text(parameter, getattr(self, parameter))
        if self.is_python and self.main_class is not None:
            raise _invalid(
                "main_class",
                f"None, because {self.application} is a Python file",
                repr(self.main_class),
                remedy="Leave `main_class` out, or name the jar that holds the class as `application`.",
                anchor="main-class",
            )
        if self.pipes not in get_args(PipesMode):
            raise _invalid("pipes", f"one of {list(get_args(PipesMode))}", repr(self.pipes))
        if self.instrument not in get_args(Instrument):
            raise _invalid("instrument", f"one of {list(get_args(Instrument))}", repr(self.instrument))
        for parameter in ("outputs", "inputs"):
            if getattr(self, parameter) is not None:
                self._check_patterns(parameter, getattr(self, parameter))
        for parameter in ("args", "jars", "py_files", "files"):
            object.__setattr__(self, parameter, _checked_texts(parameter, getattr(self, parameter)))
        for parameter in ("jars", "py_files", "files"):
            for value in getattr(self, parameter):
                if "," in value:
                    raise _invalid(
                        parameter, "paths without a comma, which separates them in spark-submit", repr(value)
                    )
        object.__setattr__(self, "conf", MappingProxyType(_checked_conf(self.conf)))
        if self.emr_step is not None:
            object.__setattr__(self, "emr_step", checked_step(self.emr_step))

    @classmethod
    def from_emr_step(cls, step: Mapping[str, Any], *, pipes: PipesMode = "required") -> "SparkJob":
        """A step that runs on EMR today, as boto3 and Airflow take it, unchanged.

        On EMR the step is sent as it is given; what is ours goes right behind `spark-submit`. Elsewhere the job runs as the
        spark-submit that it is, without master and deploy mode, which are the client's.

        Recognised is a step of `command-runner.jar` whose `Args` are `spark-submit` (also with its path) and its arguments, or
        `bash -c` (also `sh`, also with further flags) and a script with exactly one spark-submit, in no loop. Every other one
        runs untouched, and on EMR alone: its `pipes` is then `"off"`, and whoever renders or launches it says why.

        `override(conf=...)` changes a property where the step sets it, and else puts it behind `spark-submit`;
        `override(args=...)` takes the place of what stands behind the application.

        Args:
            step: the step, also with fields of AddJobFlowSteps such as `ExecutionRoleArn`; it is copied. Airflow's templates
                (`{{ ds }}`) stay as they are written.
            pipes: how much the job is expected to report, see `PipesMode`.

        Raises:
            InvalidParameterError: it is no step.

        Source: https://docs.aws.amazon.com/emr/latest/APIReference/API_StepConfig.html
        """
        given = checked_step(step)
        jar_step = given["HadoopJarStep"]
        try:
            line = read_step(given).line
        except NotASubmissionError:
            return cls(
                jar_step["Jar"],
                main_class=jar_step.get("MainClass"),
                args=jar_step.get("Args") or (),
                pipes="off",
                emr_step=given,
            )
        is_python = line.application.endswith(".py")
        return cls(
            line.application,
            main_class=None if is_python else line.value("--class"),  # spark-submit passes over it, too
            args=line.args,
            conf={**line.conf, **{k: v for k, v in line.properties.items() if k not in _NOT_IN_CONF}},
            jars=line.values("--jars"),
            py_files=line.values("--py-files"),
            files=line.values("--files"),
            name=line.value("--name"),
            pipes=pipes,
            emr_step=given,
        )

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
                anchor="instrument",
            )
        for key, pattern in patterns.items():
            _check_text(parameter, key)
            _check_text(f"{parameter}[{key!r}]", pattern)
            if not key or not pattern:
                raise _invalid(parameter, "keys and patterns that are not empty", repr(patterns), anchor="instrument")
        object.__setattr__(self, parameter, MappingProxyType(dict(patterns)))

    @property
    def is_python(self) -> bool:
        """Whether the application is a PySpark script."""
        return self.application.endswith(".py")

    def override(
        self,
        *,
        args: Sequence[str] | None = None,
        conf: Mapping[str, Any] | None = None,
    ) -> "SparkJob":
        """This job for one run: other arguments, and further (or other) Spark properties.

        Args:
            args: takes the place of `args` whole; `None` keeps them.
            conf: laid over `conf` key by key; `None` keeps it.
        """
        return replace(
            self,
            args=self.args if args is None else args,
            conf=self.conf if conf is None else {**self.conf, **_checked_conf(conf)},
        )

    def spark_submit_arguments(
        self,
        *,
        master: str | None = None,
        deploy_mode: str | None = None,
        session_conf: Mapping[str, str] = MappingProxyType({}),
    ) -> list[str]:
        """What stands behind `spark-submit`, in the order in which its help lists it.

        Args:
            master: `--master`; `None` leaves it to `conf` and the machine's spark-defaults.conf.
            deploy_mode: `--deploy-mode`, `client` or `cluster`; `None` likewise.
            session_conf: the Spark properties that carry the Pipes session of one run.
        """
        return list(self._spark_submit_arguments(master, deploy_mode, session_conf))

    def _spark_submit_arguments(
        self, master: str | None, deploy_mode: str | None, session_conf: Mapping[str, str]
    ) -> Iterator[str]:
        for option, value in (
            ("--master", master),
            ("--deploy-mode", deploy_mode),
            ("--class", self.main_class),
            ("--name", self.name),
            ("--jars", ",".join(self.jars)),
            ("--py-files", ",".join(self.py_files)),
            ("--files", ",".join(self.files)),
        ):
            if value:
                yield from (option, value)
        for key, value in (*self.conf.items(), *session_conf.items()):
            yield from ("--conf", f"{key}={value}")
        yield self.application
        yield from self.args


def _checked_texts(parameter: str, values: Any) -> tuple[str, ...]:
    if isinstance(values, str) or not isinstance(values, Sequence):
        raise _invalid(parameter, "a list of texts", f"{values!r} of type {type(values).__name__}")
    for index, value in enumerate(values):
        _check_text(f"{parameter}[{index}]", value)
    return tuple(values)


def _checked_conf(conf: Any) -> dict[str, str]:
    if not isinstance(conf, Mapping):
        raise _invalid("conf", "a mapping of Spark properties", f"{conf!r} of type {type(conf).__name__}")
    checked = {}
    for key, value in conf.items():
        _check_text("conf", key)
        if not key or "=" in key:
            raise _invalid("conf", "property names without `=`", repr(key))
        if key in _RESERVED_CONF:
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
        _check_text(f"conf[{key!r}]", value)
        checked[key] = value
    return checked


def _check_text(parameter: str, value: Any) -> None:
    if not isinstance(value, str):
        raise _invalid(parameter, "a text", f"{value!r} of type {type(value).__name__}")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as e:
        raise _invalid(
            parameter,
            "a text of Unicode characters, which a lone surrogate is not",
            f"{value!r} ({e.reason} at {e.start})",
            anchor="argument-characters",
        ) from None
    if "\0" in value:
        raise _invalid(
            parameter,
            "a text without the character NUL, which no process can be given",
            repr(value),
            anchor="argument-characters",
        )


def _invalid(
    parameter: str,
    expected: str,
    got: str,
    *,
    remedy: str = "Correct the call.",
    anchor: str = "spark-job",
) -> InvalidParameterError:
    return InvalidParameterError(
        parameter=parameter, call="SparkJob", expected=expected, got=got, remedy=remedy, anchor=anchor
    )
