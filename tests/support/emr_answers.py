"""EMR's answers by a script, put in at the place where boto3 would send the request: for what takes days on AWS."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from threading import Event, Lock
from typing import Any

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config

from tests.support.s3_answers import answer

_CREATED = datetime(2026, 1, 1, tzinfo=timezone.utc)

ADDED = "s-ADDED"
"""The id of a step that is added."""

Refusal = tuple[int, str]
"""Status and code of an answer that is none."""


class VirtualClock:
    """A clock that jumps over every wait. Threads: any."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        """Virtual seconds."""
        return self.seconds

    def wait(self, event: Event, seconds: float) -> None:
        """Let the time pass at once; an event that is set already keeps it."""
        if not event.is_set():
            self.seconds += seconds


class ScriptedEMR:
    """A boto3 client whose requests about steps and cluster are answered by functions of the time; what is added is `ADDED`.

    Args:
        clock: the time.
        step_state: from a step's id and the virtual seconds to its state, or to a refusal.
        cluster_state: from the virtual seconds to the cluster's state.
    """

    def __init__(
        self,
        clock: VirtualClock,
        step_state: Callable[[str, float], str | Refusal],
        cluster_state: Callable[[float], str] = lambda seconds: "RUNNING",
    ) -> None:
        self._clock = clock
        self._step_state = step_state
        self._cluster_state = cluster_state
        self._lock = Lock()
        self.answers: dict[str, Callable[[dict[str, Any]], Any]] = {
            "ListSteps": self._list_steps,
            "DescribeCluster": self._describe_cluster,
            "DescribeStep": self._describe_step,
            "CancelSteps": lambda _: {"CancelStepsInfoList": []},
            "AddJobFlowSteps": lambda _: {"StepIds": [ADDED]},
        }
        self.requests: list[tuple[float, str, dict[str, Any]]] = []
        self.client = boto3.client(
            "emr",
            region_name="us-east-1",
            aws_access_key_id="key",
            aws_secret_access_key="secret",
            config=Config(retries={"total_max_attempts": 1}),
        )
        self.client.meta.events.register("before-send.emr", self._before_send)

    def answer(self, operation: str, answer: Callable[[dict[str, Any]], Any]) -> None:
        """Answer an operation by another function of its parameters."""
        self.answers[operation] = answer

    def of(self, operation: str) -> list[tuple[float, dict[str, Any]]]:
        """Time and parameters of the requests of one operation, in order."""
        with self._lock:
            return [(at, parameters) for at, name, parameters in self.requests if name == operation]

    def _before_send(self, request: AWSPreparedRequest, event_name: str, **_: Any) -> AWSResponse:
        operation = event_name.rpartition(".")[2]
        parameters = json.loads(request.body or b"{}")
        with self._lock:
            self.requests.append((self._clock.seconds, operation, parameters))
        found = self.answers[operation](parameters)
        status, body = found if isinstance(found, tuple) else (200, found)
        if isinstance(body, str):
            body = {"__type": body, "message": "so it is"}
        raw = json.dumps(body).encode()
        return answer(raw, status, **{"Content-Type": "application/x-amz-json-1.1"})

    def _list_steps(self, parameters: dict[str, Any]) -> Any:
        steps = []
        # A list by states has none: only the step of the run is on the cluster.
        for step_id in parameters.get("StepIds", ()):
            state = self._step_state(step_id, self._clock.seconds)
            if not isinstance(state, str):
                return state
            steps.append(self._step(step_id, state))
        return {"Steps": steps}

    def _describe_step(self, parameters: dict[str, Any]) -> Any:
        state = self._step_state(parameters["StepId"], self._clock.seconds)
        return {"Step": self._step(parameters["StepId"], state)} if isinstance(state, str) else state

    def _step(self, step_id: str, state: str) -> dict[str, Any]:
        now = (_CREATED + timedelta(seconds=self._clock.seconds)).timestamp()
        timeline = {"CreationDateTime": _CREATED.timestamp()}
        if state != "PENDING":
            timeline["StartDateTime"] = _CREATED.timestamp() + 60
        if state not in ("PENDING", "RUNNING", "CANCEL_PENDING"):
            timeline["EndDateTime"] = now
        return {"Id": step_id, "Name": "a step", "Status": {"State": state, "Timeline": timeline}}

    def _describe_cluster(self, parameters: dict[str, Any]) -> Any:
        status = {
            "State": self._cluster_state(self._clock.seconds),
            "StateChangeReason": {"Code": "USER_REQUEST", "Message": "by request"},
        }
        return {"Cluster": {"Id": parameters["ClusterId"], "Name": "a cluster", "Status": status}}
