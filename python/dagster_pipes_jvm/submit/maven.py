"""Jars by their Maven coordinates, fetched once with the Ivy that Spark ships.

Nothing to install and no host to name: every Spark since 1.3 has `jars/ivy-*.jar`, and Ivy's own default resolvers are
the local repository and Maven Central. A company's mirror comes with an Ivy settings file, the one that Spark itself
takes as `spark.jars.ivySettings`.

`resolve_jars` is the general part; `s3a_jars` knows what a Spark lacks for `s3://` and `s3a://` paths.
"""

import hashlib
import json
import logging
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from filelock import FileLock, Timeout

from dagster_pipes_jvm.errors import InvalidParameterError, JarsNotFetchedError
from dagster_pipes_jvm.submit.spark_home import check_java
from dagster_pipes_jvm.texts import invalid_value, see

_log = logging.getLogger(__name__)

_ANCHOR = "jars-not-fetched"
_MANIFEST = "resolved.json"
_FETCHING = ".fetching-"
_PATTERN = "[artifact]-[revision](-[classifier]).[ext]"
_TAIL_LINES = 15
_JAR_NAME = re.compile(r"(?P<artifact>.+?)-(?P<version>\d[^/]*)\.jar")


@dataclass(frozen=True)
class Dependency:
    """One jar by its coordinates, `group:artifact:version`, with or without what it depends on itself."""

    coordinates: str
    transitive: bool = True

    def parts(self) -> tuple[str, str, str]:
        """Group, artifact and version.

        Raises:
            InvalidParameterError: where the coordinates are not three non-empty parts.
        """
        parts = self.coordinates.split(":")
        if len(parts) != 3 or not all(parts):
            raise InvalidParameterError(
                parameter="dependencies",
                call="resolve_jars",
                expected="coordinates of the form group:artifact:version",
                got=repr(self.coordinates),
                remedy="Name group, artifact and version.",
                anchor=_ANCHOR,
            )
        group, artifact, version = parts
        return group, artifact, version


def resolve_jars(
    name: str,
    dependencies: Sequence[Dependency],
    *,
    spark_home: str | Path,
    exclude: Sequence[str] = (),
    ivy_settings: str | Path | None = None,
    cache_folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    timeout_seconds: float = 900.0,
    say: Callable[[str], None] = _log.info,
) -> list[Path]:
    """The jar files of `dependencies`, sorted by name; fetched the first time, found in the cache from then on.

    The cache is `${XDG_CACHE_HOME:-~/.cache}/dagster-pipes-jvm/jars/<name>-<hash of the request>/`. A folder appears
    there whole or not at all, so a second call starts no Java, and an interrupted one leaves nothing half done. Threads
    and processes may call at once: one fetches, the others wait for it.

    Args:
        name: what the jars are for, in lower case and hyphens; part of the folder's name and of the log lines.
        dependencies: what to fetch.
        spark_home: the Spark whose Ivy does the work.
        exclude: what to leave out of transitive dependencies, as `group` or `group:artifact`.
        ivy_settings: an Ivy settings file, for a mirror; `None` for Ivy's defaults (local repository, Maven Central).
        cache_folder: takes the place of `${XDG_CACHE_HOME:-~/.cache}/dagster-pipes-jvm`.
        environment: where `JAVA_HOME`, `PATH`, proxies (`JAVA_TOOL_OPTIONS`) and `XDG_CACHE_HOME` are read; by
            default that of this process.
        timeout_seconds: how long to wait for Ivy, and for another process that is fetching, each.
        say: told what is fetched, and that it is; not called where the jars are in the cache.

    Raises:
        JarsNotFetchedError: no Ivy, no network, nothing under these coordinates, or a cache that cannot be written.
        JavaNotFoundError: the jars are not in the cache, and there is no `java` to fetch them.
        InvalidParameterError: coordinates that are none.

    Source: https://ant.apache.org/ivy/history/2.5.3/standalone.html
    """
    environment = os.environ if environment is None else environment
    cache = cache_folder or _default_cache(environment)
    folder = cache / "jars" / f"{name}-{_request_hash(dependencies, exclude, ivy_settings)}"
    jars = _read_manifest(folder)
    if jars is not None:
        return jars
    ivy_jar = _find_ivy(Path(spark_home))
    java = check_java(environment)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        # One lock for the whole cache: two Ivys that write one repository cache at once trip over each other.
        with FileLock(cache / "fetching.lock", timeout=timeout_seconds):
            jars = _read_manifest(folder)
            if jars is None:
                for abandoned in folder.parent.glob(f"{_FETCHING}*"):
                    shutil.rmtree(abandoned, ignore_errors=True)  # Of a process that was killed.
                ivy = [str(java), "-jar", str(ivy_jar), "-cache", str(cache / "ivy")]
                if ivy_settings is not None:
                    ivy += ["-settings", str(ivy_settings)]
                jars = _fetch(name, dependencies, exclude, ivy, folder, environment, timeout_seconds, say)
    except Timeout as error:
        raise JarsNotFetchedError(
            f"Another process has been fetching jars into {cache} for {timeout_seconds:.0f} s. Wait for it, or end it,"
            f" and try again. {see(_ANCHOR)}"
        ) from error
    except OSError as error:
        raise JarsNotFetchedError(
            f"The jars for {name} cannot be kept in {cache}: {error}. Make it writable, or set XDG_CACHE_HOME to a"
            f" folder that is. {see(_ANCHOR)}"
        ) from error
    return jars


def _default_cache(environment: Mapping[str, str]) -> Path:
    given = environment.get("XDG_CACHE_HOME", "")
    # The specification asks to ignore a relative path: https://specifications.freedesktop.org/basedir-spec/latest/
    base = Path(given) if os.path.isabs(given) else Path.home() / ".cache"
    return base / "dagster-pipes-jvm"


def _request_hash(dependencies: Sequence[Dependency], exclude: Sequence[str], ivy_settings: str | Path | None) -> str:
    settings = None
    if ivy_settings is not None:
        try:
            settings = Path(ivy_settings).read_text("utf-8")
        except OSError as error:
            raise InvalidParameterError(
                parameter="ivy_settings",
                call="resolve_jars",
                expected="an Ivy settings file that can be read",
                got=f"{str(ivy_settings)!r} ({error.strerror})",
                remedy="Name a local file, as for Spark's `spark.jars.ivySettings`.",
                anchor=_ANCHOR,
            ) from error
    request = {
        "dependencies": [[*dependency.parts(), dependency.transitive] for dependency in dependencies],
        "exclude": sorted(exclude),
        "settings": settings,
    }
    return hashlib.sha256(json.dumps(request).encode()).hexdigest()[:16]


def _read_manifest(folder: Path) -> list[Path] | None:
    """The jars of a finished folder; `None` where there is none, or somebody has deleted or cut one of its files."""
    try:
        size_by_name = json.loads((folder / _MANIFEST).read_text("utf-8"))
        jars = {folder / name: size for name, size in size_by_name.items()}
        return sorted(jars) if all(jar.stat().st_size == size for jar, size in jars.items()) else None
    except (OSError, ValueError, AttributeError):
        return None


def _find_ivy(spark_home: Path) -> Path:
    found = sorted((spark_home / "jars").glob("ivy-*.jar"))
    if not found:
        raise JarsNotFetchedError(
            invalid_value(
                parameter="spark_home",
                call="resolve_jars",
                expected="a Spark installation with jars/ivy-*.jar",
                got=f"{str(spark_home)!r}, which has none",
                remedy="Use the Spark of a release or of pyspark, or put the jars into its jars folder yourself.",
                anchor=_ANCHOR,
            )
        )
    return found[-1]


def _fetch(
    name: str,
    dependencies: Sequence[Dependency],
    exclude: Sequence[str],
    ivy: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    timeout_seconds: float,
    say: Callable[[str], None],
) -> list[Path]:
    wanted = ", ".join(dependency.coordinates for dependency in dependencies)
    source = f"through {ivy[-1]}" if "-settings" in ivy else "from Maven Central"
    say(f"Fetching the jars for {name} {source}, once, into {folder}: {wanted}")
    started = time.monotonic()
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=_FETCHING) as temporary:
        descriptor = Path(temporary) / "ivy.xml"
        descriptor.write_bytes(_ivy_file(name, dependencies, exclude))
        retrieved = Path(temporary) / "jars"
        retrieved.mkdir()
        command = [
            *ivy,
            *("-ivy", str(descriptor), "-confs", "default"),
            # Some published jars call themselves `bundle` (ion-java, jackson-dataformat-cbor): OSGi's word for a jar.
            *("-types", "jar", "bundle", "-retrieve", str(retrieved / _PATTERN)),
        ]
        failure, output = _run(command, environment, timeout_seconds)
        size_by_name = {jar.name: jar.stat().st_size for jar in sorted(retrieved.iterdir())}
        if failure is None and not size_by_name:
            failure = "found no jar"
        if failure is not None:
            tail = [line.rstrip() for line in output.splitlines() if line.strip(": \t")][-_TAIL_LINES:]
            raise JarsNotFetchedError(
                f"The jars for {name} could not be fetched {source}: Ivy {failure}. Wanted: {wanted}. Ivy's last words:\n"
                + "\n".join(tail)
                + "\nCheck the network; a proxy goes into JAVA_TOOL_OPTIONS (-Dhttps.proxyHost=... -Dhttps.proxyPort=...), a"
                " mirror into an Ivy settings file (`spark.jars.ivySettings`). Without any network, put these jars into the"
                f" jars folder of Spark. {see(_ANCHOR)}",
                ivy_tail=tail,
            )
        (retrieved / _MANIFEST).write_text(json.dumps(size_by_name), "utf-8")
        shutil.rmtree(folder, ignore_errors=True)  # What is there has no complete manifest.
        retrieved.rename(folder)
    megabytes = sum(size_by_name.values()) / 1e6
    seconds = time.monotonic() - started
    say(f"Fetched the jars for {name}: {len(size_by_name)} files, {megabytes:.1f} MB, in {seconds:.1f} s")
    return [folder / jar for jar in size_by_name]


def _run(command: Sequence[str], environment: Mapping[str, str], timeout_seconds: float) -> tuple[str | None, str]:
    """How Ivy failed (`None`: it did not), and everything that it wrote."""
    try:
        done = subprocess.run(
            command,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout_seconds,
            encoding="utf-8",
            errors="replace",
        )
    except subprocess.TimeoutExpired as error:
        # Whatever `encoding` says, the exception carries bytes (CPython issue 87597).
        so_far = error.output or b""
        text = so_far if isinstance(so_far, str) else so_far.decode("utf-8", "replace")
        return f"did not end within {timeout_seconds:.0f} s", text
    return (f"ended with exit code {done.returncode}" if done.returncode else None), done.stdout


def _ivy_file(name: str, dependencies: Sequence[Dependency], exclude: Sequence[str]) -> bytes:
    module = ElementTree.Element("ivy-module", version="2.0")
    ElementTree.SubElement(module, "info", organisation="dagster-pipes-jvm", module=name)
    ElementTree.SubElement(ElementTree.SubElement(module, "configurations"), "conf", name="default")
    # `master` is the jar itself; `compile` and `runtime` are what a pom's dependencies of these scopes become.
    listed = ElementTree.SubElement(module, "dependencies")
    for dependency in dependencies:
        group, artifact, version = dependency.parts()
        ElementTree.SubElement(
            listed,
            "dependency",
            org=group,
            name=artifact,
            rev=version,
            transitive=str(dependency.transitive).lower(),
            conf="default->master,compile,runtime" if dependency.transitive else "default->master",
        )
    for excluded in exclude:
        group, _, artifact = excluded.partition(":")
        ElementTree.SubElement(listed, "exclude", org=group, module=artifact or "*")
    return ElementTree.tostring(module)


# Hadoop's version -> the AWS SDK that its hadoop-aws was built with, and analyticsaccelerator-s3 where S3AFileSystem links it.
# Source: the pom of hadoop-project of that version (`aws-java-sdk.version`, `aws-java-sdk-v2.version`,
# `amazon-s3-analyticsaccelerator-s3.version`). A version between two lines takes the older one.
_SDK_BY_HADOOP: Mapping[tuple[int, ...], tuple[str, str | None]] = {
    (3, 3, 2): ("1.11.1026", None),  # Spark 3.3
    (3, 3, 4): ("1.12.262", None),  # Spark 3.4, 3.5
    (3, 4, 0): ("2.23.19", None),
    (3, 4, 1): ("2.24.6", None),  # Spark 4.0
    (3, 4, 2): ("2.29.52", "1.2.1"),  # Spark 4.1
    (3, 5, 0): ("2.35.4", "1.3.1"),  # Spark 4.3
}

# Left out always: every Spark has these, and a second netty or logger beside its own breaks both.
_S3A_EXCLUDE = ("io.netty", "org.slf4j", "commons-logging", "com.fasterxml.jackson.core")
# Left out where this Spark has them: which does differs from version to version.
_S3A_EXCLUDE_IF_IN_SPARK = (
    "commons-codec:commons-codec",
    "joda-time:joda-time",
    "org.apache.httpcomponents:httpclient",
    "org.apache.httpcomponents:httpcore",
    "org.reactivestreams:reactive-streams",
)


def s3a_jars(
    spark_home: str | Path,
    *,
    ivy_settings: str | Path | None = None,
    environment: Mapping[str, str] | None = None,
    say: Callable[[str], None] = _log.info,
) -> list[Path]:
    """The jars that this Spark lacks for `s3://` and `s3a://` paths: hadoop-aws and the parts of the AWS SDK it uses.

    Empty where nothing is missing that we could add: hadoop-aws is in Spark's jars folder already, or Hadoop is not (a
    Spark "without Hadoop", as on EMR, takes its class path from the cluster). The SDK's bundle of several hundred MB is
    never fetched. They belong on `spark.driver.extraClassPath`: from `--jars` they come too late for an `s3://` application.

    Args:
        spark_home: the Spark installation.
        ivy_settings: as for `resolve_jars`.
        environment: as for `resolve_jars`.
        say: as for `resolve_jars`.

    Raises:
        JarsNotFetchedError: see `resolve_jars`.
        JavaNotFoundError: see `resolve_jars`.
    """
    version_by_artifact = _jar_versions(Path(spark_home) / "jars")
    hadoop = version_by_artifact.get("hadoop-client-api")
    if hadoop is None or "hadoop-aws" in version_by_artifact:
        return []
    in_spark = [excluded for excluded in _S3A_EXCLUDE_IF_IN_SPARK if excluded.partition(":")[2] in version_by_artifact]
    return resolve_jars(
        f"s3a-hadoop-{hadoop}",
        s3a_dependencies(hadoop),
        spark_home=spark_home,
        exclude=[*_S3A_EXCLUDE, *in_spark],
        ivy_settings=ivy_settings,
        environment=environment,
        say=say,
    )


def s3a_dependencies(hadoop_version: str) -> list[Dependency]:
    """What S3A of this Hadoop needs, without the SDK's bundle: Hadoop 3.4 and later use version 2 of the SDK."""
    numbers = tuple(int(number) for number in re.findall(r"\d+", hadoop_version)[:3])
    known = [hadoop for hadoop in _SDK_BY_HADOOP if hadoop <= numbers]
    sdk, accelerator = _SDK_BY_HADOOP[max(known, default=min(_SDK_BY_HADOOP))]
    hadoop_aws = Dependency(f"org.apache.hadoop:hadoop-aws:{hadoop_version}", transitive=False)
    if sdk.startswith("1."):
        # S3AFileSystem links an exception of DynamoDB's client: without it the class does not load.
        modules = ["s3", "sts", "dynamodb"]
        return [hadoop_aws, *(Dependency(f"com.amazonaws:aws-java-sdk-{m}:{sdk}") for m in modules)]
    modules = ["s3", "s3-transfer-manager", "sts"]
    dependencies = [hadoop_aws, *(Dependency(f"software.amazon.awssdk:{m}:{sdk}") for m in modules)]
    if accelerator is not None:
        group = "software.amazon.s3.analyticsaccelerator"
        dependencies.append(Dependency(f"{group}:analyticsaccelerator-s3:{accelerator}", transitive=False))
    return dependencies


def _jar_versions(folder: Path) -> dict[str, str]:
    matches = (_JAR_NAME.fullmatch(jar.name) for jar in folder.glob("*.jar"))
    return {match["artifact"]: match["version"] for match in matches if match}
