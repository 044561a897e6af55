"""The logs that EMR keeps on S3: of its steps, and of the YARN containers of their drivers; minutes late."""

import gzip
import re
import zlib
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from io import BytesIO
from typing import Any, cast

from dagster_pipes_jvm.errors import S3AccessError, see
from dagster_pipes_jvm.platforms.emr.log_uri import LogUri
from dagster_pipes_jvm.read.logs.messages import PipesJvmLogMessageReader
from dagster_pipes_jvm.read.logs.output import Stream
from dagster_pipes_jvm.read.logs.reader import PipesJvmLogReader
from dagster_pipes_jvm.read.logs.source import LogPart, LogSource
from dagster_pipes_jvm.stores.s3 import S3Place

_BLOCK_BYTES = 1024 * 1024
_GZIP_MAGIC = b"\x1f\x8b"
# Seen on S3 with both endings, `stdout.gz` and `stdout.txt.gz`.
_FILE = r"(?P<stream>stdout|stderr)(?:\.txt)?(?:\.gz)?"
_FILES = tuple(f"{stream}{ending}" for stream in ("stdout", "stderr") for ending in (".gz", ".txt.gz"))
_STEP = re.compile(rf"(?P<log>steps/[^/]+)/{_FILE}")
# The first container of an attempt is its application master's, which is the driver in cluster mode. Source:
# https://hadoop.apache.org/docs/stable/api/org/apache/hadoop/yarn/api/records/ContainerId.html
_DRIVER = re.compile(
    rf"(?P<log>containers/(?P<application>[^/]+)/container_(?:e\d+_)?\d+_\d+_(?P<attempt>\d+)_0*1)/{_FILE}"
)
# What Spark's client for YARN logs on a step's stderr.
_SUBMITTED = re.compile(rb"Submitted application (application_\d+_\d+)")
_SUBMITTED_BYTES = 128
_END_BYTES = 64 * 1024


class EmrLogs(LogSource):
    """stdout and stderr of one step, or of all steps of a cluster, and of the drivers that these started on YARN.

    An object is written anew when more has come; it is read on from where it was, in uncompressed bytes. Attempts of an
    application come one behind the other.

    Args:
        place: the bucket.
        prefix: the key prefix of the cluster's logs, `LOG_PREFIX/CLUSTER`.
        step_id: the step; `None` for all.
        application_id: the YARN application of its driver; `None` for those that the logs of the step name.
        has_container_driver: whether the driver runs in a container if the step names an application.
    """

    def __init__(
        self,
        place: S3Place,
        prefix: str,
        step_id: str | None,
        application_id: str | None,
        *,
        has_container_driver: bool = False,
    ) -> None:
        self._place = place
        self._prefix = prefix
        self._step_id = step_id
        self._applications = {application_id} if application_id else set()
        self._has_container_driver = has_container_driver
        self._tails: dict[str, bytes] = {}
        self._ends: dict[str, bytes] = {}
        self._objects: dict[tuple[str, str], _WrittenAnew] = {}
        self._attempt = 1
        self._notes: list[str] = []
        self.name = f"s3://{place.bucket}/{prefix}/"

    def poll(self) -> Iterator[LogPart]:
        """What was uploaded since the last call.

        Raises:
            S3AccessError: S3 refuses.
            PassingFaultError: it does not answer, or asks to come again later.
        """
        yield from self._read("steps", self._step_id, _STEP)
        for application in sorted(self._applications):
            yield from self._read("containers", application, _DRIVER)

    @property
    def awaits_driver(self) -> bool:
        """Whether the step has started an application, and no log of its container has come."""
        has_come = any(f"{self.name}containers/" in log for log in self._ends)
        return self._has_container_driver and bool(self._applications) and not has_come

    def holder_of(self, line: str) -> str:
        """The object whose end has this line, the log of a container before that of the step."""
        holders = [log for log, end in self._ends.items() if line.strip() and line.encode("utf-8", "replace") in end]
        return min(holders, default="")

    def notes(self) -> Iterator[str]:
        """What happened to the objects."""
        yield from self._notes
        self._notes.clear()

    def _read(self, folder: str, name: str | None, pattern: re.Pattern[str]) -> Iterator[LogPart]:
        found = self._list(f"{folder}/{name}/" if name else f"{folder}/", name)
        logs = []
        for key, etag in found.items():
            match = pattern.fullmatch(key)
            if match:
                logs.append((int(match.groupdict().get("attempt") or 1), match["log"], match["stream"], key, etag))
        # One attempt behind the other, and stdout first, as it ends.
        for attempt, log, stream, key, etag in sorted(logs, key=lambda one: (*one[:2], one[2] != "stdout", one[3])):
            known = self._objects.setdefault(
                (log, stream), _WrittenAnew(self._place, f"{self._prefix}/{key}", self._notes)
            )
            if known.key != f"{self._prefix}/{key}":
                continue  # The same log, with the other ending.
            if attempt < self._attempt:
                attempt = self._attempt  # It ended late: its lines are text like others.
            for data in known.read(etag):
                self._attempt = attempt
                self._look_for_application(key, data)
                name = f"s3://{self._place.bucket}/{known.key}"
                self._ends[name] = (self._ends.get(name, b"") + data)[-_END_BYTES:]
                yield LogPart(name, cast("Stream", stream), data, attempt)

    def _look_for_application(self, key: str, data: bytes) -> None:
        text = self._tails.get(key, b"") + data
        self._applications.update(found.decode() for found in _SUBMITTED.findall(text) if key.startswith("steps/"))
        self._tails[key] = text[-_SUBMITTED_BYTES:]

    def _list(self, folder: str, name: str | None) -> Mapping[str, str | None]:
        etags = self._place.list_etags(f"{self._prefix}/{folder}")
        if etags is not None:
            return {key.removeprefix(f"{self._prefix}/"): etag for key, etag in etags.items()}
        if name is None or not folder.startswith("steps/"):
            raise S3AccessError(
                f"Cannot list s3://{self._place.bucket}/{self._prefix}/{folder}, where EMR keeps logs whose names are not known."
                f" Give the credentials of `client` s3:ListBucket there{'' if name else ', or pass `step_id`'}."
                f" {see('log-lines')}",
                code="AccessDenied",
            )
        keys = [f"{folder}{file}" for file in _FILES]
        return {key: etag for key in keys if (etag := self._place.etag(f"{self._prefix}/{key}"))}


class _WrittenAnew:
    """One object that grows by being written again."""

    def __init__(self, place: S3Place, key: str, notes: list[str]) -> None:
        self.key = key
        self._place = place
        self._notes = notes
        self._etag: str | None = None
        self._position = 0
        self._digest = blake2b()
        self._said = ""

    def read(self, etag: str | None) -> Iterator[bytes]:
        """What is behind what was read before; nothing where the object has not changed."""
        if etag is not None and etag == self._etag:
            return
        found = self._place.get(self.key)
        if found is None:
            return
        if self._position and not self._begins_as_before(found.body):
            return
        at = 0
        for block in self._blocks(found.body):
            new = block[max(0, self._position - at) :]
            at += len(block)
            if new:
                self._position = at
                self._digest.update(new)
                yield new
        self._etag = found.etag

    def _begins_as_before(self, body: bytes) -> bool:
        """Whether there may be something behind what was read; another log is read from its beginning."""
        digest, length = blake2b(), 0
        for block in self._blocks(body):
            old = block[: self._position - length]
            digest.update(old)
            length += len(old)
            if length == self._position:
                break
        if length < self._position:
            self._say(
                f"is shorter than before, {length:,} bytes instead of {self._position:,}; it is read on when it is longer"
            )
            return False
        if digest.digest() != self._digest.digest():
            self._say("begins with other bytes than before, and is read from its beginning")
            self._position, self._digest = 0, blake2b()
        return True

    def _blocks(self, body: bytes) -> Iterator[bytes]:
        file = gzip.GzipFile(fileobj=BytesIO(body)) if body.startswith(_GZIP_MAGIC) else BytesIO(body)
        try:
            while block := file.read(_BLOCK_BYTES):
                yield block
        except (EOFError, zlib.error, gzip.BadGzipFile) as e:
            self._say(f"is damaged, and read as far as it can be: {e}")

    def _say(self, what: str) -> None:
        if what != self._said:
            self._said = what
            self._notes.append(f"s3://{self._place.bucket}/{self.key} {what}")


class PipesJvmEMRLogMessageReader(PipesJvmLogMessageReader):
    """Finds messages in the logs that EMR keeps on S3, of steps in client and in cluster mode, and forwards the other lines.

    For jobs that reach no store. EMR uploads logs every few minutes and when a step has ended, so this is no live channel:
    messages come minutes late, and the step waits for them. Cluster, step and YARN application come from the call, or from
    what the client reports as launched (`cluster_id` or `JobFlowId`, `step_id`, `application_id`; Dagster's own client for EMR
    reports `JobFlowId`). Without a step all steps of the cluster are read, which must then be those of one run.

    Args:
        client: a `boto3.client("s3")` that may get and list the logs.
        log_uri: the cluster's LogUri, `s3://bucket/prefix/`; `None` where the client reports `log_uri`.
        cluster_id: the cluster; `None` where the client reports it.
        step_id: the step.
        application_id: the YARN application of a driver in cluster mode; where it is not given, those that the step's stderr
            names.
        stream: see `PipesJvmLogMessageReader`.
        buffered: see there.
        poll_interval_seconds: see there.
        wait_for_logs_seconds: see there.
        quiet_seconds: see there.
        require_closed: see there.

    Source: https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-manage-view-web-log-files.html
    """

    sees_attempts = True

    def __init__(
        self,
        *,
        client: Any,
        log_uri: str | None = None,
        cluster_id: str | None = None,
        step_id: str | None = None,
        application_id: str | None = None,
        stream: Stream = "stdout",
        buffered: bool = False,
        poll_interval_seconds: float = 15.0,
        wait_for_logs_seconds: float = 600.0,
        quiet_seconds: float = 15.0,
        require_closed: bool = False,
    ) -> None:
        super().__init__(
            stream=stream,
            buffered=buffered,
            poll_interval_seconds=poll_interval_seconds,
            wait_for_logs_seconds=wait_for_logs_seconds,
            quiet_seconds=quiet_seconds,
            require_closed=require_closed,
        )
        self._where = _Where(client, log_uri, cluster_id, step_id, application_id, call=type(self).__name__)

    def open_logs(self, known: Mapping[str, Any]) -> LogSource | None:
        """The logs of the step, once the cluster is known."""
        return self._where.open(known)

    def no_messages_debug_text(self) -> str:
        """What to check when nothing arrived."""
        return (
            f"Attempted to read messages from the {self._stream} logs that EMR keeps under {self._where}, for"
            f" {self._patience.wait_seconds:.0f} s after the job's end. The cluster needs a LogUri; the job finds the stream"
            " through spark.dagster.pipes.messages."
        )


class PipesJvmEMRLogReader(PipesJvmLogReader):
    """Forwards the logs that EMR keeps on S3 of a step, and of its driver on YARN, in order and once.

    Args:
        client: a `boto3.client("s3")` that may get and list the logs.
        log_uri: the cluster's LogUri, `s3://bucket/prefix/`.
        cluster_id: the cluster.
        step_id: the step; `None` for all of the cluster.
        application_id: see `PipesJvmEMRLogMessageReader`.
        poll_interval_seconds: see `PipesJvmLogReader`.
        wait_for_logs_seconds: see there.
        quiet_seconds: see there.
        options: `target_stream` and `debug_info`, see there.
    """

    def __init__(
        self,
        *,
        client: Any,
        log_uri: str,
        cluster_id: str,
        step_id: str | None = None,
        application_id: str | None = None,
        poll_interval_seconds: float = 15.0,
        wait_for_logs_seconds: float = 120.0,
        quiet_seconds: float = 15.0,
        **options: Any,
    ) -> None:
        super().__init__(
            poll_interval_seconds=poll_interval_seconds,
            wait_for_logs_seconds=wait_for_logs_seconds,
            quiet_seconds=quiet_seconds,
            **options,
        )
        self._where = _Where(client, log_uri, cluster_id, step_id, application_id, call=type(self).__name__)

    @property
    def name(self) -> str:
        """The class and what it reads."""
        return f"{type(self).__name__}({self._where})"

    def open_logs(self, known: Mapping[str, Any]) -> LogSource | None:  # noqa: ARG002
        """The logs of the step."""
        return self._where.open({})


class _Where:
    """What a caller gave, laid over with what a client reports."""

    def __init__(
        self,
        client: Any,
        log_uri: str | None,
        cluster_id: str | None,
        step_id: str | None,
        application_id: str | None,
        *,
        call: str,
    ) -> None:
        self._client = client
        self._call = call
        self._given = {
            "log_uri": log_uri,
            "cluster_id": cluster_id,
            "step_id": step_id,
            "application_id": application_id,
        }
        if log_uri is not None:
            LogUri.parse(log_uri, call=call)

    def open(self, known: Mapping[str, Any]) -> EmrLogs | None:
        """The logs, once the cluster is known."""
        ids = {name: known.get(name, value) for name, value in self._given.items()}
        cluster_id = ids["cluster_id"] or known.get("JobFlowId")
        if not cluster_id or not ids["log_uri"]:
            return None
        folder = LogUri.parse(ids["log_uri"], call=self._call)
        place = S3Place(self._client, folder.bucket, None, call=self._call)
        return EmrLogs(place, folder.cluster_prefix(cluster_id), ids["step_id"], ids["application_id"])

    def __str__(self) -> str:
        return "/".join(str(self._given[name] or f"({name})").rstrip("/") for name in ("log_uri", "cluster_id"))
