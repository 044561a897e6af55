"""The arguments of a step's spark-submit, changed to run on the engine of the emulator.

Imports the standard library and the grammar of spark-submit only, because every spark-submit of a step waits for it.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from dagster_pipes_jvm.submit.options import NotASubmissionError
from dagster_pipes_jvm.submit.spark_defaults import spark_defaults
from dagster_pipes_jvm.submit.spark_submit import SparkSubmit


def adapted(name: str, words: Sequence[str], settings: Mapping[str, str], environment: Mapping[str, str]) -> list[str]:
    """The words that the installed Spark gets.

    Args:
        name: `spark-submit`, `spark-sql`, `spark-shell` or `pyspark`.
        words: the words behind it. Spark gets them unchanged if they submit nothing, such as those that it will refuse.
        settings: the settings of the commands.
        environment: the environment of the step.
    """
    try:
        submit = SparkSubmit.read(words, is_shell=name != "spark-submit")
    except NotASubmissionError as reason:
        print(f"{name}: Spark gets the arguments unchanged, because {reason}", file=sys.stderr)
        return list(words)
    submit = replace(submit, defaults=spark_defaults(Path(settings["spark_home"]), environment))
    if settings["engine"] == "local":
        return for_local(submit, settings["local_master"]).words()
    return for_yarn(submit, f"emr-step-{environment.get('EMR_STEP_ID', '').lower()}").words()


def for_local(submit: SparkSubmit, master: str) -> SparkSubmit:
    """The submission as one process on this machine, for any master and deploy mode."""
    # In cluster mode Spark merges these files with `--jars` and `--py-files`, also for the driver.
    for of_yarn, key in (("spark.yarn.dist.jars", "spark.jars"), ("spark.yarn.dist.pyFiles", "spark.submit.pyFiles")):
        files = (submit.spark_property(of_yarn) or "").split(",")
        submit = submit.with_entries(key, [file for file in files if file])
    return submit.with_option("--master", master).with_option("--deploy-mode", "client")


def for_yarn(submit: SparkSubmit, tag: str) -> SparkSubmit:
    """The submission with a tag, by which the emulator finds the applications of the step."""
    return submit.with_entries("spark.yarn.tags", [tag])
