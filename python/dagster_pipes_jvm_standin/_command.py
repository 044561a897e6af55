"""The commands that a step finds on its PATH: `python -I _command.py SETTINGS NAME ARGUMENT...`, SETTINGS being a JSON file.

spark-submit and its like become those of this machine's Spark, `yarn application`, `hadoop fs` and `hadoop jar` Hadoop's own
classes, which Spark ships. What EMR has and this machine has not ends with exit code 127 and says so. Imports the standard
library only: it is started as a file, by a Python that need not have this package.
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

# Options of spark-submit that stand alone; every other one takes the word after it.
# Source: org.apache.spark.launcher.SparkSubmitOptionParser
_ALONE = {"--help", "-h", "--supervise", "--usage-error", "--verbose", "-v", "--version"}


# Where EMR keeps what it installs: Hudi, Iceberg, Delta, connectors.
_JAR_OF_EMR = re.compile(r"(?:^|[=,])(?:file://|local:)?(/usr/(?:lib|share/aws)/[^,]+\.jar)(?=,|$)")


def jars_of_emr(arguments: list[str]) -> list[str]:
    """The paths among the arguments at which EMR has jars of its own; Spark would leave out those that are not there."""
    return [path for word in arguments for path in _JAR_OF_EMR.findall(word)]


def split_arguments(arguments: list[str]) -> tuple[list[list[str]], list[str]]:
    """spark-submit's options, each as the words it consists of, and the rest: the application and its arguments."""
    options: list[list[str]] = []
    position = 0
    while position < len(arguments) and arguments[position].startswith("-"):
        word = arguments[position]
        length = 1 if word in _ALONE or (word.startswith("--") and "=" in word) else 2
        options.append(arguments[position : position + length])
        position += length
    return options, arguments[position:]


def _name(option: list[str]) -> str:
    return option[0].partition("=")[0]


def _conf(option: list[str]) -> tuple[str, str]:
    """Name and value of a `--conf` in either form; empty where the option is another one."""
    if _name(option) not in ("--conf", "-c"):
        return "", ""
    text = option[0].partition("=")[2] if len(option) == 1 else option[1]
    name, _, value = text.partition("=")
    return name.strip(), value


def for_local(arguments: list[str], master: str, jars_of_defaults: str = "") -> list[str]:
    """The arguments for one process on this machine, whichever master and deploy mode they name."""
    options, rest = split_arguments(arguments)
    kept = [option for option in options if _name(option) not in ("--master", "--deploy-mode")]
    words = [word for option in kept for word in option]
    conf = dict(_conf(option) for option in options)
    if conf.get("spark.yarn.dist.jars"):
        # In cluster mode these are on the driver's class path, merged with `--jars`; the last `--jars` wins.
        jars = [option[-1].removeprefix("--jars=") for option in options if _name(option) == "--jars"]
        given = jars[-1] if jars else conf.get("spark.jars", jars_of_defaults)
        words += ["--jars", ",".join(filter(None, [given, conf["spark.yarn.dist.jars"]]))]
    return ["--master", master, "--deploy-mode", "client", *words, *rest]


def for_yarn(arguments: list[str], tag: str, tags_of_defaults: str) -> list[str]:
    """The arguments as they are, with a tag by which the step's applications are found: `spark.yarn.tags` is one list."""
    options, rest = split_arguments(arguments)
    named = dict(_conf(option) for option in options).get("spark.yarn.tags", tags_of_defaults)
    kept = [option for option in options if _conf(option)[0] != "spark.yarn.tags"]
    tags = ",".join(filter(None, [named, tag]))
    return [*(word for option in kept for word in option), "--conf", f"spark.yarn.tags={tags}", *rest]


def main(settings_file: str, name: str, arguments: list[str]) -> int:
    """Become the command; returns only where there is none."""
    if name in _ABSENT:
        print(f"{name}: {_ABSENT[name]}. See TROUBLESHOOTING.md#standin", file=sys.stderr)
        return 127
    settings = json.loads(Path(settings_file).read_text("utf-8"))
    bin_folder = Path(settings["spark_home"]) / "bin"
    missing = next((path for path in jars_of_emr(arguments) if not os.path.exists(path)), None)
    if missing is not None:
        print(f"{name}: {missing} is a jar that EMR brings, and this machine has not", end="", file=sys.stderr)
        print(": name it with --packages, or put it on S3. See TROUBLESHOOTING.md#standin", file=sys.stderr)
        return 127
    if name in ("hadoop", "hdfs", "yarn"):
        command = _hadoop(name, arguments, bin_folder, settings)
        if command is None:
            known = ", ".join(word for program, word in _HADOOP if program == name)
            what = arguments[0] if arguments else "(nothing)"
            print(f"{name} {what}: not here; here are: {name} {known}. See TROUBLESHOOTING.md#standin", file=sys.stderr)
            return 127
    else:
        command = [str(bin_folder / {"spark-example": "run-example"}.get(name, name))]
        if name != "run-example" and name != "spark-example":
            arguments = _submission(arguments, settings)
        command += arguments
    os.execv(command[0], command)


def _submission(arguments: list[str], settings: dict[str, str]) -> list[str]:
    folder = os.environ.get("DAGSTER_PIPES_JVM_STEP_FOLDER")
    if folder:
        with (Path(folder) / "submitted").open("a") as submitted:
            submitted.write("1\n")  # Told apart from a step that never came to Spark.
    if settings["engine"] == "local":
        return for_local(arguments, settings["local_master"], settings.get("jars", ""))
    tag = f"emr-step-{os.environ.get('EMR_STEP_ID', '').lower()}"
    return for_yarn(arguments, tag, settings["yarn_tags"])


def _hadoop(name: str, arguments: list[str], bin_folder: Path, settings: dict[str, str]) -> list[str] | None:
    main_class = _HADOOP.get((name, arguments[0] if arguments else ""))
    if main_class is None or (name == "yarn" and arguments[0] != "jar" and settings["engine"] != "yarn"):
        return None
    if name == "yarn":
        _read_yarn_env()
    # ApplicationCLI and its like want to see their own name; the others begin after it.
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
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
