"""A cluster of the emulator for EMR."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from botocore.exceptions import ReadTimeoutError

from dagster_pipes_jvm import PipesJvmS3MessageReader, PipesSparkEMRClient
from dagster_pipes_jvm.run.patience import Patience
from dagster_pipes_jvm_standin import Faults, LocalEMR
from tests.contract.fake_spark import fake_spark_home
from tests.contract.ground import Ground
from tests.support.emr import BUCKET, Cluster

_ACTIONS = {"start": "AddJobFlowSteps", "look": "ListSteps"}
_OWN_PARAMETERS = {
    "poll_interval_seconds": "poll_interval_seconds",
    "run_time_limit_seconds": "step_time_limit_seconds",
    "start_time_limit_seconds": "start_time_limit_seconds",
    "wait_for_logs_seconds": "wait_for_logs_seconds",
}


@dataclass(frozen=True)
class _World:
    emr: LocalEMR
    cluster_id: str


class EMR(Ground):
    @classmethod
    @contextmanager
    def world(cls, folder: Path) -> Iterator[_World]:
        with LocalEMR(provisioning_seconds=0.0, spark_home=fake_spark_home(folder / "spark")) as emr:
            yield _World(emr, Cluster(emr, keep_alive=True, StepConcurrencyLevel=10).id)

    def __init__(self, world: _World, folder: Path) -> None:
        super().__init__(world, folder)
        world.emr.set_faults(None)
        self._boto3_client: Any = world.emr.emr_client()
        self._boto3_client.meta.events.register("before-send.emr.AddJobFlowSteps", self._lose)
        self._loses: Literal["answer", "request"] | None = None
        self._refused = ""
        self._keys: dict[str, Any] = {}

    def client(self, **patience: Any) -> PipesSparkEMRClient:
        given = {"poll_interval_seconds": 0.5, "wait_for_logs_seconds": 20.0, **patience}
        own = {_OWN_PARAMETERS[name]: value for name, value in given.items() if name in _OWN_PARAMETERS}
        others = {name: value for name, value in given.items() if name not in _OWN_PARAMETERS}
        return PipesSparkEMRClient(
            client=self._refusing() if self._refused else self._boto3_client,
            message_reader=PipesJvmS3MessageReader(
                bucket=BUCKET, client=self.world.emr.client(), key_prefix="contract"
            ),
            cluster_id=self.world.cluster_id,
            bridge_jar_uri="",
            deploy_mode="client",
            patience=Patience(start_pause_seconds=0.0, log_poll_seconds=0.2, log_quiet_seconds=0.5, **others),
            **own,
        )

    def lose(self, what: Literal["answer", "request"]) -> None:
        self._loses = what

    def refuse(self, what: Literal["start", "look"] | None) -> None:
        self._refused = what or ""

    def delay_logs(self, seconds: float) -> None:
        self.world.emr.set_faults(Faults(log_delay_seconds=seconds))

    def _lose(self, request: Any, **_: Any) -> None:
        loses, self._loses = self._loses, None
        if loses is None:
            return
        if loses == "answer":
            self._boto3_client._endpoint.http_session.send(request)
        raise ReadTimeoutError(endpoint_url=request.url)

    def _refusing(self) -> Any:
        statements = [
            {"Effect": "Allow", "Action": ["elasticmapreduce:*"], "Resource": "*"},
            {"Effect": "Deny", "Action": [f"elasticmapreduce:{_ACTIONS[self._refused]}"], "Resource": "*"},
        ]
        keys = self.world.emr.user_with_policy({"Version": "2012-10-17", "Statement": statements})
        return self.world.emr.emr_client(keys)


GROUND = EMR
