"""`MiniYarn`: a real YARN of one node for tests of cluster mode, without a cluster, a Docker or a fixed port.

It runs from Hadoop's published jars (`MiniYarn.java` beside this file): the ones that Spark ships, and 67 MB more that are
fetched once. Only it shows what cluster mode does to a job: the driver in a container with an environment of its own, its
output in the container's log, system properties instead of arguments, a second attempt after a failure.
"""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from threading import Timer
from typing import NamedTuple
from urllib.request import Request, urlopen

from dagster_pipes_jvm.launch.spark_home import check_java
from dagster_pipes_jvm.maven import Dependency, resolve_jars

_SOURCE = Path(__file__).with_name("MiniYarn.java")
_STARTUP_SECONDS = 180.0
_SHUTDOWN_SECONDS = 60.0
_LOG_TAIL_LINES = 30


class Application(NamedTuple):
    """An application as the resource manager reports it; its `final_status` is UNDEFINED until it has ended."""

    id: str
    state: str
    final_status: str


class MiniYarn:
    """One resource manager and one node manager in a JVM of their own; 7 to 9 s to start, about 350 MB.

    Lifecycle: a context manager. Everything it writes is under `base_dir` and stays there for whoever reads a failed
    test. At the end its containers end with it; when this process dies, by SIGKILL too, the same happens.

    Threads: entered and left by one, used by any.

    Args:
        base_dir: an empty or new folder, `tmp_path` of pytest.
        spark_home: whose Hadoop jars it runs from (Hadoop 3.5); by default the installed pyspark. Jobs of any other Spark
            may be submitted to it.
        memory_mb: what containers may ask for, all together.
        max_app_attempts: how often YARN starts an application that fails.
    """

    def __init__(
        self,
        base_dir: Path,
        *,
        spark_home: Path | None = None,
        memory_mb: int = 4096,
        max_app_attempts: int = 2,
    ) -> None:
        self.base_dir = base_dir.resolve()
        self._spark_home = spark_home or installed_spark_home()
        self._memory_mb = memory_mb
        self._max_app_attempts = max_app_attempts
        self._web_address = ""
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def conf_dir(self) -> Path:
        """For `HADOOP_CONF_DIR` of whoever submits."""
        return self.base_dir / "conf"

    @property
    def log(self) -> Path:
        """What YARN itself logged."""
        return self.base_dir / "yarn.log"

    def __enter__(self) -> "MiniYarn":
        temporary = self.base_dir / "tmp"
        temporary.mkdir(parents=True, exist_ok=True)
        java = str(check_java(os.environ))
        class_path = [f"{self._spark_home / 'jars'}/*", *map(str, cluster_jars(self._spark_home))]
        properties = {
            "java.io.tmpdir": temporary,
            "log4j2.level": "WARN",
        }
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    *(java, "-Xmx512m"),
                    *(f"-D{name}={value}" for name, value in properties.items()),
                    *("-cp", os.pathsep.join(class_path), str(_SOURCE)),
                    *(str(self.base_dir), str(self._memory_mb), str(self._max_app_attempts)),
                ],
                cwd=self.base_dir,  # Hadoop's mini cluster keeps its files under `target` of where it is started.
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        try:
            self._web_address = self._read_web_address(self._process)
        except BaseException:
            self.__exit__()
            raise
        return self

    def _read_web_address(self, process: subprocess.Popen[bytes]) -> str:
        assert process.stdout is not None
        # The line, or the end of the pipe when the process dies, ends the wait; the timer is for one that hangs.
        watchdog = Timer(_STARTUP_SECONDS, process.kill)
        watchdog.start()
        try:
            line = process.stdout.readline().decode().strip()
        finally:
            watchdog.cancel()
            watchdog.join()
        if not line:
            tail = self.log.read_text(errors="replace").splitlines()[-_LOG_TAIL_LINES:]
            raise RuntimeError(f"YARN did not start, exit code {process.wait()}:\n" + "\n".join(tail))
        return line

    def __exit__(self, *_: object) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        try:
            process.wait(_SHUTDOWN_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()

    def environment(self) -> dict[str, str]:
        """The variables with which spark-submit finds this cluster."""
        return {"HADOOP_CONF_DIR": str(self.conf_dir), "YARN_CONF_DIR": str(self.conf_dir)}

    def spark_conf(self, spark_home: Path | None = None, python: str | None = None) -> dict[str, str]:
        """What a job's conf needs to run here, small enough for several at once.

        Args:
            spark_home: the Spark that submits, whose jars are used where they are; by default the installed pyspark.
            python: the Python of PySpark drivers and workers; by default this one.
        """
        home = spark_home or self._spark_home
        python = python or sys.executable
        return {
            "spark.yarn.jars": f"local:{home}/jars/*",
            "spark.yarn.populateHadoopClasspath": "false",
            "spark.yarn.stagingDir": f"file://{self.base_dir}/staging",
            "spark.hadoop.yarn.timeline-service.enabled": "false",
            "spark.pyspark.python": python,
            "spark.pyspark.driver.python": python,
            "spark.driver.memory": "512m",
            "spark.executor.memory": "512m",
            "spark.executor.instances": "1",
            "spark.executor.cores": "1",
            "spark.sql.shuffle.partitions": "2",
            "spark.ui.enabled": "false",
        }

    def applications(self) -> list[Application]:
        """Every application that was submitted, oldest first."""
        url = f"http://{self._web_address}/ws/v1/cluster/apps"
        with urlopen(Request(url, headers={"Accept": "application/json"}), timeout=30) as response:
            apps = (json.load(response).get("apps") or {}).get("app") or []
        return sorted(Application(app["id"], app["state"], app["finalStatus"]) for app in apps)

    def container_logs(self, app_id: str) -> dict[str, str]:
        """What the application's containers wrote, by `container/file` (`container_.../stdout`), while they run too."""
        folders = self.base_dir.rglob(f"*-logDir-nm-*/{app_id}")
        return {
            str(file.relative_to(folder)): file.read_text("utf-8", errors="replace")
            for folder in folders
            for file in sorted(folder.glob("container_*/*"))
            if file.is_file()
        }


def installed_spark_home() -> Path:
    """The Spark of the pyspark that is installed beside these tests."""
    spec = find_spec("pyspark")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def cluster_jars(spark_home: Path) -> list[Path]:
    """What the mini cluster needs beside Spark's own jars: its classes, JUnit, which they link, and keys for web proxies."""
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
