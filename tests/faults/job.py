"""The Java program that fault table and bench start, and how it and the reader reach S3."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3

from dagster_pipes_jvm_standin.s3_server import LocalS3
from tests.conftest import REPOSITORY
from tests.faults.proxy import FaultProxy


def compile_job(directory: Path) -> tuple[str, str]:
    """Compile FaultJob.java into the directory; returns the `java` that runs it and its class path."""
    program = REPOSITORY / "jvm" / "conformance" / "command.py"
    command = subprocess.run([sys.executable, program], capture_output=True, text=True, check=True)
    java, _, class_path, _ = json.loads(command.stdout)
    classes = directory / "classes"
    javac = str(Path(java).with_name("javac")) if os.sep in java else "javac"
    source = Path(__file__).parent / "FaultJob.java"
    subprocess.run([javac, "-cp", class_path, "-d", classes, source], check=True)
    return java, os.pathsep.join([str(classes), class_path])


def proxied_client(s3: LocalS3, proxy: FaultProxy) -> Any:
    """A boto3 client as a user makes one, whose requests go through the proxy."""
    return boto3.client(
        "s3",
        endpoint_url=proxy.endpoint,
        region_name=s3.region,
        aws_access_key_id=s3.access_key_id,
        aws_secret_access_key=s3.secret_access_key,
    )


def proxied_environment(s3: LocalS3, proxy: FaultProxy) -> dict[str, str]:
    """The environment in which a job's SDK goes through the proxy."""
    direct = s3.environment()
    return {name: proxy.endpoint if value == s3.endpoint_url else value for name, value in direct.items()}
