"""`PipesSparkEMRClient`: a job as a step of a cluster that is there, or of one that is started for it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

import boto3
from botocore import exceptions as boto
from botocore.config import Config
from dagster import AssetExecutionContext, OpExecutionContext, PipesContextInjector, PipesMessageReader, PipesSession
from dagster_pipes import PipesExtras

from dagster_pipes_jvm.errors import InvalidParameterError
from dagster_pipes_jvm.inject.bootstrap import bootstrap_conf
from dagster_pipes_jvm.inject.s3 import PipesJvmS3ContextInjector
from dagster_pipes_jvm.job import SparkJob
from dagster_pipes_jvm.platforms.emr.clusters import ExistingCluster
from dagster_pipes_jvm.platforms.emr.context import RunContext
from dagster_pipes_jvm.platforms.emr.ending import StepEnding
from dagster_pipes_jvm.platforms.emr.faults import GONE, code_of
from dagster_pipes_jvm.platforms.emr.launching import Place, launch_on
from dagster_pipes_jvm.platforms.emr.links import console_url
from dagster_pipes_jvm.platforms.emr.log_readers import PipesJvmEMRLogMessageReader
from dagster_pipes_jvm.platforms.emr.names import Launch as LaunchName
from dagster_pipes_jvm.platforms.emr.plan import plan
from dagster_pipes_jvm.platforms.emr.reattach import LaunchedStep, find_launched, record_reattach
from dagster_pipes_jvm.platforms.emr.render import DeployMode, RenderedStep, render_step
from dagster_pipes_jvm.platforms.emr.running_step import Patience, RunningStep
from dagster_pipes_jvm.platforms.emr.staging import staged, staged_bridge_jar
from dagster_pipes_jvm.platforms.emr.states import CLUSTER_STATES_THAT_TAKE_STEPS, STEP_STATES_BEFORE_END, StepNow
from dagster_pipes_jvm.platforms.emr.unrecorded import find_unrecorded, is_retry
from dagster_pipes_jvm.platforms.emr.watch import Clock, SystemClock
from dagster_pipes_jvm.platforms.emr.zero_code import check_instrument, instrumented_on_emr
from dagster_pipes_jvm.read.chunks.s3 import PipesJvmS3MessageReader
from dagster_pipes_jvm.read.messages.handler import PipesJvmMessageHandler
from dagster_pipes_jvm.read.messages.log_events import DEFAULT_MAX_LOG_EVENTS
from dagster_pipes_jvm.run.client import PipesSparkClient
from dagster_pipes_jvm.run.running import Launch
from dagster_pipes_jvm.submit.instrument import SCRIPT_RUNNER

_CALL = "PipesSparkEMRClient"
_STOP_POLL_INTERVAL_MILLIS = 5_000
_ANCHOR = "emr-client"

Context = OpExecutionContext | AssetExecutionContext

# Which call of a client in its step this is; a step's calls happen in one process.
_calls: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
_calls_lock = Lock()


class PipesSparkEMRClient(PipesSparkClient):
    """Runs a `SparkJob` as a step on EMR and receives what it reports.

    Either on a cluster that is there (`cluster_id`, or `cluster_name` and `cluster_tags`, which must fit exactly one), or on
    one that is started for each run (`job_flow`) and ends with it. The Pipes session travels with the step alone, so that any
    number of runs share a cluster without mixing. A run waits as long as its step takes; one look at a cluster serves all
    runs of this process.

    A run that is cancelled ends its step, and on YARN its application; a cluster that was started for it is terminated. When
    Dagster's process is only told to stop (a deploy, an eviction), the step runs on, and a retry goes on with it, messages
    and all.

    Lifecycle: a resource; one client serves any number of runs, one after another and at once.

    Args:
        message_reader: `PipesJvmS3MessageReader`, whose bucket the cluster reaches; or `PipesJvmEMRLogMessageReader` for jobs
            that reach no bucket.
        client: a `boto3.client("emr")`; by default one of the environment with adaptive retries.
        cluster_id: the cluster.
        cluster_name: its name.
        cluster_tags: tags that it has, among others.
        cluster_states: the states in which a cluster is looked for by name or tags.
        job_flow: parameters of RunJobFlow, from `emr_job_flow`; the job becomes the last of its steps. They are not changed.
        deploy_mode: of jobs that were not made of a step of their own.
        conf: Spark properties for every job of this client; a job's own `conf` goes before.
        action_on_failure: of the step, on a cluster that is there: `CONTINUE` or `CANCEL_AND_WAIT`.
        bridge_jar_uri: where the bridge jar is; empty where it is on the cluster or in the application; `None` to put it
            into the message reader's bucket, once for each version.
        staging_prefix: the key prefix for that.
        context_injector: by default the context travels in the step, and over the message reader's bucket where it is too long.
        poll_interval_seconds: time between two looks at a cluster, in seconds; one or two requests each.
        start_time_limit_seconds: how long the step may wait for the cluster, in seconds; `None` for any time.
        step_time_limit_seconds: how long it may run, in seconds; `None` for any time.
        wait_for_logs_seconds: how long the logs of a step that failed are waited for, in seconds: EMR uploads them a minute or
            more after its end.
        wait_for_logs_of_success: whether those of other steps are, too. What is there by then is forwarded in any case.
        terminate_when_stopped: whether the step is ended also when Dagster's process is told to stop and the run is not
            cancelled.
        max_log_events: see `PipesSparkSubmitClient`.

    Raises:
        InvalidParameterError: for a value that cannot work.

    Source: https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-work-with-steps.html
    """

    def __init__(
        self,
        *,
        message_reader: PipesMessageReader,
        client: Any = None,
        cluster_id: str | None = None,
        cluster_name: str | None = None,
        cluster_tags: Mapping[str, str] | None = None,
        cluster_states: Sequence[str] = CLUSTER_STATES_THAT_TAKE_STEPS,
        job_flow: Mapping[str, Any] | None = None,
        deploy_mode: DeployMode = "cluster",
        conf: Mapping[str, Any] | None = None,
        action_on_failure: str = "CONTINUE",
        bridge_jar_uri: str | None = None,
        staging_prefix: str = "dagster-pipes-jvm",
        context_injector: PipesContextInjector | None = None,
        poll_interval_seconds: float = 10.0,
        start_time_limit_seconds: float | None = None,
        step_time_limit_seconds: float | None = None,
        wait_for_logs_seconds: float = 120.0,
        wait_for_logs_of_success: bool = False,
        terminate_when_stopped: bool = False,
        max_log_events: int | None = DEFAULT_MAX_LOG_EVENTS,
    ) -> None:
        named = [cluster_id is not None, cluster_name is not None or cluster_tags is not None, job_flow is not None]
        if sum(named) != 1:
            raise _invalid(
                "cluster_id",
                "one of `cluster_id`, `cluster_name` or `cluster_tags`, and `job_flow`",
                f"{sum(named)} of them",
            )
        if not poll_interval_seconds > 0:
            raise _invalid("poll_interval_seconds", "more than 0 seconds", repr(poll_interval_seconds))
        if not isinstance(message_reader, PipesJvmS3MessageReader | PipesJvmEMRLogMessageReader):
            raise _invalid(
                "message_reader",
                "a PipesJvmS3MessageReader or PipesJvmEMRLogMessageReader, because the driver runs on the cluster",
                type(message_reader).__name__,
            )
        self._reader = message_reader
        self._s3_reader = message_reader if isinstance(message_reader, PipesJvmS3MessageReader) else None
        self._client = client or boto3.client("emr", config=Config(retries={"mode": "adaptive", "max_attempts": 8}))
        self._existing = (
            None if job_flow is not None else ExistingCluster(cluster_id, cluster_name, cluster_tags, cluster_states)
        )
        self._job_flow = job_flow
        self._deploy_mode: DeployMode = deploy_mode
        self._conf = dict(conf or {})
        self._action_on_failure = action_on_failure
        self._bridge_jar_uri = bridge_jar_uri
        self._staging_prefix = staging_prefix
        self._context_injector = context_injector
        self._patience = Patience(
            poll_interval_seconds=poll_interval_seconds,
            start_time_limit_seconds=start_time_limit_seconds,
            step_time_limit_seconds=step_time_limit_seconds,
            wait_for_logs_seconds=wait_for_logs_seconds,
            waits_for_logs_of_success=wait_for_logs_of_success,
            leaves_running_when_stopped=not terminate_when_stopped,
        )
        self._max_log_events = max_log_events
        self._clock: Clock = SystemClock()

    def plan(self, job: SparkJob, *, args: Sequence[str] | None = None, conf: Mapping[str, Any] | None = None) -> str:
        """What would be sent for a job, as a diff against the step that it was made of; nothing is sent.

        The session's parameters stand as `...`, and the bridge jar where it would be put.

        Args:
            job: the job.
            args: as for `run`.
            conf: as for `run`.
        """
        job = self._with_conf(job.override(args=args, conf=conf))
        check_instrument(job)
        job = instrumented_on_emr(job, self._configurations(None), lambda: f"(staged {SCRIPT_RUNNER.name})")
        session_conf = {"spark.dagster.pipes.context": "...", "spark.dagster.pipes.messages": "..."}
        jar = self._bridge_jar_uri
        if jar is None:
            jar = f"s3://{self._s3_reader.bucket}/{self._staging_prefix}/..." if self._s3_reader else "(bridge jar)"
        return plan(
            self._rendered(job, session_conf, jar or None, self._configurations(None), LaunchName("RUN", "STEP"))
        )

    def _launch(self, context: Context, job: SparkJob, extras: PipesExtras | None) -> Launch:  # noqa: ARG002
        job = self._with_conf(job)
        check_instrument(job)
        call_number = _next_call(context)
        launched = self._still_running(context, call_number)
        reader: Any = self._reader
        if launched is not None and launched.messages_params and self._s3_reader is not None:
            reader = self._s3_reader.resuming(launched.messages_params)
        run_context = RunContext(
            self._context_injector,
            self._s3_injector(),
            known=None if launched is None else launched.context_params,
        )
        is_single_attempt = self._rendered(job, {}, None, self._configurations(None), None).is_single_attempt

        def start(session: PipesSession, handler: PipesJvmMessageHandler) -> RunningStep:
            if launched is not None:
                context.log.info(
                    f"[pipes] an earlier attempt of this step has started EMR step {launched.step_id} on cluster"
                    f" {launched.cluster_id}; this one goes on with it."
                )
                url = console_url(self._client.meta.region_name, launched.cluster_id)
                record_reattach(context, launched, call_number, url)
                session.report_launched(launched.as_reported)
                step = launched
            else:
                step = self._start(context, job, session, handler, run_context, call_number)
            can_stop = self._s3_reader is not None and job.pipes != "off"
            ending = StepEnding(
                context,
                self._client,
                handler,
                step,
                (lambda why: reader.request_stop(session.message_reader_params, why)) if can_stop else None,
                self._clock,
            )
            return RunningStep(
                context,
                self._client,
                getattr(self._reader, "client", None),
                handler,
                step,
                run_context,
                ending,
                self._patience,
                self._clock,
            )

        return Launch(
            job=job,
            context_injector=run_context,
            message_reader=reader,
            start=start,
            single_attempt=is_single_attempt,
            max_log_events=self._max_log_events,
            stop_poll_interval_millis=_STOP_POLL_INTERVAL_MILLIS if self._s3_reader else None,
        )

    def _with_conf(self, job: SparkJob) -> SparkJob:
        if not self._conf or (job.emr_step is not None and job.pipes == "off"):
            return job
        return job.override(conf={**self._conf, **job.conf})

    def _still_running(self, context: Context, call_number: int) -> LaunchedStep | None:
        """The step of an earlier attempt that runs, or has ended well and was not judged."""
        launched = find_launched(context, call_number)
        if launched is None:
            if self._existing is None or not is_retry(context):
                return None
            cluster = self._existing.find(self._client, call=_CALL)
            return find_unrecorded(self._client, cluster, context, call_number)
        try:
            answer = self._client.describe_step(ClusterId=launched.cluster_id, StepId=launched.step_id)
        except boto.ClientError as e:
            if code_of(e) not in GONE:
                raise
            return None  # EMR forgets clusters that ended two months ago.
        step = StepNow.of(answer["Step"])
        return launched if step.state in (*STEP_STATES_BEFORE_END, "COMPLETED") else None

    def _start(
        self,
        context: Context,
        job: SparkJob,
        session: PipesSession,
        handler: PipesJvmMessageHandler,
        run_context: RunContext,
        call_number: int,
    ) -> LaunchedStep:
        cluster = self._existing.find(self._client, call=_CALL) if self._existing is not None else None
        has_pipes = job.pipes != "off"
        jar = self._jar() if has_pipes else None
        run = context.run
        step_key = context.get_step_execution_context().step.key
        name = LaunchName(run.run_id, step_key, context.retry_number, call_number)
        configurations = self._configurations(cluster.configurations if cluster else None)
        if has_pipes:
            job = instrumented_on_emr(job, configurations, self._stage_runner)

        def render(session: PipesSession) -> RenderedStep:
            conf = bootstrap_conf(session, call=f"{_CALL}.run") if has_pipes else {}
            return self._rendered(job, conf, jar, configurations, name)

        rendered = render(session)
        if not run_context.can_move:
            rendered.size.decision(context_is_on_s3=True)
        elif rendered.size.decision() == "context_to_s3":
            params = run_context.move_to_s3(session.context_data)
            rendered = render(replace(session, context_injector_params=params))
            rendered.size.decision(context_is_on_s3=True)
        for note in rendered.notes:
            context.log.warning(f"[pipes] {note}")
        handler.account.single_attempt = rendered.is_single_attempt
        place = Place(self._client, self._clock, self._patience, cluster, self._job_flow)
        return launch_on(place, context, rendered, name, session, run_context)

    def _rendered(
        self,
        job: SparkJob,
        session_conf: Mapping[str, str],
        jar: str | None,
        configurations: Sequence[Mapping[str, Any]],
        name: LaunchName | None,
    ) -> RenderedStep:
        return render_step(
            job,
            session_conf=session_conf,
            bridge_jar_uri=jar,
            deploy_mode=self._deploy_mode,
            cluster_configurations=configurations,
            launch=name,
            action_on_failure=self._action_on_failure if self._job_flow is None else _action_in(self._job_flow),
        )

    def _configurations(self, of_cluster: Sequence[Mapping[str, Any]] | None) -> Sequence[Mapping[str, Any]]:
        return of_cluster or (self._job_flow or {}).get("Configurations", ())

    def _stage_runner(self) -> str:
        if self._s3_reader is None:
            raise _invalid(
                "message_reader",
                "a PipesJvmS3MessageReader, in whose bucket the cluster finds what runs an instrumented PySpark script",
                type(self._reader).__name__,
            )
        return staged(self._s3_reader.place, self._staging_prefix, SCRIPT_RUNNER)

    def _jar(self) -> str | None:
        if self._bridge_jar_uri is not None:
            return self._bridge_jar_uri or None
        reader = self._s3_reader
        if reader is None:
            raise _invalid(
                "bridge_jar_uri",
                "where the bridge jar is, because this message reader has no bucket for it; empty where the cluster has it",
                "None",
            )
        return staged_bridge_jar(reader.client, reader.bucket, self._staging_prefix, put_options=reader.put_options)

    def _s3_injector(self) -> PipesJvmS3ContextInjector | None:
        reader = self._s3_reader
        if reader is None:
            return None
        return PipesJvmS3ContextInjector(
            bucket=reader.bucket, client=reader.client, key_prefix=reader.key_prefix, put_options=reader.put_options
        )


def _action_in(job_flow: Mapping[str, Any]) -> str:
    """What a failed step does to the cluster that was started for it; AWS takes no other for steps side by side."""
    stays = job_flow.get("Instances", {}).get("KeepJobFlowAliveWhenNoSteps", False)
    return "CONTINUE" if stays or job_flow.get("StepConcurrencyLevel", 1) > 1 else "TERMINATE_CLUSTER"


def _next_call(context: Context) -> int:
    step_context = context.get_step_execution_context()
    with _calls_lock:
        number = _calls.get(step_context, -1) + 1
        _calls[step_context] = number
        return number


def _invalid(parameter: str, expected: str, got: str, remedy: str = "Correct the call.") -> InvalidParameterError:
    return InvalidParameterError(
        parameter=parameter, call=_CALL, expected=expected, got=got, remedy=remedy, anchor=_ANCHOR
    )
