"""The programs of jvm/bench, and the context that they get."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from dagster_pipes import encode_param
from tests.support.pipes_context import pipes_context

TARGET = Path(__file__).parents[2] / "jvm" / "bench" / "target"
CONTEXT = pipes_context("flights", run_id="2b1d7c1e-4a55-4f0e-9d0c-6f4f2b7c9a10", job_name="bench")


def jdk(tool: str) -> str:
    """The tool's path, as `make` finds the JDK."""
    home = os.environ.get("JAVA_HOME")
    found = shutil.which(tool, path=str(Path(home) / "bin") if home else None)
    if not found:
        raise SystemExit(f"bench: no {tool} in {home or 'PATH'}: install JDK 17.")
    return found


def class_path(everything: bool = False) -> str:
    """The bridge jar and the programs, or these with JMH and AWS' SDK as well; `make bench` has written it."""
    jars = (TARGET / "classpath.txt").read_text(encoding="utf-8").strip().split(os.pathsep)
    return os.pathsep.join(jars if everything else jars[:2])


def environment(messages: Mapping[str, object]) -> dict[str, str]:
    """That of a process which a launcher starts."""
    return {
        **os.environ,
        "DAGSTER_PIPES_CONTEXT": encode_param({"data": CONTEXT}),
        "DAGSTER_PIPES_MESSAGES": encode_param(messages),
    }
