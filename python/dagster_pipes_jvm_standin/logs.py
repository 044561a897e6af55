"""Where EMR puts what steps and containers write: `LogUri/CLUSTER/steps/STEP/stdout.gz` and its like.

Source: https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-manage-view-web-log-files.html
"""

import gzip
import os
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any


def log_place(log_uri: str | None, cluster_id: str) -> tuple[str, str] | None:
    """Bucket and prefix of a cluster's logs; `None` where the cluster has no `LogUri`, or one that is not on S3."""
    scheme, found, rest = (log_uri or "").partition("://")
    if not found or scheme not in ("s3", "s3a", "s3n"):
        return None
    bucket, _, prefix = rest.partition("/")
    prefix = prefix.rstrip("/")
    return bucket, f"{prefix}/{cluster_id}" if prefix else cluster_id


def upload(store: Any, place: tuple[str, str], files: Mapping[str, bytes]) -> None:
    """Put files, by their names below the cluster's prefix, compressed; what S3 refuses is said on stderr."""
    bucket, prefix = place
    for name, content in files.items():
        try:
            store.put_object(Bucket=bucket, Key=f"{prefix}/{name}.gz", Body=gzip.compress(content))
        except Exception as error:
            print(
                f"standin: s3://{bucket}/{prefix}/{name}.gz could not be written: {error}", file=sys.stderr, flush=True
            )
            return


def step_files(step_id: str, folder: Path, controller: str) -> dict[str, bytes]:
    """The four files that a step has."""
    return {
        f"steps/{step_id}/stdout": _content(folder / "stdout"),
        f"steps/{step_id}/stderr": _content(folder / "stderr"),
        f"steps/{step_id}/controller": controller.encode(),
        f"steps/{step_id}/syslog": b"",  # What log4j of Hadoop's own runner writes; Spark's goes to stderr.
    }


def local_container_files(number: int, started: datetime, folder: Path) -> dict[str, bytes]:
    """Driver output as a container's, which it is where the step asked for cluster mode."""
    application = f"{int(started.timestamp() * 1000)}_{number:04d}"
    container = f"containers/application_{application}/container_{application}_01_000001"
    return {f"{container}/{name}": _content(folder / name) for name in ("stdout", "stderr")}


def yarn_container_files(base_dir: Path, applications: Iterable[str]) -> dict[str, bytes]:
    """What the containers of these applications wrote, where the node manager has it."""
    files = {}
    # `walk` skips folders that the node manager removes meanwhile, and `rglob` raises.
    log_dirs = [Path(root, name) for root, names, _ in os.walk(base_dir) for name in names if "-logDir-nm-" in name]
    for application in applications:
        for folder in (log_dir / application for log_dir in log_dirs):
            for file in sorted(folder.glob("container_*/*")):
                if file.is_file() and file.name in ("stdout", "stderr"):
                    files[f"containers/{application}/{file.relative_to(folder)}"] = _content(file)
    return files


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


class Controller:
    """The log of what was done with a step, in the words of EMR's step runner."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def say(self, level: str, what: str) -> None:
        """Add a line."""
        now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
        self._lines.append(f"{now}Z {level} {what}\n")

    def text(self) -> str:
        """All of it."""
        return "".join(self._lines)
