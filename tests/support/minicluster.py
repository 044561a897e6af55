"""A piece of Hadoop in a JVM of its own: started from a source file beside this one, ended with whoever started it."""

import os
from importlib.util import find_spec
from pathlib import Path

from dagster_pipes_jvm.launch.spark_home import check_java
from dagster_pipes_jvm.maven import Dependency, resolve_jars
from dagster_pipes_jvm.standin._server_process import ServerProcess

_STARTUP_SECONDS = 180.0
_SHUTDOWN_SECONDS = 60.0
_LOG_TAIL_LINES = 30


class MiniCluster:
    """Runs `java -cp JARS SOURCE FOLDER ...` until its stdin ends.

    The program prints one line on stdout when it is ready, and nothing before. Lifecycle: a context manager. Everything it
    writes is under `base_dir` and stays there for whoever reads a failed test. When this process dies, by SIGKILL too, it
    ends as well. Threads: entered and left by one, used by any.

    Args:
        base_dir: an empty or new folder, `tmp_path` of pytest.
        source: the program.
        arguments: for it, after the folder.
        spark_home: whose Hadoop jars it runs from (Hadoop 3.5); by default the installed pyspark.
    """

    def __init__(self, base_dir: Path, source: str, arguments: list[str], spark_home: Path | None) -> None:
        self.base_dir = base_dir.resolve()
        self.spark_home = spark_home or installed_spark_home()
        self._source = Path(__file__).with_name(source)
        self._arguments = arguments
        self._process: ServerProcess | None = None

    @property
    def log(self) -> Path:
        """What it logged itself."""
        return self.base_dir / f"{self._source.stem}.log"

    def start(self) -> str:
        """Start it, and wait for its line."""
        temporary = self.base_dir / "tmp"
        temporary.mkdir(parents=True, exist_ok=True)
        java = str(check_java(os.environ))
        class_path = [f"{self.spark_home / 'jars'}/*", *map(str, cluster_jars(self.spark_home))]
        properties = {
            "java.io.tmpdir": temporary,
            "log4j2.level": "WARN",
        }
        with self.log.open("wb") as log:
            process = ServerProcess(
                [
                    *(java, "-Xmx512m"),
                    *(f"-D{name}={value}" for name, value in properties.items()),
                    *("-cp", os.pathsep.join(class_path), str(self._source)),
                    *(str(self.base_dir), *self._arguments),
                ],
                startup_seconds=_STARTUP_SECONDS,
                shutdown_seconds=_SHUTDOWN_SECONDS,
                stderr=log,
                cwd=self.base_dir,  # Hadoop's mini clusters keep files under `target` of where they are started.
            )
        if not process.ready_line:
            exit_code = process.stop()
            tail = self.log.read_text(errors="replace").splitlines()[-_LOG_TAIL_LINES:]
            raise RuntimeError(f"{self._source.stem} did not start, exit code {exit_code}:\n" + "\n".join(tail))
        self._process = process
        return process.ready_line

    def __exit__(self, *_: object) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.stop()


def installed_spark_home() -> Path:
    """The Spark of the pyspark that is installed beside these tests."""
    spec = find_spec("pyspark")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def cluster_jars(spark_home: Path) -> list[Path]:
    """What a mini cluster needs beside Spark's own jars: its classes, JUnit, which they link, and keys for web proxies."""
    (client_api,) = (spark_home / "jars").glob("hadoop-client-api-*.jar")
    hadoop = client_api.stem.removeprefix("hadoop-client-api-")
    return resolve_jars(
        f"mini-yarn-hadoop-{hadoop}",
        [
            Dependency(f"org.apache.hadoop:hadoop-client-minicluster:{hadoop}", transitive=False),
            Dependency("org.junit.jupiter:junit-jupiter-api:5.13.4"),
            Dependency("org.bouncycastle:bcprov-jdk18on:1.84", transitive=False),
            Dependency("org.bouncycastle:bcpkix-jdk18on:1.84"),
        ],
        spark_home=spark_home,
    )
