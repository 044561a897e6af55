"""A piece of Hadoop in a JVM of its own: compiled from source files, ended with whoever started it."""

import logging
import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from dagster_pipes_jvm.errors import see
from dagster_pipes_jvm.submit.maven import Dependency, resolve_jars
from dagster_pipes_jvm.submit.spark_home import check_java, find_spark_home
from dagster_pipes_jvm_standin._jvm import SHORT_LIVED
from dagster_pipes_jvm_standin._server_process import ServerProcess
from dagster_pipes_jvm_standin.aws_environment import without_secrets
from dagster_pipes_jvm_standin.errors import LocalEMRError

_log = logging.getLogger(__name__)

_STARTUP_SECONDS = 180.0
_SHUTDOWN_SECONDS = 60.0
_LOG_TAIL_LINES = 30


class MiniCluster:
    """Compiles Java files, and runs the main class of the first one as `java MAIN FOLDER ...` until its stdin ends.

    The program prints one line on stdout when it is ready, and nothing before. Lifecycle: a context manager. Everything it
    writes is under `base_dir` and stays there for whoever reads a failed test. When this process dies, by SIGKILL too, it
    ends as well. Threads: entered and left by one, used by any.

    Args:
        base_dir: an empty or new folder.
        sources: the program, Java files; the first one has the name of the main class.
        arguments: for it, after the folder.
        spark_home: whose Hadoop jars it runs from; by default the Spark that a job would run on.
        environment: the whole environment of its process; `None` for that of this one without what looks like a secret.
        say: told when jars are fetched.
    """

    def __init__(
        self,
        base_dir: Path,
        sources: Sequence[Path],
        arguments: list[str],
        spark_home: Path | None,
        *,
        environment: Mapping[str, str] | None = None,
        say: Callable[[str], None] = _log.info,
    ) -> None:
        self.base_dir = base_dir.resolve()
        self.environment_of_process = without_secrets(os.environ) if environment is None else dict(environment)
        self.spark_home = spark_home or find_spark_home(None, self.environment_of_process)
        self._sources = tuple(sources)
        self._name = sources[0].stem
        self._arguments = arguments
        self._say = say
        self._process: ServerProcess | None = None

    @property
    def log(self) -> Path:
        """What it logged itself."""
        return self.base_dir / f"{self._name}.log"

    @property
    def pid(self) -> int:
        """The id of its process; 0 where it does not run."""
        return self._process.pid if self._process is not None else 0

    def class_path(self) -> str:
        """The program, Hadoop as Spark ships it, and what a mini cluster needs beside it."""
        return os.pathsep.join([str(self._classes), f"{self.spark_home / 'jars'}/*", *map(str, self._cluster_jars())])

    def _cluster_jars(self) -> list[Path]:
        return cluster_jars(self.spark_home, self.environment_of_process, self._say)

    @property
    def _classes(self) -> Path:
        return self.base_dir / "classes"

    def start(self) -> str:
        """Start it, and wait for its line."""
        temporary = self.base_dir / "tmp"
        self.base_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary.mkdir(exist_ok=True)
        java = str(check_java(self.environment_of_process))
        self._compile(java)
        properties = {
            "java.io.tmpdir": temporary,
            "log4j2.level": "WARN",
        }
        with self.log.open("wb") as log:
            process = ServerProcess(
                [
                    *(java, "-Xmx512m", *SHORT_LIVED.split()),
                    *(f"-D{name}={value}" for name, value in properties.items()),
                    *("-cp", self.class_path(), self._name),
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
            raise self._not_started(exit_code, f"Its last words, of {self.log}", tail)
        self._process = process
        return process.ready_line

    def _compile(self, java: str) -> None:
        hadoop = (self.spark_home / "jars").glob("hadoop-client-*.jar")
        jars = os.pathsep.join(map(str, (*hadoop, *self._cluster_jars())))
        javac = [java, *SHORT_LIVED.split(), "--module", "jdk.compiler/com.sun.tools.javac.Main"]
        done = subprocess.run(
            [*javac, "-cp", jars, "-d", str(self._classes), "-proc:none", "-nowarn", *map(str, self._sources)],
            env=self.environment_of_process,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            said = (done.stdout + done.stderr).splitlines()
            raise self._not_started(done.returncode, "The compiler says", said[:_LOG_TAIL_LINES])

    def _not_started(self, exit_code: int, whose_words: str, said: Sequence[str]) -> LocalEMRError:
        return LocalEMRError(
            f"{self._name} did not start, exit code {exit_code}. It is compiled when it starts, so a JDK is needed, not a JRE."
            f" {whose_words}:\n" + "\n".join(said) + f"\n{see('standin')}"
        )

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
