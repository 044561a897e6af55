"""The context as an object on S3; the JVM's partner is `dagsterpipes.context`."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from dagster import get_dagster_logger
from dagster_aws.pipes import PipesS3ContextInjector
from dagster_pipes import PipesContextData, PipesParams

from dagster_pipes_jvm.stores.s3 import S3Place


class PipesJvmS3ContextInjector(PipesS3ContextInjector):  # type: ignore[misc]  # dagster_aws is untyped
    """Puts the context into a bucket, and takes it away when the run ends, also when it fails.

    For contexts that are too long for the parameters themselves. Lifecycle: one injector serves any number of runs, one
    after another and at once.

    Args:
        bucket: the bucket.
        client: a `boto3.client("s3")` that may put and delete objects under the prefix; also one of an assumed role.
        key_prefix: put in front of each run's own random prefix; `None` for none.
        put_options: arguments of `put_object` (`ServerSideEncryption`, `SSEKMSKeyId`, `ACL`, `RequestPayer`, ...).

    Raises:
        InvalidParameterError: for a value that cannot work.
        S3AccessError: at the start of a run, for a bucket that does not exist or refuses to be written.
        PassingFaultError: at the start of a run, where S3 does not answer.
    """

    def __init__(
        self,
        *,
        bucket: str,
        client: Any,
        key_prefix: str | None = None,
        put_options: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(bucket=bucket, client=client)
        # Dagster's takes it too, but only with later versions.
        self.key_prefix = key_prefix
        self._place = S3Place(client, bucket, put_options, call=type(self).__name__)
        self._kept: set[str] = set()

    @classmethod
    def beside(cls, reader: Any) -> "PipesJvmS3ContextInjector":
        """An injector that writes beside the messages of a `PipesJvmS3MessageReader`, in the same way."""
        return cls(
            bucket=reader.bucket, client=reader.client, key_prefix=reader.key_prefix, put_options=reader.put_options
        )

    @contextmanager
    def inject_context(self, context: PipesContextData) -> Iterator[PipesParams]:
        """Write the context; yields the parameters with which the job finds it, and removes it."""
        key = "/".join(filter(None, [(self.key_prefix or "").strip("/"), str(uuid4()), "context.json"]))
        self._place.put(key, json.dumps(context).encode())
        try:
            yield {"bucket": self.bucket, "key": key}
        finally:
            if key in self._kept:
                self._kept.discard(key)
            else:
                self._remove(key)

    def keep(self, params: PipesParams) -> None:
        """Leave the context of one run where it is: for a step that ends before its job, and is reattached to.

        Args:
            params: what `inject_context` yielded.
        """
        self._kept.add(str(params["key"]))

    def remove(self, params: PipesParams) -> None:
        """Take away a context that was kept, when its job has ended.

        Args:
            params: what `inject_context` yielded, in whichever process.
        """
        self._remove(str(params["key"]))

    def _remove(self, key: str) -> None:
        if failures := self._place.delete([key]):
            # How the job ended matters more.
            get_dagster_logger().warning(f"[pipes] the context could not be removed and stays: {failures[0]}")

    def no_messages_debug_text(self) -> str:
        """What to check when nothing arrived."""
        return (
            f"Attempted to inject the context by an object in s3://{self.bucket}/{self.key_prefix or ''}. The job needs"
            " s3:GetObject there; a plain Python job also PipesS3ContextLoader in open_dagster_pipes."
        )
