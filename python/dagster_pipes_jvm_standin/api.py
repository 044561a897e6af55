"""The EMR calls: what moto answers, put right, and what it lacks.

Errors are AWS's own, word by word where their words are known (docs/standin.md says which). A call that is not served is refused
by name. Source: https://docs.aws.amazon.com/emr/latest/APIReference/API_Operations.html
"""

import itertools
import json
from collections.abc import Mapping, Sequence
from typing import Any

from botocore import xform_name
from moto.core.responses import ActionResult, BaseResponse, EmptyResult
from moto.emr import models, urls
from moto.emr.exceptions import InvalidCluster, InvalidRequestException, ValidationException
from moto.emr.responses import ElasticMapReduceResponse

from dagster_pipes_jvm.texts import see
from dagster_pipes_jvm_standin import configurations
from dagster_pipes_jvm_standin.emr import ACTIVE_STEP_STATES, ENDED_STATES, REQUEST, Cluster
from dagster_pipes_jvm_standin.emr_step import Step
from dagster_pipes_jvm_standin.machine import Machine
from dagster_pipes_jvm_standin.nodes import nodes_of

_MAX_STEP_CHARACTERS = 10_240
_MAX_ACTIVE_STEPS = 256
_PAGE = 50
_MAX_STEP_IDS = 10
_MAX_TERMINATIONS = 10

_TOO_MANY_STEPS = (
    "Maximum number of active steps(State = 'Running', 'Pending' or 'Cancel_Pending') for cluster exceeded."
)
_ENDED_CLUSTER = "A job flow that is shutting down, terminated, or finished may not be modified."
_REFUSALS = {
    "SignatureDoesNotMatch": "InvalidSignatureException",
    "InvalidClientTokenId": "UnrecognizedClientException",
    "AccessDenied": "AccessDeniedException",
}
_NO_JOB_FLOW = "Specified job flow ID not valid."


class Response(ElasticMapReduceResponse):  # type: ignore[misc]  # moto has no types
    """One request. Threads: one object each."""

    _calls = itertools.count(1)

    def get_region_from_url(self, request: Any, full_url: str) -> str:
        """That of the signature: the host is this machine's."""
        region: str = BaseResponse.get_region_from_url(self, request, full_url)
        return region

    def call_action(self) -> Any:
        """Answer, unless the call is to be throttled, or is none of those that are served."""
        machine, action = Cluster.machine, self._get_action()
        if machine.faults.throttle_every and next(self._calls) % machine.faults.throttle_every == 0:
            return self._error("ThrottlingException", "Rate exceeded")
        method = xform_name(action)
        if not hasattr(type(self), method) or hasattr(BaseResponse, method):
            return self._error(
                "ValidationException",
                f"The EMR of this machine does not serve {action}: it has clusters, steps, instance groups, fleets and tags."
                f" {see('standin')}",
            )
        status, headers, body = super().call_action()
        if status == 403:
            # moto refuses in XML, whatever the service speaks.
            reason = next((name for name in _REFUSALS if f"<Code>{name}</Code>" in body), "AccessDenied")
            message = body.partition("<Message>")[2].partition("</Message>")[0]
            return self._error(_REFUSALS[reason], message)
        return status, headers, body

    def _error(self, code: str, message: str) -> tuple[int, dict[str, Any], str]:
        headers = {**self.response_headers, "Content-Type": "application/x-amz-json-1.1", "status": 400}
        return 400, headers, json.dumps({"__type": code, "message": message})

    @property
    def _request(self) -> dict[str, Any]:
        given: dict[str, Any] = json.loads(self.body or "{}")
        return given

    def _cluster(self, cluster_id: str | None = None) -> Cluster:
        wanted = cluster_id if cluster_id is not None else self._request.get("ClusterId")
        cluster: Cluster | None = self.backend.clusters.get(wanted)
        if cluster is None:
            raise InvalidCluster(str(wanted))
        return cluster

    def _job_flow(self, job_flow_id: str | None) -> Cluster:
        cluster: Cluster | None = self.backend.clusters.get(job_flow_id)
        if cluster is None:
            raise ValidationException(_NO_JOB_FLOW)
        return cluster

    def _step(self, cluster: Cluster, step_id: str) -> Step:
        for step in cluster.steps:
            if step.id == step_id:
                found: Step = step
                return found
        raise InvalidRequestException(f"Step id '{step_id}' is not valid.")

    def _page(self, key: str, items: Sequence[Any]) -> ActionResult:
        marker = self._request.get("Marker") or "0"
        if not marker.isdigit():
            raise InvalidRequestException(f"Invalid marker: '{marker}'.")
        start = int(marker)
        result: dict[str, Any] = {key: list(items[start : start + _PAGE])}
        if len(items) > start + _PAGE:
            result["Marker"] = str(start + _PAGE)
        return ActionResult(result)

    # Clusters.

    def run_job_flow(self) -> ActionResult:
        """Make a cluster that lives, of what the request says."""
        request = self._request
        given = request.get("Configurations") or []
        why = configurations.refusal(
            given,
            request.get("BootstrapActions") or [],
            request.get("SecurityConfiguration"),
            Cluster.machine.options.ignore,
        )
        repeated = configurations.repeated(given)
        if repeated is not None:
            why = why or f"Duplicate configuration classification: {repeated}"
        if why is not None:
            raise ValidationException(why)
        _check_steps(request.get("Steps") or [], active=0)
        level = request.get("StepConcurrencyLevel")
        _check_concurrency(1 if level is None else level)
        token = REQUEST.set(request)
        try:
            answer: ActionResult = super().run_job_flow()
        finally:
            REQUEST.reset(token)
        result: Any = answer.result
        cluster = self.backend.clusters[result["JobFlowId"]]
        if not request.get("Applications"):
            cluster.applications = []  # moto takes Hadoop 0.18.
        cluster.launch()
        return answer

    def list_clusters(self) -> ActionResult:
        """Newest first."""
        found = self.backend.list_clusters(
            self._get_param("ClusterStates", []), self._get_param("CreatedAfter"), self._get_param("CreatedBefore")
        )
        by_age = list(self.backend.clusters)
        return self._page("Clusters", sorted(found, key=lambda c: by_age.index(c.id), reverse=True))

    def terminate_job_flows(self) -> ActionResult:
        """End clusters; those that are protected stay, and fail the call."""
        ids = self._request.get("JobFlowIds") or []
        if not ids:
            raise ValidationException("The JobFlowId list cannot be empty")
        if len(ids) > _MAX_TERMINATIONS:
            raise ValidationException(f"A maximum of {_MAX_TERMINATIONS} job flows may be terminated in one call")
        for job_flow_id in ids:
            self._job_flow(job_flow_id)
        self.backend.terminate_job_flows(ids)
        return EmptyResult()

    def modify_cluster(self) -> ActionResult:
        """Change the number of steps that run at once."""
        cluster = self._cluster()
        if cluster.state in ENDED_STATES:
            raise InvalidRequestException(_ENDED_CLUSTER)
        level = self._request.get("StepConcurrencyLevel")
        if level is not None:
            _check_concurrency(level)
            cluster.set_step_concurrency_level(level)
        return ActionResult({"StepConcurrencyLevel": cluster.step_concurrency_level})

    def set_termination_protection(self) -> ActionResult:
        """For every cluster that is named."""
        for job_flow_id in self._request.get("JobFlowIds") or []:
            self._job_flow(job_flow_id).set_termination_protection(bool(self._request.get("TerminationProtected")))
        return EmptyResult()

    def set_visible_to_all_users(self) -> ActionResult:
        """For every cluster that is named."""
        for job_flow_id in self._request.get("JobFlowIds") or []:
            self._job_flow(job_flow_id).set_visibility(bool(self._request.get("VisibleToAllUsers")))
        return EmptyResult()

    def set_keep_job_flow_alive_when_no_steps(self) -> ActionResult:
        """For every cluster that is named."""
        for job_flow_id in self._request.get("JobFlowIds") or []:
            self._job_flow(job_flow_id).set_keep_alive(bool(self._request.get("KeepJobFlowAliveWhenNoSteps")))
        return EmptyResult()

    def set_unhealthy_node_replacement(self) -> ActionResult:
        """Taken, and without effect: no node is ever replaced."""
        for job_flow_id in self._request.get("JobFlowIds") or []:
            self._job_flow(job_flow_id)
        return EmptyResult()

    def put_auto_termination_policy(self) -> ActionResult:
        """After how many idle seconds the cluster ends."""
        self._cluster().set_auto_termination_policy(self._request.get("AutoTerminationPolicy"))
        return EmptyResult()

    def get_auto_termination_policy(self) -> ActionResult:
        """The policy, where there is one."""
        policy = self._cluster().auto_termination_policy
        return ActionResult({"AutoTerminationPolicy": policy} if policy else {})

    def remove_auto_termination_policy(self) -> ActionResult:
        """It stays until somebody ends it."""
        self._cluster().set_auto_termination_policy(None)
        return EmptyResult()

    def put_managed_scaling_policy(self) -> ActionResult:
        """Kept and given back; nothing scales."""
        self._cluster().managed_scaling_policy = self._request.get("ManagedScalingPolicy")
        return EmptyResult()

    def get_managed_scaling_policy(self) -> ActionResult:
        """The policy, where there is one."""
        policy = self._cluster().managed_scaling_policy
        return ActionResult({"ManagedScalingPolicy": policy} if policy else {})

    def remove_managed_scaling_policy(self) -> ActionResult:
        """As put."""
        self._cluster().managed_scaling_policy = None
        return EmptyResult()

    def add_tags(self) -> ActionResult:
        """Tags of a cluster, as sent: moto folds nothing here, but takes ended clusters."""
        cluster = self._taggable()
        cluster.add_tags({tag["Key"]: tag.get("Value") or "" for tag in self._request.get("Tags") or []})
        return EmptyResult()

    def remove_tags(self) -> ActionResult:
        """The counterpart."""
        self._taggable().remove_tags(self._request.get("TagKeys") or [])
        return EmptyResult()

    def _taggable(self) -> Cluster:
        cluster = self._cluster(str(self._request.get("ResourceId")))
        if cluster.state in ("TERMINATED", "TERMINATED_WITH_ERRORS"):
            raise InvalidRequestException("Tags cannot be modified on terminated clusters.")
        return cluster

    def list_bootstrap_actions(self) -> ActionResult:
        """What was asked for and, where the stand-in was told to ignore it, not run."""
        return self._page("BootstrapActions", self._cluster().bootstrap_actions)

    def list_instances(self) -> ActionResult:
        """Every instance is this machine."""
        cluster, request = self._cluster(), self._request
        types, states = request.get("InstanceGroupTypes"), request.get("InstanceStates")
        found = [
            node
            for node in cluster.ec2_instances
            if (not types or node.instance_group.role in types)
            and (not states or node.status["State"] in states)
            and request.get("InstanceGroupId") in (None, node.instance_group_id)
        ]
        return self._page("Instances", found)

    def list_instance_groups(self) -> ActionResult:
        """Of a cluster that has groups."""
        cluster = self._cluster()
        if cluster.instance_fleets:
            raise InvalidRequestException(_mutually_exclusive("fleets", "groups"))
        return self._page("InstanceGroups", cluster.instance_groups)

    def list_instance_fleets(self) -> ActionResult:
        """Of a cluster that has fleets: as they were asked for, all there."""
        cluster = self._cluster()
        if not cluster.instance_fleets:
            raise InvalidRequestException(_mutually_exclusive("groups", "fleets"))
        fleets = [
            {
                **fleet,
                "Id": f"if-{cluster.id[2:]}{number}",
                "Status": {"State": "TERMINATED" if cluster.state in ENDED_STATES else "RUNNING"},
                "ProvisionedOnDemandCapacity": fleet.get("TargetOnDemandCapacity", 0),
                "ProvisionedSpotCapacity": fleet.get("TargetSpotCapacity", 0),
            }
            for number, fleet in enumerate(cluster.instance_fleets)
        ]
        return self._page("InstanceFleets", fleets)

    # Steps.

    def add_job_flow_steps(self) -> ActionResult:
        """Queue steps on a cluster that lives."""
        request = self._request
        cluster = self._job_flow(request.get("JobFlowId"))
        given = request.get("Steps") or []
        with cluster.changed:
            if cluster.state in ENDED_STATES:
                raise ValidationException(_ENDED_CLUSTER)
            _check_steps(given, active=sum(step.state in ACTIVE_STEP_STATES for step in cluster.steps))
            wrong = next((s for s in given if s.get("ActionOnFailure", "TERMINATE_CLUSTER") != "CONTINUE"), None)
            if cluster.step_concurrency_level > 1 and wrong is not None:
                raise ValidationException(
                    f"ActionOnFailure {wrong.get('ActionOnFailure', 'TERMINATE_CLUSTER')} is not valid for a cluster whose"
                    " StepConcurrencyLevel is greater than 1; only CONTINUE is."
                )
            added = cluster.add(given, request.get("ExecutionRoleArn"))
        return ActionResult({"StepIds": [step.id for step in added]})

    def cancel_steps(self) -> ActionResult:
        """Cancel what has not ended; what has is said of each step."""
        request = self._request
        cluster = self._cluster()
        ids = request.get("StepIds") or []
        found = [self._step(cluster, step_id) for step_id in ids]
        if cluster.state in ENDED_STATES:
            raise InvalidRequestException(_ENDED_CLUSTER)
        answers = []
        for step in found:
            why = cluster.cancel(step, request.get("StepCancellationOption") or "SEND_INTERRUPT")
            answers.append(
                {"StepId": step.id, **({"Status": "FAILED", "Reason": why} if why else {"Status": "SUBMITTED"})}
            )
        return ActionResult({"CancelStepsInfoList": answers})

    def describe_step(self) -> ActionResult:
        """One step."""
        return ActionResult({"Step": self._step(self._cluster(), str(self._request.get("StepId")))})

    def list_steps(self) -> ActionResult:
        """Newest first; with a filter, in the order of the ids, or oldest first."""
        cluster, request = self._cluster(), self._request
        ids, states = request.get("StepIds"), request.get("StepStates")
        if ids and states:
            raise InvalidRequestException("Cannot specify both StepIds and StepStates.")
        if ids and len(ids) > _MAX_STEP_IDS:
            raise InvalidRequestException(f"A maximum of {_MAX_STEP_IDS} step IDs may be specified.")
        if ids:
            return self._page("Steps", [self._step(cluster, step_id) for step_id in ids])
        if states:
            return self._page("Steps", [step for step in cluster.steps if step.state in states])
        return self._page("Steps", cluster.steps[::-1])


def _check_steps(given: Sequence[Mapping[str, Any]], *, active: int) -> None:
    for step in given:
        jar_step = step.get("HadoopJarStep") or {}
        words = [jar_step.get("Jar"), jar_step.get("MainClass"), *(jar_step.get("Args") or [])]
        words += [word for entry in jar_step.get("Properties") or [] for word in (entry.get("Key"), entry.get("Value"))]
        characters = sum(len(word) for word in words if word)
        if characters > _MAX_STEP_CHARACTERS:
            raise ValidationException(
                f"The string values passed into HadoopJarStep object cannot exceed a total of {_MAX_STEP_CHARACTERS} characters."
                f" Step '{step.get('Name')}' has {characters}."
            )
    if active + len(given) > _MAX_ACTIVE_STEPS:
        raise ValidationException(_TOO_MANY_STEPS)


def _check_concurrency(level: int) -> None:
    if not 1 <= level <= _MAX_ACTIVE_STEPS:
        raise ValidationException(f"StepConcurrencyLevel must be between 1 and {_MAX_ACTIVE_STEPS}.")


def _mutually_exclusive(used: str, asked: str) -> str:
    names = {"fleets": "ListInstanceFleets", "groups": "ListInstanceGroups"}
    return (
        "Instance fleets and instance groups are mutually exclusive. The EMR cluster specified in the request uses instance"
        f" {used}. The {names[asked]} operation does not support clusters that use instance {used}. Use the {names[used]}"
        " operation instead."
    )


def install(machine: Machine) -> None:
    """Put these calls and clusters in the place of moto's."""
    Cluster.machine = machine
    models.Cluster = Cluster
    models.ElasticMapReduceBackend.run_instances = _run_instances
    urls.url_paths = {"{0}/$": Response.dispatch}


def _run_instances(backend: Any, cluster_id: str, _: Any, instance_group: Any) -> None:
    backend.clusters[cluster_id].ec2_instances.extend(nodes_of([instance_group]))
