"""`MiniYarn`: a real YARN of one node, without a cluster, a Docker or a fixed port.

It runs from Hadoop's published jars (`MiniYarn.java` beside this file): the ones that Spark ships, and 67 MB more that are
fetched once. Only it shows what cluster mode does to a job: the driver in a container with an environment of its own, its
output in the container's log, system properties instead of arguments, a second attempt after a failure.
`WebDoor.java` and `RpcDoor.java` say who may use it.
"""

import json
import logging
import os
import secrets
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.request import Request, urlopen

from dagster_pipes_jvm.submit.spark_home import check_java
from dagster_pipes_jvm_standin._jvm import LOOPBACK, ON_LOOPBACK, SHORT_LIVED_SPARK
from dagster_pipes_jvm_standin._mini_cluster import MiniCluster
from dagster_pipes_jvm_standin.yarn_applications import authorization

_log = logging.getLogger(__name__)

SECRET_VARIABLE = "DAGSTER_PIPES_JVM_STANDIN_SECRET"


class Application(NamedTuple):
    """An application as the resource manager reports it; its `final_status` is UNDEFINED until it has ended."""

    id: str
    state: str
    final_status: str
    name: str = ""


class MiniYarn(MiniCluster):
    """One resource manager and one node manager in a JVM of their own; 7 to 9 s to start, about 350 MB.

    Lifecycle: a context manager. Everything it writes is under `base_dir` and stays there for whoever reads a failed
    test. At the end its containers end with it; when this process dies, by SIGKILL too, the same happens.

    It listens on loopback only. Its web server requires `web_secret`. Its RPC servers answer the processes of this user
    only, which are known from `/proc`, so not on macOS.

    Threads: entered and left by one, used by any.

    Args:
        base_dir: an empty or new folder.
        spark_home: whose Hadoop jars it runs from (3.5); by default the Spark that a job would run on. Jobs of any other
            Spark may be submitted to it.
        memory_mb: what containers may ask for, all together. It is booked, not enforced.
        max_app_attempts: how often YARN starts an application that fails.
        aggregates_logs: whether YARN takes the logs of ended applications away from the node, for `yarn logs`.
        environment: the whole environment of its process; `None` for that of this one without what looks like a secret.
        inherited: variables of that environment which containers see, beside YARN's own few.
        say: told when jars are fetched.
    """

    def __init__(
        self,
        base_dir: Path,
        *,
        spark_home: Path | None = None,
        memory_mb: int = 4096,
        max_app_attempts: int = 2,
        aggregates_logs: bool = False,
        environment: Mapping[str, str] | None = None,
        inherited: Sequence[str] = (),
        say: Callable[[str], None] = _log.info,
    ) -> None:
        super().__init__(
            base_dir,
            [Path(__file__).with_name(f"{name}.java") for name in ("MiniYarn", "WebDoor", "RpcDoor", "YarnCli")],
            [
                str(memory_mb),
                str(max_app_attempts),
                ",".join(["SPARK_LOCAL_IP", *inherited]),
                str(aggregates_logs).lower(),
            ],
            spark_home,
            environment=environment,
            say=say,
        )
        self.web_address = ""
        self.web_secret = secrets.token_urlsafe(24)
        self.environment_of_process[SECRET_VARIABLE] = self.web_secret
        # The sockets of containers stay on loopback, whatever the name of this machine means.
        self.environment_of_process["SPARK_LOCAL_IP"] = LOOPBACK

    @property
    def conf_dir(self) -> Path:
        """For `HADOOP_CONF_DIR` of whoever submits."""
        return self.base_dir / "conf"

    @property
    def web_secret_file(self) -> Path:
        """A file with `web_secret`, which only its owner can read."""
        return self.base_dir / "web-secret"

    def __enter__(self) -> "MiniYarn":
        self.web_address = self.start()
        with open(os.open(self.web_secret_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as opened:
            opened.write(f"{self.web_secret}\n")
        return self

    def environment(self) -> dict[str, str]:
        """The variables with which spark-submit finds this cluster."""
        return {
            "HADOOP_CONF_DIR": str(self.conf_dir),
            "YARN_CONF_DIR": str(self.conf_dir),
            "SPARK_LOCAL_IP": LOOPBACK,
        }

    def spark_conf(self, spark_home: Path | None = None, python: str | None = None) -> dict[str, str]:
        """What a job's conf needs to run here, small enough for several at once.

        Args:
            spark_home: the Spark that submits, whose jars are used where they are; by default the installed pyspark.
            python: the Python of PySpark drivers and workers; by default this one.
        """
        home = spark_home or self.spark_home
        python = python or sys.executable
        return {
            "spark.yarn.jars": f"local:{home}/jars/*",
            "spark.yarn.populateHadoopClasspath": "false",
            "spark.yarn.stagingDir": f"file://{self.base_dir}/staging",
            "spark.hadoop.yarn.timeline-service.enabled": "false",
            "spark.pyspark.python": python,
            "spark.pyspark.driver.python": python,
            **SHORT_LIVED_SPARK,
            **ON_LOOPBACK,
            "spark.driver.memory": "512m",
            "spark.executor.memory": "512m",
            "spark.executor.instances": "1",
            "spark.executor.cores": "1",
            "spark.sql.shuffle.partitions": "2",
        }

    def applications(self) -> list[Application]:
        """Every application that was submitted, oldest first."""
        url = f"http://{self.web_address}/ws/v1/cluster/apps"
        headers = {"Accept": "application/json", **authorization(self.web_secret)}
        with urlopen(Request(url, headers=headers), timeout=30) as response:
            apps = (json.load(response).get("apps") or {}).get("app") or []
        return sorted(Application(app["id"], app["state"], app["finalStatus"], app["name"]) for app in apps)

    def container_logs(self, app_id: str) -> dict[str, str]:
        """What the application's containers wrote, by `container/file` (`container_.../stdout`), while they run too."""
        folders = self.base_dir.rglob(f"*-logDir-nm-*/{app_id}")
        return {
            str(file.relative_to(folder)): file.read_text("utf-8", errors="replace")
            for folder in folders
            for file in sorted(folder.glob("container_*/*"))
            if file.is_file()
        }

    @property
    def log_dirs(self) -> list[Path]:
        """What `yarn.nodemanager.log-dirs` names."""
        return [path for path in self.base_dir.rglob("*-logDir-nm-*") if path.is_dir()]

    def yarn_command(self) -> list[str]:
        """Hadoop's `yarn` with its `application` and `logs`: Spark's jars lack a library of the second."""
        launcher = self.base_dir / "yarn.sh"
        launcher.write_text(
            "#!/bin/sh\n"
            f"exec '{check_java(self.environment_of_process)}' -cp '{self.conf_dir}{os.pathsep}{self.class_path()}'"
            f" YarnCli '{self.web_secret_file}' \"$@\"\n",
            encoding="utf-8",
        )
        return ["sh", str(launcher)]
