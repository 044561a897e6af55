"""Our files in a bucket, from which EMR fetches them: the bridge jar and the PySpark zip before all."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dagster_pipes_jvm.errors import S3AccessError
from dagster_pipes_jvm.stores.s3 import FORBIDDEN, S3Place
from dagster_pipes_jvm.submit.bridge import bridge_jar, pyspark_zip

_DIGEST_CHARACTERS = 16
_SHA256 = "dagster-pipes-jvm-sha256"


def staged_bridge_jar(
    s3_client: Any, bucket: str, key_prefix: str | None = None, *, put_options: Mapping[str, Any] | None = None
) -> str:
    """Put the bridge jar into a bucket, unless it is there.

    Its name holds its content's SHA-256, so that a new version never takes the place of one that a running job still needs, and
    any number of processes may do this at once: the first one's stays. What is there with another size or checksum is replaced.

    Args:
        s3_client: a `boto3.client("s3")` that may read (`s3:GetObject`) and, where the jar is not there yet, put.
        bucket: the bucket.
        key_prefix: put in front of the name; `None` for none.
        put_options: arguments of `put_object` (`ServerSideEncryption`, `SSEKMSKeyId`, `ACL`, `RequestPayer`, ...).

    Returns:
        str: `s3://BUCKET/PREFIX/dagster-pipes-jvm-VERSION-SHA256.jar`, of the checksum the first 16 digits.

    Raises:
        BridgeJarNotFoundError: there is no jar beside this installation.
        InvalidParameterError: for an option that names what is written.
        S3AccessError: S3 refuses.
        PassingFaultError: it does not answer.
    """
    return staged(S3Place(s3_client, bucket, put_options, call="staged_bridge_jar"), key_prefix, bridge_jar())


def staged_pyspark_zip(
    s3_client: Any, bucket: str, key_prefix: str | None = None, *, put_options: Mapping[str, Any] | None = None
) -> str:
    """Put the PySpark zip into a bucket, unless it is there; see `staged_bridge_jar`, whose parameters it has.

    The URI is for `--py-files` of a step that another client launches, such as Dagster's own `PipesEMRClient`.

    Returns:
        str: `s3://BUCKET/PREFIX/dagster-pipes-jvm-pyspark-VERSION-SHA256.zip`, of the checksum the first 16 digits.

    Raises:
        PySparkZipNotFoundError: this installation has no zip.
        InvalidParameterError: for an option that names what is written.
        S3AccessError: S3 refuses.
        PassingFaultError: it does not answer.
    """
    return staged(S3Place(s3_client, bucket, put_options, call="staged_pyspark_zip"), key_prefix, pyspark_zip())


def staged(place: S3Place, key_prefix: str | None, file: Path) -> str:
    """Put a file into a bucket under a name that holds its checksum, unless it is there; see `staged_bridge_jar`."""
    body = file.read_bytes()
    sha256 = hashlib.sha256(body).hexdigest()
    key = "/".join(filter(None, [(key_prefix or "").strip("/"), staged_name(file, sha256)]))
    metadata = {_SHA256: sha256}
    uri = f"s3://{place.bucket}/{key}"
    if _is_there(place, key, body, sha256) or place.put_new(key, body, metadata):
        return uri
    # What may not be looked at is left: the name says what it is, and YARN fails a job whose jar changes its time.
    if _is_there(place, key, body, sha256) is False:
        place.put(key, body, metadata=metadata)
    return uri


def staged_name(file: Path, sha256: str) -> str:
    """The name of a file with this checksum in a bucket."""
    return f"{file.stem}-{sha256[:_DIGEST_CHARACTERS]}{file.suffix}"


def _is_there(place: S3Place, key: str, body: bytes, sha256: str) -> bool | None:
    """`None` where S3 does not let it be seen."""
    try:
        head = place.head(key)
    except S3AccessError as e:
        if e.code in FORBIDDEN:
            return (
                None  # Without s3:ListBucket that is S3's answer for what is not there, too; the put shows which it is.
            )
        raise
    if head is None or head.size != len(body):
        return False
    # Whoever has put it there by other means has given no checksum of ours; the ETag is the MD5 of most objects.
    known = head.metadata.get(_SHA256)
    return known == sha256 or (known is None and head.etag.strip('"') == hashlib.md5(body).hexdigest())
