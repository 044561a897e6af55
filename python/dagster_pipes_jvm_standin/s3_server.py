"""`LocalS3`: an S3-compatible server on loopback, for laptops and tests.

It is moto in a process of its own, with signatures and policies checked. `python -m dagster_pipes_jvm_standin.s3_server`
serves until its stdin ends.
"""

import importlib.util
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any
from uuid import uuid4

from dagster_pipes_jvm.errors import PipesJvmError, see
from dagster_pipes_jvm_standin._server_process import ServerProcess
from dagster_pipes_jvm_standin.aws_environment import REGION, aws_environment, client, core_site, without_secrets
from dagster_pipes_jvm_standin.errors import LocalS3Error

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_PROCESS_MODULE = "dagster_pipes_jvm_standin._s3_process"
_STARTUP_SECONDS = 60.0
_SHUTDOWN_SECONDS = 10.0
_ANCHOR = "local-s3"
_MODULES = ("moto", "flask", "flask_cors", "boto3")


@dataclass(frozen=True)
class Credentials:
    """The two halves of an access key. The secret is not part of the `repr`."""

    access_key_id: str
    secret_access_key: str

    def __repr__(self) -> str:
        return f"Credentials(access_key_id={self.access_key_id!r})"


class LocalS3:
    """An S3 that checks signatures and IAM policies, on a port of the system's choice.

    It runs in a process of its own, so that it shares no interpreter lock with Dagster, and keeps objects in memory (each
    beyond 5 MB in a temporary file without a name). Wrong keys, wrong secrets and unsigned requests get 403. It does not
    check the signatures of an upload's single chunks, nor the conditions of policies, and refuses presigned URLs.

    Lifecycle: a context manager; `start` and `stop` do the same where a `with` block does not fit. It serves between the
    two, and everything in it is gone afterwards. When this process dies, however it dies, the server ends by itself.
    A stopped server can be started again, empty, with another port and other keys.

    Threads: `start` and `stop` belong to one thread; everything else may be called from any.

    Args:
        log: a file that takes what the server's process writes to stderr (failures inside moto); `None` for this
            process's own stderr.

    Raises:
        LocalS3Error: moto is not installed, or the process did not start within a minute.
    """

    region = REGION

    def __init__(self, log: Path | None = None) -> None:
        self._log = log
        self._process: ServerProcess | None = None
        self._log_file: IO[bytes] | None = None
        self._port = 0
        self._credentials = Credentials("", "")

    def __enter__(self) -> "LocalS3":
        self.start()
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the process and return once it serves; nothing to do where it serves already.

        Raises:
            LocalS3Error: see the class.
        """
        if self._process is not None:
            return
        self._check_modules()
        if self._log is not None:
            self._log.parent.mkdir(parents=True, exist_ok=True)
            # Only its owner can read it.
            self._log_file = open(os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")  # noqa: SIM115
        try:
            process = ServerProcess(
                # -P: the working directory of whoever starts it may hold a moto.py.
                [sys.executable, *(["-P"] if sys.version_info >= (3, 11) else []), "-m", *self._program()],
                startup_seconds=_STARTUP_SECONDS,
                shutdown_seconds=_SHUTDOWN_SECONDS,
                stderr=self._log_file,
                environment=_environment_of_process(),
            )
        except BaseException:
            self._close_log()
            raise
        self._process = process
        if not process.ready_line:
            where = f"in {self._log}" if self._log else "above"
            raise self._failure(
                f"ended before it served, with exit code {self._stop_process(process)}; its output is {where}."
            )
        ready = json.loads(process.ready_line)
        self._port = ready["port"]
        self._credentials = Credentials(ready["access_key_id"], ready["secret_access_key"])

    def _check_modules(self) -> None:
        missing = [module for module in _MODULES if importlib.util.find_spec(module) is None]
        if missing:
            raise self._failure(
                f"needs moto's server, and {', '.join(missing)} cannot be imported. Install `dagster-pipes-jvm[standin]`."
            )

    def stop(self) -> None:
        """End the process and wait for it; nothing to do where there is none."""
        if self._process is not None:
            self._stop_process(self._process)

    def _stop_process(self, process: ServerProcess) -> int:
        self._process = None
        try:
            return process.stop()
        finally:
            self._close_log()

    def _close_log(self) -> None:
        if self._log_file is not None:
            self._log_file.close()
            self._log_file = None

    @property
    def pid(self) -> int:
        """The id of the server's process."""
        return self._running().pid

    @property
    def endpoint_url(self) -> str:
        """Where it serves, for boto3's `endpoint_url` and S3A's `fs.s3a.endpoint`."""
        self._running()
        return f"http://127.0.0.1:{self._port}"

    @property
    def credentials(self) -> Credentials:
        """The key that may do everything."""
        self._running()
        return self._credentials

    @property
    def access_key_id(self) -> str:
        """The id of the key that may do everything."""
        return self.credentials.access_key_id

    @property
    def secret_access_key(self) -> str:
        """The secret of the key that may do everything."""
        return self.credentials.secret_access_key

    def client(self, credentials: Credentials | None = None) -> "S3Client":
        """A new boto3 client for S3, as the owner or with the keys given."""
        client: S3Client = self._client("s3", credentials)
        return client

    def create_bucket(self, name: str) -> str:
        """Make a bucket and return its name; nothing to do where it is there."""
        self.client().create_bucket(Bucket=name)
        return name

    def user_with_policy(self, policy_document: Mapping[str, Any]) -> Credentials:
        """A new user's access key, allowed what the policy allows and nothing else: for tests of denied access.

        Moto takes a delete of many keys in one request as `s3:DeleteObject` on the bucket's own ARN, and ignores conditions.

        Args:
            policy_document: an IAM policy, `{"Version": "2012-10-17", "Statement": [...]}`.
        """
        iam = self._client("iam")
        user = f"user-{uuid4().hex[:12]}"
        iam.create_user(UserName=user)
        iam.put_user_policy(UserName=user, PolicyName="given", PolicyDocument=json.dumps(policy_document))
        key = iam.create_access_key(UserName=user)["AccessKey"]
        return Credentials(key["AccessKeyId"], key["SecretAccessKey"])

    def spark_conf(self) -> dict[str, str]:
        """What a Spark job's conf needs, so that `s3://` and `s3a://` paths mean this server.

        No credentials: those come with `environment`, for the driver's and the executors' processes.
        """
        return {f"spark.hadoop.{name}": value for name, value in core_site(self.endpoint_url).items()}

    def environment(self, credentials: Credentials | None = None) -> dict[str, str]:
        """The variables with which boto3, the AWS SDKs and S3A find this server, as the owner or with the keys given."""
        keys = credentials or self.credentials
        return aws_environment(self.endpoint_url, keys.access_key_id, keys.secret_access_key)

    def _client(self, service: str, credentials: Credentials | None = None) -> Any:
        keys = credentials or self.credentials
        return client(service, self.endpoint_url, keys.access_key_id, keys.secret_access_key)

    def _running(self) -> ServerProcess:
        if self._process is None:
            raise self._failure("is not running: use it inside `with LocalS3() as s3:`.")
        return self._process

    def _program(self) -> list[str]:
        """The module that serves, and its arguments."""
        return [_PROCESS_MODULE]

    def _failure(self, what: str) -> PipesJvmError:
        return LocalS3Error(f"The S3 server on loopback {what} {see(_ANCHOR)}")


def _environment_of_process() -> dict[str, str]:
    """Ours, with the folders that we import from: this package may be on `sys.path` only."""
    path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)
    return {**without_secrets(os.environ), "PYTHONPATH": path}


if __name__ == "__main__":
    from dagster_pipes_jvm_standin._s3_process import main

    main()
