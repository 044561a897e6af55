"""Applications on YARN by their tag, which is known before they are submitted: how they are listed, found and ended."""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

LIVE_STATES = "NEW,NEW_SAVING,SUBMITTED,ACCEPTED,RUNNING"
ALL_STATES = "ALL"

_APPLICATION = re.compile(r"\bapplication_\d+_\d+\b")
_APPLICATION_CLI = "org.apache.hadoop.yarn.client.cli.ApplicationCLI"


def listing(tag: str, states: str) -> list[str]:
    """The arguments of Hadoop's `yarn` that list applications.

    Args:
        tag: an entry of their `spark.yarn.tags`.
        states: those that are looked at, `LIVE_STATES` or `ALL_STATES`.

    Source: https://hadoop.apache.org/docs/stable/hadoop-yarn/hadoop-yarn-site/YarnCommands.html#application_or_app
    """
    return ["application", "-list", "-appTags", tag, "-appStates", states]


KILLING = ("application", "-kill")
"""The arguments of Hadoop's `yarn` that end the application whose id follows."""


def listed(printed: str) -> list[str]:
    """The ids in what such a command printed, oldest first."""
    return sorted(set(_APPLICATION.findall(printed)))


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

    def yarn(arguments: list[str]) -> str:
        return subprocess.run(
            [spark_home / "bin" / "spark-class", _APPLICATION_CLI, *arguments],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
            timeout=timeout_seconds,
        ).stdout

    ids = listed(yarn(listing(tag, LIVE_STATES)))
    for application_id in ids:
        yarn([*KILLING, application_id])
    return ids
