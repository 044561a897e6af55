"""The command and the environment of one submission: spark-submit's own, plus what attaches the bridge, S3A and the session."""

import json
import os
import shlex
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from dagster_pipes import PipesParams

from dagster_pipes_jvm.errors import InvalidParameterError
from dagster_pipes_jvm.job import SparkJob
from dagster_pipes_jvm.redaction import SPARK_KEY, shown_words
from dagster_pipes_jvm.submit.attach import JARS_KEY, attached, without_session
from dagster_pipes_jvm.submit.bridge import bridge_jar, pyspark_zip
from dagster_pipes_jvm.submit.instrument import check_instrument, instrumented, no_main_class
from dagster_pipes_jvm.submit.manifest import main_class_in
from dagster_pipes_jvm.submit.pex import BEHIND_ITS_OWN, INHERIT_PATH, is_pex
from dagster_pipes_jvm.submit.spark_home import has_spark_sql
from dagster_pipes_jvm.submit.spark_submit import SparkSubmit
from dagster_pipes_jvm.submit.uris import spark_uri
from dagster_pipes_jvm.wire import CONF_KEY_BY_VARIABLE, URI_KEY

_S3_SCHEMES = ("s3://", "s3a://")
_S3A_CLASS = "org.apache.hadoop.fs.s3a.S3AFileSystem"
_S3_IMPLEMENTATION = "spark.hadoop.fs.s3.impl"
_DRIVER_CLASS_PATH = "spark.driver.extraClassPath"
_CLASS_PATH_KEYS = (JARS_KEY, "spark.jars.packages", _DRIVER_CLASS_PATH)

# bin/spark-class takes the carriage returns out of every argument (`${_ARG//$'\r'}`, for Windows). This does what it does
# on other systems and leaves them in; it is used for such arguments only.
_SPARK_CLASS_WITH_CARRIAGE_RETURNS = r"""
. "$SPARK_HOME/bin/load-spark-env.sh"
export PYTHONHASHSEED=0
set +o posix
command=()
while IFS= read -r -d '' argument; do command+=("$argument"); done < <(
  "${JAVA_HOME:+$JAVA_HOME/bin/}java" -Xmx128m $SPARK_LAUNCHER_OPTS -cp "$SPARK_HOME/jars/*" \
    org.apache.spark.launcher.Main org.apache.spark.deploy.SparkSubmit "$@")
command[1]="${command[1]#$'\n'}"
exec "${command[@]:1}"
"""


@dataclass(frozen=True)
class Submission:
    """A job ready to start.

    Args:
        spark_home: the Spark installation that runs it.
        job: the job, with the client's own properties.
        submit: its spark-submit, with everything that the client adds.
        environment: the whole environment of the spark-submit process.
    """

    spark_home: Path
    job: SparkJob
    submit: SparkSubmit
    environment: Mapping[str, str]

    def spark_property(self, key: str) -> str | None:
        """A Spark property as spark-submit will see it: the job's, else the machine's."""
        return self.submit.spark_property(key)

    @property
    def effective_master(self) -> str:
        """Where it runs, whoever said so."""
        return self.submit.master

    @property
    def is_cluster_mode(self) -> bool:
        """Whether the driver runs on another machine."""
        return self.submit.is_cluster_mode

    @property
    def is_local(self) -> bool:
        """Whether driver and executors run on this machine."""
        return self.effective_master.startswith("local")

    @property
    def is_one_process(self) -> bool:
        """Whether executors are threads of the driver; those of `local-cluster[...]` are processes."""
        return self.is_local and not self.effective_master.startswith("local-cluster")

    def with_conf(self, conf: Mapping[str, str]) -> "Submission":
        """The same with further properties."""
        return replace(self, submit=self.submit.with_properties(conf))

    def command(self) -> list[str]:
        """Program and arguments."""
        arguments = self.submit.words()
        if any("\r" in argument for argument in arguments):
            return ["bash", "-c", _SPARK_CLASS_WITH_CARRIAGE_RETURNS, "spark-submit", *arguments]
        return [str(self.spark_home / "bin" / "spark-submit"), *arguments]

    def command_line(self) -> str:
        """The command as one would type it, without the session's properties and without secrets, see `redaction`."""
        words = without_session(self.submit).words()
        return shlex.join(["spark-submit", *shown_words(words, self.spark_property(SPARK_KEY))])


def check_application(job: SparkJob, cwd: str | None) -> None:
    """Refuse what would only fail after Spark has started: a local file that is not there, a jar without a main class.

    Args:
        job: the job.
        cwd: where spark-submit will run, which a relative path starts from.

    Raises:
        InvalidParameterError: for either.
    """
    path = local_application(job, cwd)
    if path is None:
        check_instrument(job)
        return
    if not path.is_file():
        raise InvalidParameterError(
            parameter="application",
            call="SparkJob",
            expected="an existing file or a URI with a scheme",
            got=f"{job.application} (no such file, in working directory {cwd or Path.cwd()})",
            remedy="Build it, or correct the path.",
            anchor="spark-job",
        )
    if path.suffix == ".jar" and job.main_class is None and not _manifest_main_class(path):
        raise no_main_class(f"the class to run, because the manifest of {path.name} has no Main-Class")


def local_application(job: SparkJob, cwd: str | None) -> Path | None:
    """The application's file on this machine; `None` for hdfs:, s3:, local: (on the driver's machine), which Spark fetches."""
    uri = urlsplit(spark_uri(job.application, is_application=True))
    if uri.scheme not in ("", "file"):
        return None
    return Path(cwd or Path.cwd()).absolute() / (unquote(uri.path) if uri.scheme else job.application)


def manifest_main_class(job: SparkJob, cwd: str | None) -> str | None:
    """What the manifest of a local jar names as its main class."""
    path = local_application(job, cwd)
    return _manifest_main_class(path) if path is not None and path.suffix == ".jar" else None


def _manifest_main_class(jar: Path) -> str | None:
    try:
        with zipfile.ZipFile(jar) as opened:
            return main_class_in(opened)
    except zipfile.BadZipFile as e:
        raise InvalidParameterError(
            parameter="application",
            call="SparkJob",
            expected="a jar",
            got=f"{jar} ({e})",
            remedy="Build it again.",
            anchor="spark-job",
        ) from e


def with_session(submission: Submission, session_conf: Mapping[str, str], cwd: str | None) -> Submission:
    """Attach the session's parameters, bridge jar and PySpark zip, and the code that reports an unmodified application.

    Args:
        submission: the job without a session.
        session_conf: the Spark properties that carry the session.
        cwd: where spark-submit will run.
    """
    job, environment = submission.job, submission.environment
    submit = submission.submit.with_hidden_entries(JARS_KEY)
    python = environment.get("PYSPARK_DRIVER_PYTHON") or environment.get("PYSPARK_PYTHON") or ""
    submit = attached(
        submit,
        session_conf=session_conf,
        bridge_jar=str(bridge_jar()),
        pyspark_zip=str(pyspark_zip()) if submit.is_python else None,
        environment_fits=lambda _: True,
        python=python,
    )
    if not submit.is_cluster_mode:
        # The driver is spark-submit's own process.
        variables = {v: session_conf[key] for v, key in CONF_KEY_BY_VARIABLE.items() if key in session_conf}
        if is_pex(submit, python=python):
            variables.setdefault(INHERIT_PATH, environment.get(INHERIT_PATH, BEHIND_ITS_OWN))
        environment = {**environment, **variables}
    submit = instrumented(
        submit,
        job,
        main_class=manifest_main_class(job, cwd),
        script=local_application(job, cwd) if not submit.is_cluster_mode else None,
        application_file=local_application(job, cwd),
        has_spark_sql=has_spark_sql(submission.spark_home) or not submit.is_sql,
    )
    return replace(submission, submit=submit, environment=environment)


def needs_s3a(submission: Submission, extras: Any, *session_params: PipesParams) -> bool:
    """Whether anything that the job is given names an `s3://` or `s3a://` path, or its Pipes session lies on S3.

    Args:
        submission: the job.
        extras: its Pipes extras.
        session_params: the parameters with which it finds its context, and those for its messages.
    """
    class_path = [submission.spark_property(key) or "" for key in _CLASS_PATH_KEYS]
    if any("hadoop-aws" in entry for entry in class_path):
        return False  # Its author attaches it.
    words = without_session(submission.submit).words()
    is_given = any(scheme in json.dumps([words, extras], default=str) for scheme in _S3_SCHEMES)
    return is_given or any(map(_is_on_s3, session_params))


def _is_on_s3(params: PipesParams) -> bool:
    return "bucket" in params or str(params.get(URI_KEY, "")).startswith(_S3_SCHEMES)


def with_s3a(submission: Submission, jars: list[str]) -> Submission:
    """Put S3A on the driver's class path, and make `s3://` mean it, as on EMR; nothing where Spark has it already."""
    if submission.spark_property(_S3_IMPLEMENTATION) is None:
        submission = submission.with_conf({_S3_IMPLEMENTATION: _S3A_CLASS})
    if not jars:
        return submission
    if not submission.is_one_process:
        submit = submission.submit.with_hidden_entries(JARS_KEY).with_entries(JARS_KEY, jars)
        submission = replace(submission, submit=submit)
    if submission.is_cluster_mode:
        return submission
    # --jars come too late for an s3:// application: spark-submit reads it before it adds them to the class path.
    own = submission.spark_property(_DRIVER_CLASS_PATH)
    return submission.with_conf({_DRIVER_CLASS_PATH: os.pathsep.join(filter(None, [own, *jars]))})


def with_locale_and_python(submission: Submission, python: str | None) -> Submission:
    """Set the character set and the Python that the job needs in the environment of spark-submit."""
    variables = {**submission.environment, "SPARK_HOME": str(submission.spark_home)}
    effective = variables.get("LC_ALL") or variables.get("LC_CTYPE") or variables.get("LANG") or ""
    if "utf" not in effective.lower():
        # The JVM reads its arguments in the locale's character set, and C has ASCII only.
        variables["LC_ALL"] = "C.UTF-8"
    if python is not None:
        variables["PYSPARK_PYTHON"] = variables["PYSPARK_DRIVER_PYTHON"] = python
    elif (
        submission.job.is_python
        and submission.is_local
        and not any(name in variables for name in ("PYSPARK_PYTHON", "PYSPARK_DRIVER_PYTHON"))
        and not any(submission.spark_property(key) for key in ("spark.pyspark.python", "spark.pyspark.driver.python"))
    ):
        # Spark's own default is the first `python3` on PATH, which is another one where a venv is not activated.
        variables["PYSPARK_PYTHON"] = sys.executable
    return replace(submission, environment=variables)
