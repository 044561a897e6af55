"""The main class of a jar on S3, which an instrumented step needs to know."""

import re
import zipfile
from typing import Any

from botocore import exceptions as boto

from dagster_pipes_jvm.stores.s3_file import S3File
from dagster_pipes_jvm.submit.instrument import no_main_class
from dagster_pipes_jvm.submit.manifest import main_class_in

_ON_S3 = re.compile(r"s3[an]?://([^/]+)/(.+)")
_REMEDY = "Name it by `--class` in the step, or by `main_class` of a `SparkJob`; or give the credentials s3:GetObject on the jar."


def main_class_on_s3(client: Any, jar: str) -> str:
    """The `Main-Class` of a jar on S3. Its directory and its manifest are read, not the whole jar.

    Args:
        client: a `boto3.client("s3")`, or `None`.
        jar: the URI of the jar.

    Raises:
        InvalidParameterError: the jar is not on S3, cannot be read, or names no class.
    """
    place = _ON_S3.fullmatch(jar)
    if place is None:
        raise no_main_class(f"the class to run, because {jar} is not on S3, where its manifest could be read", _REMEDY)
    if client is None:
        raise no_main_class(f"the class to run, because the message reader has no S3 client to read {jar}", _REMEDY)
    try:
        with S3File.opened(client, place[1], place[2]) as file, zipfile.ZipFile(file) as opened:
            main_class = main_class_in(opened)
    except (boto.ClientError, boto.BotoCoreError, zipfile.BadZipFile, OSError) as e:
        raise no_main_class(f"the class to run, because {jar} cannot be read: {e}", _REMEDY) from e
    if not main_class:
        raise no_main_class(f"the class to run, because the manifest of {jar} has no Main-Class", _REMEDY)
    return main_class
