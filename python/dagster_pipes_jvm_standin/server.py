"""`LocalEMR`: the EMR and S3 APIs on loopback, whose steps really run, for laptops and tests."""

import json
import logging
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from dagster_pipes_jvm.errors import InvalidParameterError, PipesJvmError, see
from dagster_pipes_jvm.submit.maven import s3a_jars
from dagster_pipes_jvm.submit.spark_home import check_java, find_spark_home
from dagster_pipes_jvm_standin._jvm import ON_LOOPBACK, SHORT_LIVED_SPARK
from dagster_pipes_jvm_standin._options import Options
from dagster_pipes_jvm_standin.aws_environment import NO_AWS_FILES, without_secrets
from dagster_pipes_jvm_standin.errors import LocalEMRError
from dagster_pipes_jvm_standin.faults import Faults, problem_of
from dagster_pipes_jvm_standin.s3_server import Credentials, LocalS3
from dagster_pipes_jvm_standin.yarn import MiniYarn

if TYPE_CHECKING:
    from mypy_boto3_emr import EMRClient

_log = logging.getLogger(__name__)

_PROCESS_MODULE = "dagster_pipes_jvm_standin._emr_process"
_ANCHOR = "standin"


class LocalEMR(LocalS3):
    """S3 and EMR as AWS's APIs, on a port of the system's choice, with steps that really run on this machine.

    A `LocalS3` whose server answers EMR calls, too: RunJobFlow, AddJobFlowSteps and the others, signatures checked. A step's
    command is a process of this machine, its spark-submit that of an installed Spark, its logs arrive under `LogUri`. The
    environment from `environment()` is all that a program needs that uses EMR.

    Two engines. `local`: spark-submit runs with a local master, in client mode, whatever the step says. `yarn`: it runs as it
    is against a real YARN of one node, in cluster mode in a container.

    Lifecycle: a context manager; `start` and `stop` do the same where a `with` block does not fit. At the end, and when this
    process dies, however it dies, every process of every step ends, and everything that was stored is gone.

    Threads: `start` and `stop` belong to one thread; everything else may be called from any.

    Args:
        engine: `local` or `yarn`. YARN takes 7 to 9 s to start and about 350 MB, and needs a JDK, not a JRE.
        provisioning_seconds: from RunJobFlow to a cluster that runs steps; on EMR it is minutes.
        faults: what goes wrong on request.
        ignore: names of what a cluster asks for and this machine does not have, which is passed over instead of refused:
            `bootstrap-actions`, `security-configuration`, `glue`, or a classification such as `emrfs-site`.
        spark_home: the Spark that runs the steps; by default `SPARK_HOME`, an installed pyspark, or `spark-submit` on `PATH`.
        python: the Python of PySpark, where a cluster's configuration names none; by default this one.
        local_master: what `--master` becomes with the engine `local`.
        yarn_memory_mb: what containers may ask for, all together; booked, not enforced.
        log: a file that takes what the server's process writes to stderr: every change of state, and failures inside moto;
            `None` for this process's own stderr.
        say: told what is fetched and started.

    Raises:
        InvalidParameterError: for a value that cannot work.
        SparkNotFoundError: no Spark on this machine.
        JavaNotFoundError: no Java on this machine.
        JarsNotFetchedError: what Spark lacks for `s3://` paths, or YARN, could not be fetched.
        LocalEMRError: the server or the YARN did not start.
    """

    def __init__(
        self,
        engine: Literal["local", "yarn"] = "local",
        *,
        provisioning_seconds: float = 2.0,
        faults: Faults | None = None,
        ignore: Sequence[str] = (),
        spark_home: str | None = None,
        python: str | None = None,
        local_master: str = "local[2]",
        yarn_memory_mb: int = 16384,
        log: Path | None = None,
        say: Callable[[str], None] = _log.info,
    ) -> None:
        super().__init__(log)
        if engine not in ("local", "yarn"):
            raise _invalid(
                "engine",
                "'local' or 'yarn'",
                repr(engine),
                "Pass 'local' for jobs in one process, or 'yarn' for a YARN of one node.",
            )
        if provisioning_seconds < 0:
            raise _invalid(
                "provisioning_seconds",
                "0 or more seconds",
                repr(provisioning_seconds),
                "Pass 0 for clusters that run steps at once.",
            )
        if isinstance(ignore, str):
            raise _invalid("ignore", "a sequence of names", repr(ignore), f"Pass a list: ignore=[{ignore!r}].")
        self._engine = engine
        self._provisioning_seconds = provisioning_seconds
        self._faults = _checked(faults or Faults())
        self._ignore = tuple(ignore)
        self._spark_home = spark_home
        self._python = python
        self._local_master = local_master
        self._yarn_memory_mb = yarn_memory_mb
        self._say = say
        self._folder: Path | None = None
        self._options: Options | None = None
        self._yarn: MiniYarn | None = None

    def __enter__(self) -> "LocalEMR":
        self.start()
        return self

    def start(self) -> None:
        """Start everything and return once it serves; nothing to do where it serves already.

        Raises:
            PipesJvmError: see the class.
        """
        if self._process is not None:
            return
        self._check_modules()  # First, because what follows may fetch jars.
        spark_home = find_spark_home(self._spark_home, os.environ).resolve()
        java = check_java(os.environ).resolve()
        jars = s3a_jars(spark_home, say=self._say)
        s3a_folder = str(jars[0].parent) if jars else ""  # Nothing else is in it.
        self._folder = Path(tempfile.mkdtemp(prefix="dagster-pipes-jvm-standin-")).resolve()
        try:
            self._options = Options(
                engine=self._engine,
                folder=str(self._folder),
                spark_home=str(spark_home),
                s3a_folder=s3a_folder,
                java_home=str(java.parents[1]),
                python=self._python or sys.executable,
                local_master=self._local_master,
                provisioning_seconds=self._provisioning_seconds,
                ignore=self._ignore,
                faults=self._faults.to_json(),
                spark_defaults=self._spark_defaults(spark_home, s3a_folder),
            )
            super().start()
            if self._engine == "yarn":
                self._start_yarn(spark_home)
        except BaseException:
            self.stop()
            raise

    def _start_yarn(self, spark_home: Path) -> None:
        assert self._folder is not None
        assert self._options is not None
        # An empty value replaces a variable of the user, which these processes do not have.
        aws = {name: value for name, value in self.environment().items() if value}
        # What the instances of a cluster have, and their containers see: a role's credentials, a JDK, a Python.
        of_nodes = {**aws, **NO_AWS_FILES, "JAVA_HOME": self._options.java_home, "PYSPARK_PYTHON": self._options.python}
        self._say("starting a YARN of one node")
        yarn = MiniYarn(
            self._folder / "yarn",
            # Any Spark may submit to it; it runs itself from Hadoop 3.5 or later.
            spark_home=spark_home if any((spark_home / "jars").glob("hadoop-client-api-3.[5-9]*.jar")) else None,
            memory_mb=self._yarn_memory_mb,
            environment={**without_secrets(os.environ), **of_nodes},
            inherited=[*aws, *NO_AWS_FILES, "PYSPARK_PYTHON"],
            say=self._say,
        )
        self._yarn = yarn.__enter__()
        folders = {"conf_dir": str(yarn.conf_dir), "base_dir": str(yarn.base_dir)}
        web = {"web_address": yarn.web_address, "web_secret": yarn.web_secret}
        self._tell({"yarn": {**web, "pid": yarn.pid, **folders}})
        self._say(
            f"YARN is ready; its web page is http://{yarn.web_address}, for the user `standin` with the password in"
            f" {yarn.web_secret_file}"
        )

    def _spark_defaults(self, spark_home: Path, s3a_folder: str) -> dict[str, str]:
        defaults = {
            "spark.ui.showConsoleProgress": "false",
            "spark.driver.memory": "1g",
            "spark.executor.memory": "1g",
            **SHORT_LIVED_SPARK,
            **ON_LOOPBACK,
        }
        if self._engine == "local":
            if not re.fullmatch(r"local(\[.*\])?", self._local_master):
                del defaults["spark.authenticate"]  # Another master needs a secret that it knows as well.
            return defaults
        return {
            **defaults,
            "spark.master": "yarn",
            "spark.yarn.jars": ",".join(f"local:{folder}/*" for folder in (f"{spark_home}/jars", s3a_folder) if folder),
            "spark.yarn.populateHadoopClasspath": "false",
            "spark.yarn.stagingDir": f"file://{self._folder}/staging",
            "spark.hadoop.yarn.timeline-service.enabled": "false",
            "spark.executor.instances": "1",
            "spark.executor.cores": "1",
        }

    def stop(self) -> None:
        """End every process and wait for that; nothing to do where there is none."""
        try:
            if self._process is not None:
                self._process.ask(json.dumps({"stop": True}))
            super().stop()
        finally:
            yarn, self._yarn = self._yarn, None
            if yarn is not None:
                yarn.stop()
            folder, self._folder = self._folder, None
            if folder is not None:
                shutil.rmtree(folder, ignore_errors=True)

    @property
    def engine(self) -> str:
        """`local` or `yarn`."""
        return self._engine

    @property
    def yarn(self) -> MiniYarn:
        """The YARN of one node, with the engine `yarn`.

        Raises:
            LocalEMRError: it is not running, or the engine is `local`.
        """
        if self._yarn is None:
            raise self._failure("has no YARN: it is not running, or its engine is 'local'.")
        return self._yarn

    @property
    def folder(self) -> Path:
        """Where clusters keep their configuration (`CLUSTER/conf`) and steps their output (`CLUSTER/steps/STEP`)."""
        self._running()
        assert self._folder is not None
        return self._folder

    def emr_client(self, credentials: Credentials | None = None) -> "EMRClient":
        """A new boto3 client for EMR, as the owner or with the keys given."""
        client: EMRClient = self._client("emr", credentials)
        return client

    def set_faults(self, faults: Faults | None = None) -> None:
        """What goes wrong from now on, for clusters that run, too; `None` for nothing.

        Raises:
            InvalidParameterError: for a value that cannot work.
            LocalEMRError: it is not running.
        """
        self._tell({"faults": asdict(_checked(faults or Faults()))})

    def _tell(self, what: Mapping[str, object]) -> None:
        if self._running().ask(json.dumps(what)) != "ok":
            raise self._failure("has ended by itself; its output says why.")

    def _program(self) -> list[str]:
        assert self._options is not None
        return [_PROCESS_MODULE, self._options.to_json()]

    def _failure(self, what: str) -> PipesJvmError:
        return LocalEMRError(
            f"The EMR of this machine {what.replace('LocalS3() as s3', 'LocalEMR() as emr')} {see(_ANCHOR)}"
        )


def _checked(faults: Faults) -> Faults:
    problem = problem_of(faults)
    if problem is not None:
        raise _invalid(f"faults.{problem.field}", problem.expected, problem.got, problem.remedy)
    return faults


def _invalid(parameter: str, expected: str, got: str, remedy: str) -> InvalidParameterError:
    return InvalidParameterError(
        parameter=parameter, call="LocalEMR", expected=expected, got=got, remedy=remedy, anchor=_ANCHOR
    )
