"""A piece of Hadoop in a JVM of its own: started from a source file, ended with whoever started it."""

import logging
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from dagster_pipes_jvm.errors import see
from dagster_pipes_jvm.submit.maven import Dependency, resolve_jars
from dagster_pipes_jvm.submit.spark_home import check_java, find_spark_home
from dagster_pipes_jvm_standin._jvm import SHORT_LIVED
from dagster_pipes_jvm_standin._server_process import ServerProcess
from dagster_pipes_jvm_standin.errors import LocalEMRError

_log = logging.getLogger(__name__)

_STARTUP_SECONDS = 180.0
_SHUTDOWN_SECONDS = 60.0
_LOG_TAIL_LINES = 30


class MiniCluster:
    """Runs `java -cp JARS SOURCE FOLDER ...` until its stdin ends.

    The program prints one line on stdout when it is ready, and nothing before. Lifecycle: a context manager. Everything it
    writes is under `base_dir` and stays there for whoever reads a failed test. When this process dies, by SIGKILL too, it
    ends as well. Threads: entered and left by one, used by any.

    Args:
        base_dir: an empty or new folder.
        source: the program, a Java file.
        arguments: for it, after the folder.
        spark_home: whose Hadoop jars it runs from; by default the Spark that a job would run on.
        environment: the whole environment of its process; `None` for that of this one.
        say: told when jars are fetched.
    """

    def __init__(
        self,
        base_dir: Path,
        source: Path,
        arguments: list[str],
        spark_home: Path | None,
        *,
        environment: Mapping[str, str] | None = None,
        say: Callable[[str], None] = _log.info,
    ) -> None:
        self.base_dir = base_dir.resolve()
        self.environment_of_process = dict(os.environ if environment is None else environment)
        self.spark_home = spark_home or find_spark_home(None, self.environment_of_process)
        self._source = source
        self._arguments = arguments
        self._say = say
        self._process: ServerProcess | None = None

    @property
    def log(self) -> Path:
        """What it logged itself."""
        return self.base_dir / f"{self._source.stem}.log"

    @property
    def pid(self) -> int:
        """The id of its process; 0 where it does not run."""
        return self._process.pid if self._process is not None else 0

    def class_path(self) -> str:
        """Hadoop as Spark ships it, and what a mini cluster needs beside it."""
        jars = cluster_jars(self.spark_home, self.environment_of_process, self._say)
        return os.pathsep.join([f"{self.spark_home / 'jars'}/*", *map(str, jars)])

    def start(self) -> str:
        """Start it, and wait for its line."""
        temporary = self.base_dir / "tmp"
        temporary.mkdir(parents=True, exist_ok=True)
        java = str(check_java(self.environment_of_process))
        properties = {
            "java.io.tmpdir": temporary,
            "log4j2.level": "WARN",
        }
        with self.log.open("wb") as log:
            process = ServerProcess(
                [
                    *(java, "-Xmx512m", *SHORT_LIVED.split()),
                    *(f"-D{name}={value}" for name, value in properties.items()),
                    *("-cp", self.class_path(), str(self._source)),
                    *(str(self.base_dir), *self._arguments),
                ],
                startup_seconds=_STARTUP_SECONDS,
                shutdown_seconds=_SHUTDOWN_SECONDS,
                stderr=log,
                environment=self.environment_of_process,
                cwd=self.base_dir,  # Hadoop's mini clusters keep files under `target` of where they are started.
            )
        if not process.ready_line:
            exit_code = process.stop()
            tail = self.log.read_text(errors="replace").splitlines()[-_LOG_TAIL_LINES:]
            raise LocalEMRError(
                f"{self._source.stem} did not start, exit code {exit_code}. It is compiled when it starts, so a JDK is needed,"
                f" not a JRE. Its last words, of {self.log}:\n" + "\n".join(tail) + f"\n{see('standin')}"
            )
        self._process = process
        return process.ready_line

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End it, and wait for that; nothing to do where it does not run."""
        process, self._process = self._process, None
        if process is not None:
            process.stop()


def cluster_jars(spark_home: Path, environment: Mapping[str, str], say: Callable[[str], None]) -> list[Path]:
    """What a mini cluster needs beside Spark's own jars: its classes, JUnit, which they link, and keys for web proxies.

    Raises:
        LocalEMRError: this Spark has no Hadoop, or one whose mini cluster cannot be found by its version.
        JarsNotFetchedError: see `resolve_jars`.
    """
    found = sorted((spark_home / "jars").glob("hadoop-client-api-*.jar"))
    if not found:
        raise LocalEMRError(
            f"A YARN of one node runs from Hadoop's jars, and {spark_home} has none (jars/hadoop-client-api-*.jar). Name a"
            f" Spark that has them: `spark_home`, SPARK_HOME, or pyspark from PyPI. {see('standin')}"
        )
    hadoop = found[-1].stem.removeprefix("hadoop-client-api-")
    return resolve_jars(
        f"mini-yarn-hadoop-{hadoop}",
        [
            Dependency(f"org.apache.hadoop:hadoop-client-minicluster:{hadoop}", transitive=False),
            Dependency("org.junit.jupiter:junit-jupiter-api:5.13.4"),
            Dependency("org.bouncycastle:bcprov-jdk18on:1.84", transitive=False),
            Dependency("org.bouncycastle:bcpkix-jdk18on:1.84"),
        ],
        spark_home=spark_home,
        environment=environment,
        say=say,
    )
