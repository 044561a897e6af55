"""`PipesSparkEMRClient`: a job as a step of a cluster that is there, or of one that is started for it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, get_args

import boto3
from botocore.config import Config
from dagster import (
    AssetExecutionContext,
    OpExecutionContext,
    PipesContextInjector,
    PipesEnvContextInjector,
    PipesMessageReader,
    PipesSession,
)
from dagster_pipes import PipesExtras

from dagster_pipes_jvm.errors import InvalidParameterError
from dagster_pipes_jvm.inject.bootstrap import bootstrap_conf
from dagster_pipes_jvm.inject.s3 import PipesJvmS3ContextInjector
from dagster_pipes_jvm.job import SparkJob
from dagster_pipes_jvm.platforms.emr.clusters import ExistingCluster
from dagster_pipes_jvm.platforms.emr.failure_actions import FailureActions, check_action
from dagster_pipes_jvm.platforms.emr.log_readers import PipesJvmEMRLogMessageReader
from dagster_pipes_jvm.platforms.emr.main_class import main_class_on_s3
from dagster_pipes_jvm.platforms.emr.plan import plan
from dagster_pipes_jvm.platforms.emr.platform import EmrPlatform, WrittenStep
from dagster_pipes_jvm.platforms.emr.render import AttachedStep, DeployMode, attach_step
from dagster_pipes_jvm.platforms.emr.staging import staged, staged_bridge_jar, staged_pyspark_zip
from dagster_pipes_jvm.platforms.emr.states import CLUSTER_STATES_THAT_TAKE_STEPS, ClusterNow
from dagster_pipes_jvm.platforms.emr.step_job import EMRStepJob
from dagster_pipes_jvm.platforms.emr.strings import notes_on_strings
from dagster_pipes_jvm.read.chunks.s3 import PipesJvmS3MessageReader
from dagster_pipes_jvm.read.messages.log_events import DEFAULT_MAX_LOG_EVENTS
from dagster_pipes_jvm.run.already_running import WhenAlreadyRunning, checked_when_already_running
from dagster_pipes_jvm.run.client import PipesSparkClient
from dagster_pipes_jvm.run.identity import LaunchIdentity
from dagster_pipes_jvm.run.jobs import Order
from dagster_pipes_jvm.run.patience import Patience
from dagster_pipes_jvm.run.port import Launch
from dagster_pipes_jvm.submit.instrument import SCRIPT_RUNNER

_CALL = "PipesSparkEMRClient"
_STOP_POLL_INTERVAL_MILLIS = 5_000
_PATIENCE = Patience()
_ANCHOR = "emr-client"
_STAGE_BY_PARAMETER = {"bridge_jar_uri": staged_bridge_jar, "pyspark_zip_uri": staged_pyspark_zip}

Context = OpExecutionContext | AssetExecutionContext
SendContextBy = Literal["step", "s3"]


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
        action_on_failure: the `ActionOnFailure` of every step, unless the job has its own by `override`. With `None` a given
            step keeps its own. An existing cluster that a failed step would terminate gets `CONTINUE` instead, with a warning.
        bridge_jar_uri: where the bridge jar is; empty where it is on the cluster or in the application; `None` to put it
            into the message reader's bucket, once for each version.
        pyspark_zip_uri: the same for the PySpark zip, which PySpark jobs get.
        staging_prefix: the key prefix for both.
        context_injector: brings the context to the job, in place of `send_context_by`.
        send_context_by: `step` or `s3`. With `step` the arguments of the step carry the context with the extras. The
            context is in the message reader's bucket if it is too long for them, and always with `s3`. Everyone who may
            see the step can read extras that are in it.
        poll_interval_seconds: time between two looks at a cluster, in seconds; one or two requests each.
        start_time_limit_seconds: how long the step may wait for the cluster, in seconds; `None` for any time.
        step_time_limit_seconds: how long it may run, in seconds; `None` for any time.
        wait_for_logs_seconds: how long the logs of a step that failed are waited for, in seconds: EMR uploads them a minute or
            more after its end.
        wait_for_logs_of_success: whether those of other steps are, too. What is there by then is forwarded in any case.
        terminate_when_stopped: whether the step is ended also when Dagster's process is told to stop and the run is not
            cancelled.
        when_already_running: `warn` about another step that makes the same asset and partitions when this one starts,
            `refuse` to start then, or `ignore` it.
        max_log_events: see `PipesSparkSubmitClient`.
        patience: all other time limits and intervals. It is mostly for tests.

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
        action_on_failure: str | None = None,
        bridge_jar_uri: str | None = None,
        pyspark_zip_uri: str | None = None,
        staging_prefix: str = "dagster-pipes-jvm",
        context_injector: PipesContextInjector | None = None,
        send_context_by: SendContextBy = "step",
        poll_interval_seconds: float = 10.0,
        start_time_limit_seconds: float | None = None,
        step_time_limit_seconds: float | None = None,
        wait_for_logs_seconds: float = 120.0,
        wait_for_logs_of_success: bool = False,
        terminate_when_stopped: bool = False,
        when_already_running: WhenAlreadyRunning = "warn",
        max_log_events: int | None = DEFAULT_MAX_LOG_EVENTS,
        patience: Patience = _PATIENCE,
    ) -> None:
        named = [cluster_id is not None, cluster_name is not None or cluster_tags is not None, job_flow is not None]
        if sum(named) != 1:
            raise _invalid(
                "cluster_id",
                "one of `cluster_id`, `cluster_name` or `cluster_tags`, and `job_flow`",
                f"{sum(named)} of them",
                "Pass exactly one of them; `cluster_name` and `cluster_tags` count as one.",
            )
        if not poll_interval_seconds > 0:
            raise _invalid(
                "poll_interval_seconds",
                "more than 0 seconds",
                repr(poll_interval_seconds),
                "Pass the seconds between two requests for the state of the EMR step, or leave the parameter out.",
            )
        if not isinstance(message_reader, PipesJvmS3MessageReader | PipesJvmEMRLogMessageReader):
            raise _invalid(
                "message_reader",
                "a PipesJvmS3MessageReader or PipesJvmEMRLogMessageReader, because the driver runs on the cluster",
                type(message_reader).__name__,
                "Pass PipesJvmS3MessageReader with a bucket that the cluster can write to. If it reaches no bucket, pass"
                " PipesJvmEMRLogMessageReader.",
            )
        if send_context_by not in get_args(SendContextBy) or (send_context_by == "s3" and context_injector is not None):
            raise _invalid(
                "send_context_by",
                "'step', or 's3' without a `context_injector`",
                f"{send_context_by!r}{' and a `context_injector`' if context_injector is not None else ''}",
                "Write `s3` for a context in the bucket of the message reader, or give a `context_injector` alone.",
            )
        if send_context_by == "s3" and not isinstance(message_reader, PipesJvmS3MessageReader):
            raise _invalid(
                "send_context_by",
                "'step', because this message reader has no bucket for the context",
                repr(send_context_by),
                "Pass PipesJvmS3MessageReader, or context_injector=PipesJvmS3ContextInjector(...) with a bucket.",
            )
        self._reader = message_reader
        self._s3_reader = message_reader if isinstance(message_reader, PipesJvmS3MessageReader) else None
        self._client = client or boto3.client("emr", config=Config(retries={"mode": "adaptive", "max_attempts": 8}))
        existing = (
            None if job_flow is not None else ExistingCluster(cluster_id, cluster_name, cluster_tags, cluster_states)
        )
        self._job_flow = job_flow
        self._deploy_mode: DeployMode = deploy_mode
        self._conf = dict(conf or {})
        check_action(action_on_failure, call=_CALL)
        self._action_on_failure = action_on_failure
        self._bridge_jar_uri = bridge_jar_uri
        self._pyspark_zip_uri = pyspark_zip_uri
        self._staging_prefix = staging_prefix
        self._context_injector = context_injector if send_context_by == "step" else self._s3_injector()
        self._patience = patience.with_own(
            _CALL,
            _ANCHOR,
            poll_interval_seconds=("poll_interval_seconds", poll_interval_seconds),
            start_time_limit_seconds=("start_time_limit_seconds", start_time_limit_seconds),
            run_time_limit_seconds=("step_time_limit_seconds", step_time_limit_seconds),
            wait_for_logs_seconds=("wait_for_logs_seconds", wait_for_logs_seconds),
            waits_for_logs_of_success=("wait_for_logs_of_success", wait_for_logs_of_success),
            leaves_running_when_stopped=("terminate_when_stopped", not terminate_when_stopped),
        )
        self._when_already_running = checked_when_already_running(when_already_running, _CALL, _ANCHOR)
        self._max_log_events = max_log_events
        self._s3_client = getattr(message_reader, "client", None)
        self._platform = EmrPlatform(self._client, self._s3_client, existing, self._job_flow, self._patience)

    def plan(self, job: SparkJob, *, args: Sequence[str] | None = None, conf: Mapping[str, Any] | None = None) -> str:
        """What would be sent for a job, as a diff against the step that it was made of; nothing is sent.

        The session's parameters are shown as `...`, and bridge jar and PySpark zip at the places of their upload.

        Args:
            job: the job.
            args: as for `run`.
            conf: as for `run`.
        """
        job = self._with_conf(job.override(args=args, conf=conf))
        session_conf = {"spark.dagster.pipes.context": "...", "spark.dagster.pipes.messages": "..."}
        folder = f"s3://{self._s3_reader.bucket}/{self._staging_prefix}/..." if self._s3_reader else None
        files = self._files(job, lambda parameter: folder or f"({parameter})")
        runner = f"(staged {SCRIPT_RUNNER.name})"
        main_class = f"(Main-Class of {job.application})" if _needs_main_class(job) else None
        name = LaunchIdentity("RUN", "STEP")
        step = self._attached(job, session_conf, files, self._configurations(None), name, runner, main_class, None)
        return plan(step.given, step.sent, step.notes)

    def _launch(
        self,
        context: Context,  # noqa: ARG002
        job: SparkJob,
        extras: PipesExtras | None,  # noqa: ARG002
    ) -> Launch[WrittenStep]:
        job = self._with_conf(job)
        return Launch(
            job=job,
            platform=self._platform,
            write=lambda order: self._write(job, order),
            context_injector=self._context_injector or PipesEnvContextInjector(),
            fallback_injector=self._s3_injector(),
            message_reader=self._reader,
            max_log_events=self._max_log_events,
            patience=self._patience,
            may_start_twice=True,
            when_already_running=self._when_already_running,
            stop_poll_interval_millis=_STOP_POLL_INTERVAL_MILLIS if self._s3_reader else None,
        )

    def _with_conf(self, job: SparkJob) -> SparkJob:
        if not self._conf or (isinstance(job, EMRStepJob) and job.pipes == "off"):
            return job
        return job.override(conf={**self._conf, **job.conf})

    def _write(self, job: SparkJob, order: Order) -> WrittenStep:
        cluster = self._platform.existing_cluster()
        has_pipes = job.pipes != "off"
        files = self._files(job, self._stage) if has_pipes else {}
        configurations = self._configurations(cluster.configurations if cluster else None)
        runner = self._stage_runner() if has_pipes and job.instrument and job.is_python else ""
        main_class = main_class_on_s3(self._s3_client, job.application) if _needs_main_class(job) else None

        def attach(session: PipesSession) -> AttachedStep:
            conf = bootstrap_conf(session, call=f"{_CALL}.run") if has_pipes else {}
            return self._attached(job, conf, files, configurations, order.identity, runner, main_class, cluster)

        step = attach(order.session)
        if order.move_context is None:
            step.size.decision(context_is_on_s3=True)
        elif step.size.decision() == "context_to_s3":
            step = attach(order.move_context())
            step.size.decision(context_is_on_s3=True)
        return WrittenStep(
            rendered=step.rendered(),
            cluster=cluster,
            job=job,
            attached=step,
            single_attempt=step.is_single_attempt,
            has_mark=step.has_session or cluster is None,
            notes=step.notes,
        )

    def _attached(
        self,
        job: SparkJob,
        session_conf: Mapping[str, str],
        files: Mapping[str, str | None],
        configurations: Sequence[Mapping[str, Any]],
        name: LaunchIdentity | None,
        script_runner_uri: str,
        main_class: str | None,
        cluster: ClusterNow | None,
    ) -> AttachedStep:
        step = attach_step(
            job,
            session_conf=session_conf,
            **files,
            deploy_mode=self._deploy_mode,
            cluster_configurations=configurations,
            launch=name,
            actions=self._actions(cluster),
            script_runner_uri=script_runner_uri,
            main_class=main_class,
        )
        return replace(step, notes=(*step.notes, *notes_on_strings(job, step)))

    def _actions(self, cluster: ClusterNow | None) -> FailureActions:
        flow = self._job_flow
        if flow is None:
            concurrency = cluster.step_concurrency if cluster is not None else 1
            return FailureActions(self._action_on_failure, is_shared=True, step_concurrency=concurrency)
        stays = flow.get("Instances", {}).get("KeepJobFlowAliveWhenNoSteps", False)
        concurrency = flow.get("StepConcurrencyLevel", 1)
        default = "CONTINUE" if stays or concurrency > 1 else "TERMINATE_CLUSTER"
        return FailureActions(self._action_on_failure, default, step_concurrency=concurrency)

    def _configurations(self, of_cluster: Sequence[Mapping[str, Any]] | None) -> Sequence[Mapping[str, Any]]:
        return of_cluster or (self._job_flow or {}).get("Configurations", ())

    def _stage_runner(self) -> str:
        if self._s3_reader is None:
            raise _invalid(
                "message_reader",
                "a PipesJvmS3MessageReader, in whose bucket the cluster finds what runs an instrumented PySpark script",
                type(self._reader).__name__,
                "Pass a PipesJvmS3MessageReader, or leave `instrument` out of the job.",
            )
        return staged(self._s3_reader.place, self._staging_prefix, SCRIPT_RUNNER)

    def _files(self, job: SparkJob, stage: Callable[[str], str]) -> dict[str, str | None]:
        """The URIs of the files that are attached to a job, by their parameter.

        Args:
            job: the job. Only a PySpark script gets the PySpark zip.
            stage: gives the URI of a file if the parameter is not given.
        """
        given = {"bridge_jar_uri": self._bridge_jar_uri}
        if job.is_python:
            given["pyspark_zip_uri"] = self._pyspark_zip_uri
        return {parameter: stage(parameter) if uri is None else uri or None for parameter, uri in given.items()}

    def _stage(self, parameter: str) -> str:
        reader = self._s3_reader
        if reader is None:
            raise _invalid(
                parameter,
                "the URI of the file, because this message reader has no bucket for it; empty if the cluster has it",
                "None",
                f"Put the file of `{parameter.removesuffix('_uri')}()` on S3 and pass its URI, or pass an empty string if the"
                " cluster or the application has it.",
            )
        stage = _STAGE_BY_PARAMETER[parameter]
        return stage(reader.client, reader.bucket, self._staging_prefix, put_options=reader.put_options)

    def _s3_injector(self) -> PipesJvmS3ContextInjector | None:
        return None if self._s3_reader is None else PipesJvmS3ContextInjector.beside(self._s3_reader)


def _needs_main_class(job: SparkJob) -> bool:
    is_instrumented = job.instrument and job.pipes != "off"
    return bool(is_instrumented and not (job.is_python or job.is_sql) and job.main_class is None)


def _invalid(parameter: str, expected: str, got: str, remedy: str) -> InvalidParameterError:
    return InvalidParameterError(
        parameter=parameter, call=_CALL, expected=expected, got=got, remedy=remedy, anchor=_ANCHOR
    )
