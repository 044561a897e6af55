"""A cluster's `Configurations` as the files that Spark, Hadoop and a step's shell read, and what this machine has not.

Sources: https://docs.aws.amazon.com/emr/latest/ReleaseGuide/emr-configure-apps.html (classifications),
https://docs.aws.amazon.com/emr/latest/ReleaseGuide/emr-spark-configure.html (spark-defaults, spark-env).
"""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from dagster_pipes_jvm.texts import see

# Files of Java properties, and the folder and name in which each is read.
_PROPERTIES = {
    "spark-log4j2": "spark/log4j2.properties",
    "spark-log4j": "spark/log4j2.properties",
    "spark-metrics": "spark/metrics.properties",
}
# Files of shell, made of the nested classification `export`. `yarn-env` is read by the `yarn` command.
_SHELL = {"spark-env": "spark/spark-env.sh", "hadoop-env": "hadoop/hadoop-env.sh", "yarn-env": "hadoop/yarn-env.sh"}
_SITES = ("core-site", "hdfs-site", "yarn-site", "mapred-site")
_SERVED = {"spark-defaults", *_PROPERTIES, *_SHELL, *_SITES}

# What EMR has and this machine has not, with what to do. The names are also those of `ignore`.
_GLUE = "AWSGlueDataCatalogHiveClientFactory"
_ABSENT = {
    "glue": "there is no Glue catalog: use paths, or a catalog in files (spark.sql.catalog.*)",
    "emrfs-site": "S3A takes the place of EMRFS, and its options are core-site's fs.s3a.*",
    "bootstrap-actions": "bootstrap actions would change this machine, so they are not run: do what they do beforehand",
    "security-configuration": "nothing is encrypted and there is no Kerberos",
}


def refusal(
    configurations: Sequence[Mapping[str, Any]],
    bootstrap_actions: Sequence[Any],
    security_configuration: str | None,
    ignore: Iterable[str],
) -> str | None:
    """Why a cluster that is asked for cannot be had here, by name and with what to do; `None` where it can."""
    asked: dict[str, str] = {}
    for configuration in configurations:
        name = configuration.get("Classification") or ""
        if any(_GLUE in value for value in (configuration.get("Properties") or {}).values()):
            asked["glue"] = _ABSENT["glue"]
        elif name not in _SERVED:
            asked[name] = (
                _ABSENT.get(name) or f"{name.partition('-')[0]} is configured, and only Spark and Hadoop are here"
            )
    if bootstrap_actions:
        asked["bootstrap-actions"] = _ABSENT["bootstrap-actions"]
    if security_configuration:
        asked["security-configuration"] = _ABSENT["security-configuration"]
    missing = {name: why for name, why in asked.items() if name not in set(ignore)}
    if not missing:
        return None
    reasons = "; ".join(f"{name} ({why})" for name, why in missing.items())
    options = " ".join(f"--ignore {name}" for name in missing)
    return (
        f"The EMR of this machine does not have {reasons}. Leave it out, or start the stand-in with {options} (LocalEMR:"
        f" ignore=[...]) to have it passed over. {see('standin')}"
    )


def repeated(configurations: Sequence[Mapping[str, Any]]) -> str | None:
    """A classification that is given twice, which EMR does not take; `None` where none is."""
    names = [configuration.get("Classification") for configuration in configurations]
    return next((name for name in names if names.count(name) > 1), None)


def exports(configurations: Sequence[Mapping[str, Any]], classification: str) -> dict[str, str]:
    """The variables of a classification's `export`, nested as EMR wants them."""
    variables: dict[str, str] = {}
    for configuration in configurations:
        if configuration.get("Classification") == classification:
            for nested in configuration.get("Configurations") or []:
                if nested.get("Classification") == "export":
                    variables.update(nested.get("Properties") or {})
    return variables


def properties(configurations: Sequence[Mapping[str, Any]], classification: str) -> dict[str, str]:
    """The properties of a classification."""
    found: dict[str, str] = {}
    for configuration in configurations:
        if configuration.get("Classification") == classification:
            found.update(configuration.get("Properties") or {})
    return found


def write(
    folder: Path,
    configurations: Sequence[Mapping[str, Any]],
    *,
    spark_defaults: Mapping[str, str],
    core_site: Mapping[str, str],
    yarn_conf: Path | None,
) -> None:
    """Write `folder/spark` (`SPARK_CONF_DIR`) and `folder/hadoop` (`HADOOP_CONF_DIR`).

    Args:
        folder: a new folder.
        configurations: the cluster's.
        spark_defaults: what the cluster's `spark-defaults` is laid over.
        core_site: what its `core-site` is laid over.
        yarn_conf: the client's configuration of the YARN of one node, where there is one.
    """
    (folder / "spark").mkdir(parents=True)
    (folder / "hadoop").mkdir()
    defaults = {**spark_defaults, **properties(configurations, "spark-defaults")}
    _write_properties(folder / "spark" / "spark-defaults.conf", defaults)
    for classification, path in _PROPERTIES.items():
        given = properties(configurations, classification)
        if given:
            _write_properties(folder / path, given, separator="=")
    for classification, path in _SHELL.items():
        lines = [f"export {n}={shlex.quote(v)}\n" for n, v in exports(configurations, classification).items()]
        (folder / path).write_text("".join(lines), "utf-8")
    for site in _SITES:
        given = properties(configurations, site)
        base = _read_site(yarn_conf / f"{site}.xml") if yarn_conf else {}
        if site == "core-site":
            base = {**base, **core_site}
        if base or given:
            _write_site(folder / "hadoop" / f"{site}.xml", {**base, **given})


def _write_properties(path: Path, given: Mapping[str, str], separator: str = " ") -> None:
    # Java reads these files as properties: a backslash and a line's end in a value would be eaten.
    escaped = {n: v.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r") for n, v in given.items()}
    path.write_text("".join(f"{name}{separator}{value}\n" for name, value in escaped.items()), "utf-8")


def _read_site(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    entries = ElementTree.parse(path).getroot().iter("property")
    return {entry.findtext("name") or "": entry.findtext("value") or "" for entry in entries}


def _write_site(path: Path, given: Mapping[str, str]) -> None:
    root = ElementTree.Element("configuration")
    for name, value in given.items():
        entry = ElementTree.SubElement(root, "property")
        ElementTree.SubElement(entry, "name").text = name
        ElementTree.SubElement(entry, "value").text = value
    ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
