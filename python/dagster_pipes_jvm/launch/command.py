"""The command and the environment of one submission: spark-submit's own, plus what attaches the bridge, S3A and the session."""

import json
import os
import shlex
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dagster._core.pipes.context import PipesSession

from dagster_pipes_jvm.errors import InvalidParameterError
from dagster_pipes_jvm.inject.bootstrap import bootstrap_conf, cluster_environment_conf
from dagster_pipes_jvm.jars import bridge_jar
from dagster_pipes_jvm.job import SparkJob
from dagster_pipes_jvm.launch.spark_defaults import spark_defaults
from dagster_pipes_jvm.maven import s3a_jars

_S3_SCHEMES = ("s3://", "s3a://")
_S3A_CLASS = "org.apache.hadoop.fs.s3a.S3AFileSystem"
_DRIVER_CLASS_PATH = "spark.driver.extraClassPath"

# bin/spark-class takes the carriage returns out of every argument (`${_ARG//$'\r'}`, for Windows). This does what it does
# on other systems and leaves them in; it is used for such arguments only.
_SPARK_CLASS_WITH_CARRIAGE_RETURNS = r"""
. "$SPARK_HOME/bin/load-spark-env.sh"
set +o posix
command=()
while IFS= read -r -d '' argument; do command+=("$argument"); done < <(
  "${JAVA_HOME:+$JAVA_HOME/bin/}java" -Xmx128m -cp "$SPARK_HOME/jars/*" \
    org.apache.spark.launcher.Main org.apache.spark.deploy.SparkSubmit "$@")
command[1]="${command[1]#$'\n'}"
exec "${command[@]:1}"
"""


@dataclass(frozen=True)
class Submission:
    """A job ready to start.

    Args:
        spark_home: the Spark installation that runs it.
        job: the job with everything that the client adds.
        master: where it runs; `deploy_mode` is `client` or `cluster`.
        environment: the whole environment of the spark-submit process.
        session_conf: the Spark properties that carry the Pipes session.
    """

    spark_home: Path
    job: SparkJob
    master: str | None
    deploy_mode: str
    environment: Mapping[str, str]
    session_conf: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_cluster_mode(self) -> bool:
        """Whether the driver runs on another machine."""
        return self.deploy_mode == "cluster"

    def command(self) -> list[str]:
        """Program and arguments."""
        arguments = self._arguments(self.session_conf)
        if any("\r" in argument for argument in arguments):
            return ["bash", "-c", _SPARK_CLASS_WITH_CARRIAGE_RETURNS, "spark-submit", *arguments]
        return [str(self.spark_home / "bin" / "spark-submit"), *arguments]

    def command_line(self) -> str:
        """The command as one would type it, without the properties that carry the session."""
        return shlex.join(["spark-submit", *self._arguments({})])

    def _arguments(self, session_conf: Mapping[str, str]) -> list[str]:
        return self.job.spark_submit_arguments(
            master=self.master, deploy_mode=self.deploy_mode, session_conf=session_conf
        )


def check_application(job: SparkJob) -> None:
    """Refuse what would only fail after Spark has started: a local file that is not there, a jar without a main class.

    Raises:
        InvalidParameterError: for either.
    """
    scheme, _, rest = job.application.partition("://")
    path = Path(rest if scheme == "file" and rest else job.application)
    if scheme not in ("file", job.application):
        return  # hdfs://, s3://, local://: Spark fetches it, we cannot look.
    if not path.is_file():
        raise InvalidParameterError(
            parameter="application",
            call="SparkJob",
            expected="an existing file or a URI with a scheme",
            got=f"{job.application} (no such file, in working directory {Path.cwd()})",
            remedy="Build it, or correct the path.",
            anchor="spark-job",
        )
    if path.suffix == ".jar" and job.main_class is None and not _manifest_names_main_class(path):
        raise InvalidParameterError(
            parameter="main_class",
            call="SparkJob",
            expected=f"the class to run, because the manifest of {path.name} has no Main-Class",
            got="None",
            remedy='Pass `main_class="acme.Downstream"`.',
            anchor="main-class",
        )


def _manifest_names_main_class(jar: Path) -> bool:
    try:
        with zipfile.ZipFile(jar) as opened:
            manifest = opened.read("META-INF/MANIFEST.MF").decode("utf-8", "replace")
    except KeyError:
        return False
    except zipfile.BadZipFile as e:
        raise InvalidParameterError(
            parameter="application",
            call="SparkJob",
            expected="a jar",
            got=f"{jar} ({e})",
            remedy="Build it again.",
            anchor="spark-job",
        ) from e
    return any(line.startswith("Main-Class:") for line in manifest.splitlines())


def with_session(submission: Submission, session: PipesSession) -> Submission:
    """Attach the bridge jar and the session's parameters."""
    conf = bootstrap_conf(session, call="PipesSparkSubmitClient.run")
    variables = dict(session.get_bootstrap_env_vars())
    environment = submission.environment
    if submission.is_cluster_mode:
        conf |= cluster_environment_conf(submission.master or "", variables)
    else:
        environment = {**environment, **variables}
    defaults = spark_defaults(submission.spark_home, environment)
    return replace(
        submission,
        job=_with_jars(submission.job, [str(bridge_jar())], defaults),
        environment=environment,
        session_conf=conf,
    )


def _with_jars(job: SparkJob, jars: list[str], defaults: Mapping[str, str]) -> SparkJob:
    """Add to `--jars`, keeping those that a property sets, which `--jars` would hide."""
    from_property = job.conf.get("spark.jars", defaults.get("spark.jars", ""))
    already = [jar for jar in from_property.split(",") if jar.strip()]
    return replace(job, jars=[*dict.fromkeys([*already, *job.jars, *jars])])


def needs_s3a(job: SparkJob, extras: Any, session_params: Any) -> bool:
    """Whether anything that the job is given names an `s3://` or `s3a://` path, or its Pipes session lies on S3."""
    given = json.dumps(
        [job.application, *job.args, *job.jars, *job.py_files, *job.files, *job.conf.values(), extras],
        default=str,
    )
    has_own = any(
        "hadoop-aws" in given_jar
        for given_jar in [*job.jars, *(v for k, v in job.conf.items() if "jars" in k or "ClassPath" in k)]
    )
    return not has_own and (any(scheme in given for scheme in _S3_SCHEMES) or '"bucket"' in json.dumps(session_params))


def with_s3a(submission: Submission) -> Submission:
    """Put S3A on the driver's class path, and make `s3://` mean it, as on EMR; nothing where Spark has it already."""
    settings = submission.job.conf.get("spark.jars.ivySettings")
    jars = [
        str(jar) for jar in s3a_jars(submission.spark_home, ivy_settings=settings, environment=submission.environment)
    ]
    job = replace(submission.job, conf={"spark.hadoop.fs.s3.impl": _S3A_CLASS, **submission.job.conf})
    if not jars:
        return replace(submission, job=job)
    defaults = spark_defaults(submission.spark_home, submission.environment)
    if submission.is_cluster_mode or not (submission.master or "local").startswith("local"):
        job = _with_jars(job, jars, defaults)
    if not submission.is_cluster_mode:
        # --jars come too late for an s3:// application: spark-submit reads it before it adds them to the class path.
        class_path = job.conf.get(_DRIVER_CLASS_PATH, defaults.get(_DRIVER_CLASS_PATH))
        job = job.override(conf={_DRIVER_CLASS_PATH: os.pathsep.join(filter(None, [class_path, *jars]))})
    return replace(submission, job=job)


def submit_environment(
    spark_home: Path, job: SparkJob, master: str | None, environment: Mapping[str, str], python: str | None
) -> dict[str, str]:
    """The environment of spark-submit: the given one, with the Spark, the Python and the character set that the job needs."""
    variables = {**environment, "SPARK_HOME": str(spark_home)}
    effective = variables.get("LC_ALL") or variables.get("LC_CTYPE") or variables.get("LANG") or ""
    if "utf" not in effective.lower():
        # The JVM reads its arguments in the locale's character set, and C has ASCII only.
        variables["LC_ALL"] = "C.UTF-8"
    if python is not None:
        variables["PYSPARK_PYTHON"] = variables["PYSPARK_DRIVER_PYTHON"] = python
    elif (
        job.is_python
        and (master or "local").startswith("local")
        and not {"PYSPARK_PYTHON", "PYSPARK_DRIVER_PYTHON"} & variables.keys()
        and not {"spark.pyspark.python", "spark.pyspark.driver.python"} & job.conf.keys()
    ):
        # Spark's own default is the first `python3` on PATH, which is another one where a venv is not activated.
        variables["PYSPARK_PYTHON"] = sys.executable
    return variables
