"""Ending the YARN application of a submission: in cluster mode it outlives the spark-submit that started it."""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

_APPLICATION_CLI = "org.apache.hadoop.yarn.client.cli.ApplicationCLI"
_LIVE_STATES = "NEW,NEW_SAVING,SUBMITTED,ACCEPTED,RUNNING"


def kill_applications(
    spark_home: Path, environment: Mapping[str, str], tag: str, *, timeout_seconds: float
) -> list[str]:
    """Kill every live application with a tag, through Hadoop's own command line, which Spark ships.

    A tag and not the id that spark-submit logs: it is known before the submission, and however log4j is configured.

    Args:
        spark_home: its `spark-class` knows the class path and the Hadoop configuration.
        environment: that of the submission (`HADOOP_CONF_DIR`, `YARN_CONF_DIR`).
        tag: an entry of `spark.yarn.tags` that no other submission has.
        timeout_seconds: for each of the two commands, in seconds.

    Returns:
        list[str]: the ids of the applications that were told to end.

    Raises:
        subprocess.SubprocessError: the command failed or took too long; its output is on the exception.
    """
    listed = _yarn(spark_home, environment, timeout_seconds, "-list", "-appTags", tag, "-appStates", _LIVE_STATES)
    ids = sorted(set(re.findall(r"\bapplication_\d+_\d+\b", listed)))
    for application_id in ids:
        _yarn(spark_home, environment, timeout_seconds, "-kill", application_id)
    return ids


def _yarn(spark_home: Path, environment: Mapping[str, str], timeout_seconds: float, *arguments: str) -> str:
    return subprocess.run(
        [spark_home / "bin" / "spark-class", _APPLICATION_CLI, "application", *arguments],
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
        timeout=timeout_seconds,
    ).stdout
