"""A cluster's LogUri: where EMR keeps its logs on S3."""

import re
from dataclasses import dataclass

from dagster_pipes_jvm.errors import InvalidParameterError

# EMR shows s3n:// for what was given as s3://.
_PLACE = re.compile(r"s3[an]?://(?P<bucket>[^/]+)(?P<prefix>.*)", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True)
class LogUri:
    """A folder on S3.

    Args:
        bucket: the bucket.
        prefix: the key prefix, without slashes at its ends; empty for the bucket itself.
    """

    bucket: str
    prefix: str

    @classmethod
    def parse(cls, text: str, *, call: str) -> "LogUri":
        """From `s3://bucket/prefix/`.

        Args:
            text: the URI.
            call: the public class whose parameter it is.

        Raises:
            InvalidParameterError: it is none of S3.
        """
        found = _PLACE.fullmatch(text)
        if found is None:
            raise InvalidParameterError(
                parameter="log_uri",
                call=call,
                expected="the LogUri of a cluster, s3://bucket/prefix/",
                got=repr(text),
                remedy="`aws emr describe-cluster` shows it.",
                anchor="log-lines",
            )
        return cls(found["bucket"], found["prefix"].strip("/"))

    @classmethod
    def of_cluster(cls, text: str | None) -> "LogUri | None":
        """As DescribeCluster has it; `None` for a cluster that keeps no logs, or keeps them elsewhere than on S3."""
        found = _PLACE.fullmatch(text or "")
        return cls(found["bucket"], found["prefix"].strip("/")) if found else None

    def cluster_prefix(self, cluster_id: str) -> str:
        """The key prefix of one cluster's logs."""
        return "/".join(filter(None, (self.prefix, cluster_id)))

    def step_prefix(self, cluster_id: str, step_id: str) -> str:
        """The key prefix of one step's logs."""
        return f"{self.cluster_prefix(cluster_id)}/steps/{step_id}/"

    def step_folder(self, cluster_id: str, step_id: str) -> str:
        """The folder of one step's logs, as a URI."""
        return f"s3://{self.bucket}/{self.step_prefix(cluster_id, step_id)}"

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/") + "/"
