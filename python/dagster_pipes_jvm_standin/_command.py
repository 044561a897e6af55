"""The commands on the PATH of a step, started as a file: `python -I -S _command.py SETTINGS NAME ARGUMENT...`.

SETTINGS is a JSON file. spark-submit and the other commands of Spark become those of the installed Spark. Spark ships
Hadoop's clients, so `yarn application`, `hadoop fs` and `hadoop jar` become their classes. Any other command of EMR
ends with exit code 127 and says why.

A step waits for the start of this file. So the file imports the standard library only. It imports the grammar of
spark-submit, and the text of errors, when a command needs them. The options `-I -S` leave out
of the path the folders of other installations.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

_ABSENT = {
    **dict.fromkeys(
        ("hive", "hive-script", "beeline"), "Hive is not here: run the query with Spark SQL in a Spark step"
    ),
    **dict.fromkeys(("pig", "pig-script"), "Pig is not here: write the step for Spark"),
    "s3-dist-cp": "S3DistCp is not here: copy with `hadoop fs -cp`, with Spark or with boto3",
    "hadoop-streaming": "MapReduce is not here: write the step for Spark",
    **dict.fromkeys(
        ("presto-cli", "trino-cli", "flink", "hudi-cli", "hbase", "sqoop"), "only Spark and Hadoop's clients are here"
    ),
}
_SPARK = ("spark-submit", "spark-sql", "spark-shell", "pyspark", "run-example")
# The first word after `hadoop`, `hdfs` or `yarn`, and the class that Hadoop's own scripts run for it.
_HADOOP = {
    ("hadoop", "fs"): "org.apache.hadoop.fs.FsShell",
    ("hadoop", "jar"): "org.apache.hadoop.util.RunJar",
    ("hadoop", "version"): "org.apache.hadoop.util.VersionInfo",
    ("hdfs", "dfs"): "org.apache.hadoop.fs.FsShell",
    ("yarn", "jar"): "org.apache.hadoop.util.RunJar",
    ("yarn", "application"): "org.apache.hadoop.yarn.client.cli.ApplicationCLI",
    ("yarn", "app"): "org.apache.hadoop.yarn.client.cli.ApplicationCLI",
    ("yarn", "applicationattempt"): "org.apache.hadoop.yarn.client.cli.ApplicationCLI",
    ("yarn", "container"): "org.apache.hadoop.yarn.client.cli.ApplicationCLI",
    ("yarn", "node"): "org.apache.hadoop.yarn.client.cli.NodeCLI",
    ("yarn", "logs"): "org.apache.hadoop.yarn.client.cli.LogsCLI",
}
NAMES = (*_SPARK, "spark-example", "hadoop", "hdfs", "yarn", *_ABSENT)

# The folders into which EMR installs Hudi, Iceberg, Delta and connectors.
_JAR_OF_EMR = re.compile(r"(?:^|[=,])(?:file://|local:)?(/usr/(?:lib|share/aws)/[^,]+\.jar)(?=,|$)")


def words(settings_file: Path, name: str) -> list[str]:
    """The program and first arguments that start a command of a step; the arguments of the command follow."""
    return [sys.executable, "-I", "-S", str(Path(__file__).absolute()), str(settings_file), name]


def jars_of_emr(arguments: list[str]) -> list[str]:
    """The paths among the arguments at which EMR has jars; Spark would leave out those that do not exist."""
    return [path for word in arguments for path in _JAR_OF_EMR.findall(word)]


def main(settings_file: str, name: str, arguments: list[str]) -> int:
    """Become the command, or return the exit code if the emulator does not have it."""
    if name in _ABSENT:
        print(f"{name}: {_ABSENT[name]}. {_see()}", file=sys.stderr)
        return 127
    settings = json.loads(Path(settings_file).read_text("utf-8"))
    bin_folder = Path(settings["spark_home"]) / "bin"
    missing = next((path for path in jars_of_emr(arguments) if not os.path.exists(path)), None)
    if missing is not None:
        print(f"{name}: {missing} is a jar that EMR brings, and this machine has not", end="", file=sys.stderr)
        print(f": name it with --packages, or put it on S3. {_see()}", file=sys.stderr)
        return 127
    if name in ("hadoop", "hdfs", "yarn"):
        command = _hadoop(name, arguments, bin_folder, settings)
        if command is None:
            known = ", ".join(word for program, word in _HADOOP if program == name)
            what = arguments[0] if arguments else "(nothing)"
            print(f"{name} {what}: not here; here are: {name} {known}. {_see()}", file=sys.stderr)
            return 127
    else:
        command = [str(bin_folder / {"spark-example": "run-example"}.get(name, name))]
        if name != "run-example" and name != "spark-example":
            arguments = _spark_arguments(name, arguments, settings)
        command += arguments
    os.execv(command[0], command)


def _spark_arguments(name: str, arguments: list[str], settings: dict[str, str]) -> list[str]:
    from dagster_pipes_jvm_standin import _submission  # Here, because other commands do not need it.

    folder = os.environ.get("DAGSTER_PIPES_JVM_STEP_FOLDER")
    if folder:
        with (Path(folder) / "submitted").open("a") as submitted:
            submitted.write("1\n")  # Without this file the step has no application, and no logs of containers.
    return _submission.adapted(name, arguments, settings, os.environ)


def _see() -> str:
    from dagster_pipes_jvm.texts import see  # Here, because only a refused command needs it.

    return see("standin")


def _hadoop(name: str, arguments: list[str], bin_folder: Path, settings: dict[str, str]) -> list[str] | None:
    main_class = _HADOOP.get((name, arguments[0] if arguments else ""))
    if main_class is None or (name == "yarn" and arguments[0] != "jar" and settings["engine"] != "yarn"):
        return None
    if name == "yarn":
        _read_yarn_env()
    # ApplicationCLI needs to see its own name; the arguments of the others begin behind it.
    keep = main_class.endswith("ApplicationCLI")
    return [str(bin_folder / "spark-class"), main_class, *(arguments if keep else arguments[1:])]


def _read_yarn_env() -> None:
    script = Path(os.environ["HADOOP_CONF_DIR"]) / "yarn-env.sh"
    if script.is_file():
        shown = subprocess.run(["bash", "-c", '. "$0"; env -0', str(script)], capture_output=True, check=True).stdout
        for entry in shown.decode(errors="surrogateescape").split("\0"):
            variable, found, value = entry.partition("=")
            if found:
                os.environ[variable] = value


if __name__ == "__main__":
    sys.path.append(str(Path(__file__).absolute().parents[1]))  # The folder of our two packages.
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
