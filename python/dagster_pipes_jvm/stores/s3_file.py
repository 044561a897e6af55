"""A large object on S3 as a file that is read in parts, by requests for ranges of bytes."""

import io
from typing import Any

_PART_BYTES = 64 * 1024


class S3File(io.RawIOBase):
    """An object on S3 that can be read and sought. If another object takes its place meanwhile, reading fails.

    Threads: one at a time.

    Args:
        client: a `boto3.client("s3")` that may read the object (`s3:GetObject`).
        bucket: the bucket.
        key: the key.

    Raises:
        botocore.exceptions.ClientError: S3 refuses, or has no such object.
        botocore.exceptions.BotoCoreError: S3 does not answer, or the client has no credentials.
    """

    def __init__(self, client: Any, bucket: str, key: str) -> None:
        super().__init__()
        self._client = client
        self._of = {"Bucket": bucket, "Key": key}
        head = client.head_object(**self._of)
        self._size = int(head["ContentLength"])
        self._etag = head["ETag"]
        self._at = 0

    @classmethod
    def opened(cls, client: Any, bucket: str, key: str) -> io.BufferedReader:
        """The object as a file with a buffer, see the class."""
        return io.BufferedReader(cls(client, bucket, key), _PART_BYTES)

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Set the place of the next read."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def tell(self) -> int:
        """The place of the next read."""
        return self._at

    def readinto(self, buffer: Any) -> int:
        """Read a range by one request."""
        end = min(self._at + len(buffer), self._size)
        if end <= self._at:
            return 0
        answer = self._client.get_object(**self._of, Range=f"bytes={self._at}-{end - 1}", IfMatch=self._etag)
        body = answer["Body"].read()
        buffer[: len(body)] = body
        self._at += len(body)
        return len(body)
