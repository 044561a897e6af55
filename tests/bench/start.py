"""What a session adds to a program: over a bare JVM with a file, over AWS' SDK with S3, and how much of it is class loading."""

import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import uuid4

from tests.bench.case import Case, Target
from tests.bench.programs import class_path, environment, jdk

from dagster_pipes_jvm.submit.bridge import bridge_jar
from dagster_pipes_jvm_standin.s3_server import LocalS3

PAIRS, S3_PAIRS = 15, 7
PACKAGE = "dagsterpipes.bench"


class Programs:
    """Starts the programs, and makes the archives of their classes."""

    def __init__(self, folder: Path, s3: LocalS3) -> None:
        self.folder = folder
        self.s3 = s3

    def java(self, options: Sequence[str], classes: str, program: str, *arguments: str) -> list[str]:
        """The command."""
        return [jdk("java"), *options, "-cp", classes, f"{PACKAGE}.{program}", *arguments]

    def archive(self, name: str, run: Callable[[Sequence[str]], float]) -> list[str]:
        """Options with which a JVM finds the classes that `run` loads in an archive (AppCDS)."""
        file = self.folder / f"{name}.jsa"
        run([f"-XX:ArchiveClassesAtExit={file}", "-Xlog:cds=off", "-Xlog:cds+dynamic=off"])
        return [f"-XX:SharedArchiveFile={file}"]

    def bare(self, options: Sequence[str] = ()) -> float:
        """Seconds of a program that does nothing."""
        return self._seconds(self.java(options, class_path(), "Bare"), {})

    def with_file(self, options: Sequence[str] = ()) -> float:
        """Seconds of: open, one report, close, exit."""
        messages = self.folder / "messages"
        messages.write_bytes(b"")
        seconds = self._seconds(self.java(options, class_path(), "OneReport"), environment({"path": str(messages)}))
        if messages.read_bytes().count(b"\n") != 3:
            raise RuntimeError(f"opened, a report and closed were expected: {messages.read_text()}")
        return seconds

    def with_s3(self, options: Sequence[str] = ()) -> float:
        """The same over S3."""
        prefix = str(uuid4())
        params = {"bucket": "start", "key_prefix": prefix, "upload_interval_millis": 300}
        command = self.java(options, class_path(everything=True), "OneReport")
        seconds = self._seconds(command, {**environment(params), **self.s3.environment()})
        if "Contents" not in self.s3.client().list_objects_v2(Bucket="start", Prefix=prefix):
            raise RuntimeError(f"no chunk is under {prefix}")
        return seconds

    def sdk(self, options: Sequence[str] = ()) -> float:
        """Seconds of a program that puts one object with AWS' SDK."""
        command = self.java(options, class_path(everything=True), "SdkPut", "start")
        return self._seconds(command, {**environment({}), **self.s3.environment()})

    def _seconds(self, command: list[str], variables: dict[str, str]) -> float:
        begin = time.perf_counter()
        subprocess.run(command, env=variables or None, check=True, capture_output=True)
        return time.perf_counter() - begin


def _in_turns(times: int, *runs: Callable[[], float]) -> list[list[float]]:
    """The seconds of each, one after the other; the first round only fills the caches."""
    rounds = [[run() for run in runs] for _ in range(1 + times)]
    return [list(samples) for samples in zip(*rounds[1:], strict=True)]


def measure() -> list[Case]:
    """The rows on starting."""
    with tempfile.TemporaryDirectory() as directory, LocalS3() as s3:
        s3.create_bucket("start")
        programs = Programs(Path(directory), s3)
        file_archive = programs.archive("file", programs.with_file)
        s3_archive = programs.archive("s3", programs.with_s3)
        bare, session, archived = _in_turns(
            PAIRS, programs.bare, programs.with_file, lambda: programs.with_file(file_archive)
        )
        s3_bare, sdk, over_s3, s3_archived = _in_turns(
            S3_PAIRS, programs.bare, programs.sdk, programs.with_s3, lambda: programs.with_s3(s3_archive)
        )
    group, jvm, what = "start", "a JVM that does nothing", "open, one report, close, exit"
    return [
        Case("size", "the bridge jar", "bytes", [bridge_jar().stat().st_size]),
        Case(group, f"{what}: a file", "s", session, bare, jvm, Target("added", "under", 0.06)),
        Case(group, f"{what}: a file, classes from an archive (AppCDS)", "s", archived, bare, jvm),
        Case(group, f"{what}: S3", "s", over_s3, s3_bare, jvm, Target("added", "under", 0.8)),
        Case(group, f"{what}: S3, AppCDS", "s", s3_archived, s3_bare, jvm, Target("added", "under", 0.5)),
        Case(
            "start over S3",
            f"{what}: S3",
            "s",
            over_s3,
            sdk,
            "a JVM that puts one object with AWS' SDK v2, as small as it goes",
        ),
    ]
