"""EMR as a platform: EMR steps of an existing cluster, or of a new cluster for each job."""

import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from logging import Logger
from typing import Any

from dagster import MetadataValue
from dagster_pipes import decode_param

from dagster_pipes_jvm.errors import EMRRequestError, EMRTimeLimitError, PassingFaultError, see
from dagster_pipes_jvm.job import SparkJob
from dagster_pipes_jvm.platforms.emr.cluster_lookup import ClusterLookup
from dagster_pipes_jvm.platforms.emr.clusters import ExistingCluster
from dagster_pipes_jvm.platforms.emr.ends import StepEnd
from dagster_pipes_jvm.platforms.emr.faults import asked
from dagster_pipes_jvm.platforms.emr.kill_step import kill_step
from dagster_pipes_jvm.platforms.emr.links import console_url, step_links
from dagster_pipes_jvm.platforms.emr.listing import ListedStep, clusters_with_marks, steps_with_marks
from dagster_pipes_jvm.platforms.emr.log_readers import EmrLogs
from dagster_pipes_jvm.platforms.emr.names import emr_tags, launch_name, spelled, split_launch_name
from dagster_pipes_jvm.platforms.emr.render import AttachedStep, RenderedStep
from dagster_pipes_jvm.platforms.emr.sending import sent_once
from dagster_pipes_jvm.platforms.emr.states import (
    CLUSTER_STATES_BEFORE_END,
    CLUSTER_STATES_THAT_TAKE_STEPS,
    ClusterNow,
    EmrStep,
    SeenStep,
    StepNow,
)
from dagster_pipes_jvm.run.identity import LaunchIdentity
from dagster_pipes_jvm.run.jobs import Found, Listed, RefusedError, Surroundings, Written
from dagster_pipes_jvm.run.patience import Patience
from dagster_pipes_jvm.run.port import Platform
from dagster_pipes_jvm.stores.s3 import S3Place
from dagster_pipes_jvm.wire import CONTEXT_CONF_KEY, MESSAGES_CONF_KEY

_CALL = "PipesSparkEMRClient"
_PATIENCE = Patience()
_LOOKS_PER_CLUSTER_LOOK = 6


@dataclass(frozen=True, kw_only=True)
class WrittenStep(Written):
    """A step with everything of its run.

    Args:
        rendered: the step.
        cluster: the existing cluster, or `None` to start one.
        job: the job.
        attached: the step with its additions, for the events.
    """

    rendered: RenderedStep
    cluster: ClusterNow | None
    job: SparkJob
    attached: AttachedStep


class EmrPlatform(Platform[WrittenStep, EmrStep, SeenStep]):
    """Steps on EMR.

    Args:
        client: a `boto3.client("emr")`.
        s3_client: for the logs; `None` for none.
        existing: the existing cluster, or `None` to start one for each job.
        job_flow: the parameters of RunJobFlow for that one.
        patience: for the lookup of an existing cluster, and for the steps of a new one, which may be listed late.
    """

    name = "EMR"
    client_name = _CALL
    can_go_on = True
    # AWS's limit of ListSteps: https://docs.aws.amazon.com/emr/latest/APIReference/API_ListSteps.html
    jobs_in_a_look = 10
    run_limit_parameter = "step_time_limit_seconds"
    time_limit_error = EMRTimeLimitError
    time_limit_remedy = see("emr-time-limit")
    request_error = EMRRequestError
    start_remedy = see("emr-access")
    look_remedy = (
        "Check elasticmapreduce:ListSteps and elasticmapreduce:DescribeCluster, and the credentials of `client`. "
        + see("emr-access")
    )
    ref_type = EmrStep

    def __init__(
        self,
        client: Any,
        s3_client: Any,
        existing: ExistingCluster | None,
        job_flow: Mapping[str, Any] | None,
        patience: Patience = _PATIENCE,
    ) -> None:
        self._client = client
        self._s3_client = s3_client
        self._existing = existing
        self._job_flow = job_flow
        self._lookup = ClusterLookup(existing, client, patience, call=_CALL) if existing is not None else None
        self._patience = patience

    @property
    def key(self) -> Hashable:
        """The endpoint of a region or of an emulator."""
        return self._client.meta.endpoint_url  # type: ignore[no-any-return]  # boto3 is untyped.

    # Start.

    def existing_cluster(self) -> ClusterNow | None:
        """The existing cluster, or `None` to start one for each job.

        Raises:
            InvalidParameterError: none or several fit, or the named one takes no steps.
            EMRRequestError: EMR does not show it. Nothing was started.
        """
        return self._lookup.find_for_launch() if self._lookup is not None else None

    def start(self, written: WrittenStep, identity: LaunchIdentity, surroundings: Surroundings) -> EmrStep:
        """Add the step to its cluster, or start one with it."""
        cluster = written.cluster
        if cluster is not None:
            return self._step(written, identity, cluster.id, self._add(written.rendered, cluster.id))
        cluster_id = self._run_job_flow(written.rendered, identity)
        try:
            return self._step(written, identity, cluster_id, self._awaited_step(cluster_id, identity)["Id"])
        except BaseException:
            self._client.terminate_job_flows(JobFlowIds=[cluster_id])
            raise

    def place_of(self, written: WrittenStep) -> Hashable:
        """The cluster, which takes 256 active steps."""
        return written.cluster.id if written.cluster is not None else None

    def _add(self, rendered: RenderedStep, cluster_id: str) -> str:
        done = f"added the step {rendered.step['Name']!r} to cluster {cluster_id}"
        with sent_once(self._client, "AddJobFlowSteps", place=f"cluster {cluster_id}", done=done):
            answer = self._client.add_job_flow_steps(**rendered.add_job_flow_steps(cluster_id))
        return str(answer["StepIds"][0])

    def _run_job_flow(self, rendered: RenderedStep, identity: LaunchIdentity) -> str:
        request = deepcopy(dict(self._job_flow or {}))
        request["Name"] = launch_name(request["Name"], identity)
        request["Tags"] = [*request.get("Tags", ()), *emr_tags(identity)]
        request["Steps"] = [*request.get("Steps", ()), rendered.step]
        if role_arn := rendered.request.get("ExecutionRoleArn"):
            request["StepExecutionRoleArn"] = role_arn
        done = f"started the cluster {request['Name']!r}"
        with sent_once(self._client, "RunJobFlow", place="the account", done=done):
            return str(self._client.run_job_flow(**request)["JobFlowId"])

    def _awaited_step(self, cluster_id: str, identity: LaunchIdentity) -> Mapping[str, Any]:
        """Our EMR step of a cluster that was just started, which EMR may list a while later."""
        trouble = "which EMR does not list"
        for look in range(self._patience.start_looks):
            if look:
                self._patience.pause(self._patience.start_pause_seconds)
            try:
                with asked():
                    step = self._our_step(cluster_id, identity)
            except PassingFaultError as e:
                trouble = f"which EMR does not show: {e}"
                continue
            if step is not None:
                return step
        raise EMRRequestError(
            f"Cluster {cluster_id} was started for a step, {trouble}. The cluster is terminated. {see('emr-step-failed')}"
        )

    def _our_step(self, cluster_id: str, identity: LaunchIdentity) -> Mapping[str, Any] | None:
        """Our EMR step of a new cluster: the one with the mark, or else the one behind the given ones."""
        pages = self._client.get_paginator("list_steps").paginate(ClusterId=cluster_id)
        steps: list[Mapping[str, Any]] = [step for page in pages for step in page["Steps"]][::-1]
        wanted = spelled(identity).of_this_attempt
        for step in steps:
            mark = split_launch_name(step["Name"])[1]
            if mark is not None and mark.of_this_attempt == wanted:
                return step
        given = len((self._job_flow or {}).get("Steps", ()))
        return steps[given] if len(steps) > given else None

    def _step(self, written: WrittenStep, identity: LaunchIdentity, cluster_id: str, step_id: str) -> EmrStep:
        return EmrStep(
            step_id,
            cluster_id,
            started_cluster=written.cluster is None,
            yarn_tag=identity.tag if written.rendered.has_session else None,
            is_cluster_mode=written.rendered.is_cluster_mode,
            log_uri=self._log_uri(written.cluster),
        )

    def _log_uri(self, cluster: ClusterNow | None) -> str | None:
        if cluster is None:
            return (self._job_flow or {}).get("LogUri")
        return str(cluster.log_uri) if cluster.log_uri else None

    def reported(self, ref: EmrStep) -> Mapping[str, Any]:
        """Cluster, step, and where its logs are."""
        known = {"cluster_id": ref.place, "step_id": ref.id, "log_uri": ref.log_uri}
        return {name: value for name, value in known.items() if value}

    # Look.

    def look(self, refs: Sequence[EmrStep], earlier: Mapping[str, SeenStep]) -> Mapping[str, SeenStep]:
        """One `ListSteps`; `DescribeCluster` joins it while a step is pending or not listed, and every sixth time."""
        cluster_id = refs[0].place
        known = min((seen for seen in earlier.values()), key=lambda seen: seen.cluster_age, default=None)
        with asked():
            answer = self._client.list_steps(ClusterId=cluster_id, StepIds=[ref.id for ref in refs])
            steps = {summary["Id"]: StepNow.of(summary) for summary in answer.get("Steps", ())}
        is_pending = any(step.state == "PENDING" for step in steps.values())
        is_wanted = is_pending or len(earlier) < len(refs) or len(steps) < len(refs)
        cluster, age, trouble = self._cluster_now(cluster_id, known, is_wanted=is_wanted)
        seen = {}
        for ref in refs:
            before = earlier.get(ref.id)
            step = steps.get(ref.id, before.step if before else None)
            seen[ref.id] = SeenStep.of(ref.id, step, cluster, age, trouble)
        return seen

    def _cluster_now(self, cluster_id: str, known: SeenStep | None, *, is_wanted: bool) -> tuple[ClusterNow, int, str]:
        """The cluster, the number of polls since it was described, and why it is not described now.

        The steps are known, and decide alone if EMR does not show a cluster that was described before.
        """
        if known is not None:
            age = known.cluster_age + 1
            if age < _LOOKS_PER_CLUSTER_LOOK and (known.trouble or not is_wanted):
                return known.cluster, age, known.trouble
        try:
            with asked():
                return self._describe(cluster_id), 0, ""
        except (PassingFaultError, RefusedError) as e:
            if known is None:
                raise
            return (
                known.cluster,
                0,
                f"EMR does not show the cluster {cluster_id} now, and the step is still polled: {e}",
            )

    def settle(self, ref: EmrStep, seen: SeenStep) -> SeenStep:
        """The EMR step with the present state of its cluster, or with the last known one if EMR does not answer."""
        try:
            with asked():
                return SeenStep.of(ref.id, seen.step, self._describe(ref.place))
        except (PassingFaultError, RefusedError):
            return seen

    def end_of(self, ref: EmrStep, seen: SeenStep, stderr_tail: Sequence[str]) -> StepEnd:
        """The last state of step and cluster."""
        assert seen.step is not None
        return StepEnd(seen.step, seen.cluster, self._region, stderr_tail)

    def _describe(self, cluster_id: str) -> ClusterNow:
        return ClusterNow.of(self._client.describe_cluster(ClusterId=cluster_id)["Cluster"])

    # End.

    def end(self, ref: EmrStep, log: Logger) -> str | None:
        """A cluster that was started for the step is terminated; on another one the step is cancelled."""
        with asked():
            if ref.started_cluster:
                self._client.terminate_job_flows(JobFlowIds=[ref.place])
                return f"cluster {ref.place}, which was started for it, is terminated."
            # The other option, SIGTERM to spark-submit's JVM, would leave a Python driver running.
            answer = self._client.cancel_steps(
                ClusterId=ref.place, StepIds=[ref.id], StepCancellationOption="TERMINATE_PROCESS"
            )
        for info in answer.get("CancelStepsInfoList", ()):
            if info.get("Status") == "FAILED":
                log.warning(f"[pipes] EMR does not cancel {info['StepId']}: {info.get('Reason', '')}")
        return None

    def may_outlive(self, ref: EmrStep) -> bool:
        """EMR ends only the spark-submit of an EMR step. A driver in cluster mode continues in its container."""
        return ref.is_cluster_mode

    def sweep(self, ref: EmrStep, seen: SeenStep | None, *, has_closed: bool, log: Logger) -> EmrStep | None:
        """A step that kills the application, where the job did not say `closed`."""
        if seen is None or not seen.has_run or not ref.is_cluster_mode or has_closed:
            return None
        if self.is_gone(ref):
            log.info(f"[pipes] cluster {ref.place} ends, and so does {_left(ref)}.")
            return None
        with asked():
            answer = self._client.add_job_flow_steps(JobFlowId=ref.place, Steps=[kill_step(ref.id, ref.yarn_tag)])
        (kill_id,) = answer["StepIds"]
        log.info(f"[pipes] EMR step {kill_id} kills {_left(ref)}.")
        return replace(ref, id=kill_id, yarn_tag=None, is_cluster_mode=False)

    def is_gone(self, ref: EmrStep) -> bool:
        """Whether the cluster ends or has ended."""
        try:
            with asked():
                return self._describe(ref.place).state not in CLUSTER_STATES_THAT_TAKE_STEPS
        except (PassingFaultError, RefusedError):
            return False

    def describe_sweep(self, ref: EmrStep, sweeper: EmrStep, state: str) -> str:
        """The warning about an application that may continue, and the command that ends it."""
        return (
            f"EMR step {sweeper.id}, which is to kill {_left(ref)}, is {state}: an application may run on. Look for it with"
            f" `yarn application -list` on cluster {ref.place}, and end it with `yarn application -kill ID`."
            f" {see('emr-cancel')}"
        )

    def by_hand(self, ref: EmrStep) -> str:
        """The command of the AWS CLI."""
        command = (
            f"terminate-clusters --cluster-ids {ref.place}"
            if ref.started_cluster
            else f"cancel-steps --cluster-id {ref.place} --step-ids {ref.id}"
        )
        return f"End it with `aws emr {command}`. {see('emr-cancel')}"

    # Words, links and logs.

    def describe(self, ref: EmrStep) -> str:
        """The step and its cluster."""
        return f"EMR step {ref.id} on cluster {ref.place}"

    def describe_start(self, ref: EmrStep, written: WrittenStep | None) -> str:
        """The step, its cluster, and the application."""
        return f"{self.describe(ref)}: {written.job.title}" if written is not None else self.describe(ref)

    def start_metadata(self, ref: EmrStep, written: WrittenStep) -> Mapping[str, Any]:
        """The whole command, without the session's properties and without secrets."""
        return {"command": MetadataValue.text(written.attached.command_line())}

    def url(self, ref: EmrStep) -> str:
        """The console's page with the step."""
        return console_url(self._region, ref.place, ref.id)

    def links(self, ref: EmrStep, seen: SeenStep) -> Mapping[str, Any]:
        """Console, Spark's history, logs."""
        return step_links(self._region, seen.cluster, seen.step) if seen.step else {}

    def logs(self, ref: EmrStep, seen: SeenStep) -> EmrLogs | None:
        """The logs that EMR uploads every few minutes, and at the end of the EMR step."""
        folder = seen.cluster.log_uri
        if folder is None or self._s3_client is None:
            return None
        place = S3Place(self._s3_client, folder.bucket, None, call=_CALL)
        prefix = folder.cluster_prefix(ref.place)
        return EmrLogs(place, prefix, ref.id, None, has_container_driver=ref.is_cluster_mode)

    @property
    def _region(self) -> str:
        return str(self._client.meta.region_name)

    # Find it again.

    @property
    def listing_key(self) -> Hashable:
        """The endpoint, and which clusters are listed."""
        return self.key, repr(self._existing)

    def spelled(self, identity: LaunchIdentity) -> LaunchIdentity:
        """As in the names of steps and clusters."""
        return spelled(identity)

    def launches(self) -> Iterable[Listed]:
        """The newest steps of the cluster, and all that have not ended. Or such clusters, and all of the last day."""
        with asked():
            if self._lookup is None:
                return clusters_with_marks(self._client, of_last_day=True)
            return steps_with_marks(self._client, self._lookup.find(), newest=True)

    def running_launches(self) -> Iterable[Listed]:
        """The steps of the cluster that have not ended; or the clusters that have not."""
        with asked():
            if self._lookup is None:
                return clusters_with_marks(self._client)
            return steps_with_marks(self._client, self._lookup.find())

    def describe_listed(self, listed: Listed) -> str:
        """The step and its cluster; or the cluster."""
        detail = listed.detail
        if isinstance(detail, ListedStep):
            return f"EMR step {detail.summary['Id']} on cluster {detail.cluster.id}"
        return f"EMR cluster {detail['Id']}"

    def take_up(self, listed: Listed, identity: LaunchIdentity) -> Found[EmrStep] | None:
        """The step, with the session that its arguments carry."""
        detail = listed.detail
        if isinstance(detail, ListedStep):
            cluster_id, step, log_uri = detail.cluster.id, detail.summary, self._log_uri(detail.cluster)
        else:
            cluster_id, log_uri = detail["Id"], self._log_uri(None)
            with asked():
                ours = self._our_step(cluster_id, identity)
            if ours is None:
                if detail["Status"]["State"] in CLUSTER_STATES_BEFORE_END:
                    raise PassingFaultError(f"EMR does not list the steps of cluster {cluster_id} yet")
                return None
            step = ours
        args = step.get("Config", {}).get("Args", ())
        ref = EmrStep(
            step["Id"],
            cluster_id,
            started_cluster=self._existing is None,
            # Without a tag the application is found by the stderr of the EMR step.
            yarn_tag=identity.tag if any(identity.tag in arg for arg in args) else None,
            is_cluster_mode=True,  # As far as it is known here.
            log_uri=log_uri,
        )
        return Found(
            ref, _session_value(args, MESSAGES_CONF_KEY), _session_value(args, CONTEXT_CONF_KEY), identity.digest
        )


def _left(ref: EmrStep) -> str:
    return f"what step {ref.id} has left on YARN"


def _session_value(args: Sequence[str], key: str) -> Mapping[str, Any]:
    found = re.search(rf"{re.escape(key)}=([A-Za-z0-9+/=_-]+)", "\n".join(args))
    return decode_param(found[1]) if found else {}
