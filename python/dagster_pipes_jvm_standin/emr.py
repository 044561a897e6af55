"""Clusters and steps, and the states they go through, in place of moto's, whose steps never run.

Sources: https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-overview.html (life cycle of cluster and step),
https://docs.aws.amazon.com/emr/latest/APIReference/API_StepConfig.html (`ActionOnFailure`). The words of reasons and errors are
AWS's where clients are known to rely on them; docs/standin.md says how each is known.
"""

import threading
import time
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from moto.core.utils import utcnow
from moto.emr import models

from dagster_pipes_jvm.redaction import shown_text, shown_words
from dagster_pipes_jvm_standin import logs, steps
from dagster_pipes_jvm_standin.emr_step import Step
from dagster_pipes_jvm_standin.machine import Machine
from dagster_pipes_jvm_standin.nodes import Node, nodes_of

TERMINATES = ("TERMINATE_CLUSTER", "TERMINATE_JOB_FLOW")
ACTIVE_STEP_STATES = ("PENDING", "RUNNING", "CANCEL_PENDING")
ENDED_STATES = ("TERMINATING", "TERMINATED", "TERMINATED_WITH_ERRORS")
_RUNNING = ("RUNNING", "CANCEL_PENDING")
_SEEN_STATES = ("RUNNING", "WAITING")
# On EMR these states last for minutes. boto3's waiter `cluster_running` asks every 30 s, and fails if it misses them.
_SEEN_SECONDS = 45.0
_HOLD_LOOK_SECONDS = 0.1
# How long a cluster waits for the processes that it has killed.
_SHUTDOWN_SECONDS = 30.0

# The RunJobFlow request that is being served, as it was sent: moto folds the case of its keys, those of `Properties` too.
REQUEST: ContextVar[Mapping[str, Any]] = ContextVar("request")


@dataclass(frozen=True)
class _Ending:
    state: str
    code: str
    message: str
    step_state: str = "CANCELLED"


class Cluster(models.Cluster):  # type: ignore[misc]  # moto has no types
    """A cluster that lives: a thread provisions it, runs its steps, and shuts it down.

    Threads: everything that changes it holds `changed`; calls of the API come from as many as there are connections.
    """

    machine: ClassVar[Machine]

    def __init__(self, emr_backend: Any, **given: Any) -> None:
        self.changed = threading.Condition(threading.RLock())
        self.request = REQUEST.get()
        self.reason: dict[str, str] = {}
        self.auto_termination_policy = self.request.get("AutoTerminationPolicy")
        self.managed_scaling_policy = self.request.get("ManagedScalingPolicy")
        self._ending: _Ending | None = None
        self._has_failed_step = False
        self._was_seen = False
        self._is_closing = False
        self._home: steps.Home | None = None
        self._submissions = 0
        self._containers_seen: set[str] = set()
        super().__init__(emr_backend, **given)
        self.configurations = list(self.request.get("Configurations") or [])
        self.scale_down_behavior = self.request.get("ScaleDownBehavior")
        self.visible_to_all_users = self.request.get("VisibleToAllUsers", True)
        instances = self.request.get("Instances") or {}
        self.instance_fleets = list(instances.get("InstanceFleets") or [])
        self.instance_collection_type = "INSTANCE_FLEET" if self.instance_fleets else "INSTANCE_GROUP"
        self.ec2_instances: list[Node] = nodes_of(self.instance_groups)
        self.log_place = logs.log_place(self.log_uri, self.id)

    @property
    def master_public_dns_name(self) -> str:
        """Where the steps run."""
        return "localhost"

    @property
    def status(self) -> dict[str, Any]:
        """State, reason and times. Only answers of the API use it."""
        with self.changed:
            if self.state in _SEEN_STATES and not self._was_seen:
                self._was_seen = True
                self.changed.notify_all()
        return {**super().status, "StateChangeReason": dict(self.reason)}

    def start_cluster(self) -> None:
        """Called by moto when the cluster is made; `launch` is what starts it."""
        self.state, self.start_datetime = "STARTING", utcnow()

    def run_bootstrap_actions(self) -> None:
        """None is run, see `configurations.py`."""

    def add_steps(self, _: Any) -> list[Step]:
        """Called by moto with the steps of RunJobFlow."""
        return self.add(self.request.get("Steps") or [], self.request.get("StepExecutionRoleArn"))

    def add(self, configs: Sequence[Mapping[str, Any]], execution_role_arn: str | None) -> list[Step]:
        """Queue steps."""
        added = [Step(config, execution_role_arn) for config in configs]
        with self.changed:
            self.steps.extend(added)
            self.changed.notify_all()
        return added

    def launch(self) -> None:
        """Begin its life, once it is whole."""
        threading.Thread(target=self._live, name=self.id, daemon=True).start()

    def terminate(self) -> None:
        """What TerminateJobFlows asks for."""
        self.end("TERMINATED", "USER_REQUEST", "Terminated by user request")

    def end(self, state: str, code: str, message: str, *, step_state: str = "CANCELLED") -> None:
        """Ask for the end; the first to ask says why. `step_state` is that of the steps that run."""
        with self.changed:
            if self._ending is None:
                self._ending = _Ending(state, code, message, step_state)
                self._move("TERMINATING", code, message)
                self.changed.notify_all()

    def cancel(self, step: Step, option: str) -> str | None:
        """Cancel a step; returns why it cannot be."""
        with self.changed:
            if step.state == "PENDING":
                self._set(step, "CANCELLED")
            elif step.state == "RUNNING":
                self._set(step, "CANCEL_PENDING")
                if step.process is not None:
                    (step.process.end_group if option == "TERMINATE_PROCESS" else step.process.interrupt)()
            elif step.state == "CANCEL_PENDING":
                if option == "TERMINATE_PROCESS" and step.process is not None:
                    step.process.end_group()
            else:
                return f"Cannot cancel step. It is already {step.state}."
            self.changed.notify_all()
            return None

    def set_step_concurrency_level(self, level: int) -> None:
        """What ModifyCluster asks for."""
        with self.changed:
            self.step_concurrency_level = level
            self.changed.notify_all()

    def set_keep_alive(self, value: bool) -> None:
        """Whether it stays when it has no step."""
        with self.changed:
            self.keep_job_flow_alive_when_no_steps = value
            self.changed.notify_all()

    def set_auto_termination_policy(self, policy: Mapping[str, Any] | None) -> None:
        """After how many idle seconds it ends."""
        with self.changed:
            self.auto_termination_policy = policy
            self.changed.notify_all()

    # The life of the cluster, in order.

    def _live(self) -> None:
        try:
            self._provision()
            self._work()
        except Exception as error:
            self.end("TERMINATED_WITH_ERRORS", "INTERNAL_ERROR", f"{type(error).__name__}: {error}")
        self._shut_down()

    def _provision(self) -> None:
        faults, half = self.machine.faults, self.machine.options.provisioning_seconds / 2
        self._move("STARTING", "", "Provisioning Amazon EC2 capacity")
        if self._wait(half) or self._is_held("STARTING"):
            return
        if faults.cluster_fails == "provisioning":
            why = "The requested instance type is not supported in the requested availability zone."
            self.end("TERMINATED_WITH_ERRORS", "VALIDATION_ERROR", why)
            return
        self._move("BOOTSTRAPPING", "", "Running bootstrap actions")
        if self._wait(half) or self._is_held("BOOTSTRAPPING"):
            return
        if faults.cluster_fails == "bootstrap":
            node = self.ec2_instances[0].ec2_instance_id if self.ec2_instances else "i-0"
            why = f"On the master instance ({node}), bootstrap action 1 returned a non-zero return code"
            self.end("TERMINATED_WITH_ERRORS", "BOOTSTRAP_FAILURE", why)
            return
        folder = Path(self.machine.options.folder) / self.id
        applications = self.machine.applications
        self._home = steps.make_home(
            folder,
            self.configurations,
            options=self.machine.options,
            aws_environment=self.machine.environment,
            core_site=self.machine.core_site,
            yarn_conf=applications.conf_dir if applications else None,
        )
        self.ready_datetime = utcnow()

    def _work(self) -> None:
        idle_since = time.monotonic()
        with self.changed:
            while self._ending is None:
                if self._is_closing:
                    self.changed.wait()
                    continue
                running, pending = self._in(*_RUNNING), self._in("PENDING")
                if pending and len(running) < self.step_concurrency_level:
                    self._start(pending[0])
                    continue
                if running or pending:
                    idle_since = time.monotonic()
                elif not self.keep_job_flow_alive_when_no_steps:
                    if self._stays_to_be_seen():
                        continue
                    with_errors = " with errors" if self._has_failed_step else ""
                    self.end("TERMINATED", "ALL_STEPS_COMPLETED", f"Steps completed{with_errors}")
                    break
                elif self.state != "WAITING":
                    ended = "failed" if self.steps and self.steps[-1].state == "FAILED" else "completed"
                    after = f"Cluster ready after last step {ended}." if self.steps else "Cluster ready to run steps."
                    idle_since = time.monotonic()
                    self._move("WAITING", "", after)
                timeout = (self.auto_termination_policy or {}).get("IdleTimeout")
                left = idle_since + timeout - time.monotonic() if timeout and self.state == "WAITING" else None
                if left is not None and left <= 0:
                    self.end("TERMINATED", "USER_REQUEST", "Terminated by the auto-termination policy: idle")
                    break
                self.changed.wait(left)

    def _shut_down(self) -> None:
        ending = self._ending
        assert ending is not None
        with self.changed:
            for step in self._in("PENDING"):
                step.message = "Job terminated"
                self._set(step, "CANCELLED")
            for step in self.steps:
                if step.process is not None:
                    step.process.end_group()
            self.changed.wait_for(lambda: not self._in(*_RUNNING), _SHUTDOWN_SECONDS)
        if self.machine.applications is not None:
            for step in self.steps:
                for application in self.machine.applications.of_step(step.id, live=True):
                    self.machine.applications.kill(application)
                self._upload(self._container_files(step))
        time.sleep(self.machine.options.provisioning_seconds / 4)  # On EMR a cluster is TERMINATING for minutes.
        with self.changed:
            for group in self.instance_groups:
                group.state, group.end_date_time = "TERMINATED", utcnow()
            self.end_datetime = utcnow()
            self._move(ending.state, ending.code, ending.message)

    # One step, in a thread of its own.

    def _start(self, step: Step) -> None:
        step.start_date_time = utcnow()
        self._set(step, "RUNNING")
        self._move("RUNNING", "", "Running step")
        threading.Thread(target=self._run, args=(step,), name=step.id, daemon=True).start()

    def _run(self, step: Step) -> None:
        assert self._home is not None
        folder = self._home.folder / "steps" / step.id
        folder.mkdir(parents=True)
        controller = logs.Controller()
        began = time.monotonic()
        try:
            exit_code = self._execute(step, folder, controller)
        except Exception as error:
            # What cannot be fetched or started is a failed step on EMR, too, with its reason on stderr.
            (folder / "stderr").write_text(f"{type(error).__name__}: {error}\n", "utf-8")
            exit_code = 1
        seconds = int(time.monotonic() - began)
        controller.say("INFO", f"waitProcessCompletion ended with exit code {exit_code} : ")
        controller.say("INFO", f"total process run time: {seconds} seconds")
        level, outcome = ("WARN", "failed") if exit_code else ("INFO", "succeeded")
        controller.say(level, f"Step {outcome} with exitCode {exit_code} and took {seconds} seconds")
        files: dict[str, bytes] = {}
        try:
            files = logs.step_files(step.id, folder, controller.text()) | self._container_files(step, folder)
            faults = self.machine.faults
            if faults.log_delay_seconds:
                late = threading.Timer(faults.log_delay_seconds, self._upload, (files,))
                late.daemon = True
                late.start()
            else:
                self._upload(files)
        except Exception as error:
            # The step has ended without its logs, and must not stay RUNNING.
            self.machine.say(f"{step.id} {step.name}: its logs are lost: {type(error).__name__}: {error}")
        self._finish(step, exit_code, steps.failure_message(files, exit_code))

    def _execute(self, step: Step, folder: Path, controller: logs.Controller) -> int:
        assert self._home is not None
        faults = self.machine.faults
        if faults.cluster_fails == "running":
            why = "The master node was terminated: instance failure"
            self.end("TERMINATED_WITH_ERRORS", "INSTANCE_FAILURE", why, step_state="INTERRUPTED")
            return 1
        if faults.fails_step(step.name):
            (folder / "stderr").write_text(
                "Error: this step was asked to fail, by the stand-in's `fail_steps`\n", "utf-8"
            )
            return 1
        command = steps.command_of(step.hadoop_jar_step, folder, self.machine.store)
        environment = steps.step_environment(self._home, self.id, step.id, folder)
        controller.say(
            "INFO", f"startExec 'hadoop jar {step.jar} {' '.join(shown_words(list(map(str, step.args or []))))}'"
        )
        found = steps.found_command(command, environment)
        if found is None:
            (folder / "stderr").write_text(
                'Exception in thread "main" java.lang.RuntimeException: java.io.IOException: Cannot run program'
                f' "{command[0] if command else ""}" (in directory "."): error=2, No such file or directory\n',
                "utf-8",
            )
            return 1
        with self.changed:
            if step.state != "RUNNING" or self._ending is not None:
                return 143  # Cancelled, or its cluster was, while its files were fetched.
            step.process = steps.StepProcess(found, environment, folder, self.machine.reaper)
        controller.say("INFO", f"ProcessRunner started child process {step.process.pid}")
        self.machine.say(f"{step.id} {step.name}: process {step.process.pid}, {Path(found[0]).name}")
        return step.process.wait()

    def _finish(self, step: Step, exit_code: int, message: str) -> None:
        with self.changed:
            step.end_date_time = utcnow()
            if step.state == "CANCEL_PENDING":
                self._set(step, "CANCELLED")
            elif self._ending is not None and (exit_code or self._ending.step_state == "INTERRUPTED"):
                step.message = "Job terminated"
                self._set(step, self._ending.step_state)
            elif exit_code == 0:
                self._set(step, "COMPLETED")
            else:
                self._has_failed_step = True
                step.failure_details = {"Reason": "Unknown Error.", **({"Message": message} if message else {})}
                if self.log_place is not None:
                    bucket, prefix = self.log_place
                    step.failure_details["LogFile"] = f"s3://{bucket}/{prefix}/steps/{step.id}/stderr.gz"
                self._set(step, "FAILED", f"exit code {exit_code}: {message}")
                self._act_on_failure(step)
            self.changed.notify_all()

    def _act_on_failure(self, failed: Step) -> None:
        if self.step_concurrency_level > 1 or failed.action_on_failure == "CONTINUE":
            return
        if failed.action_on_failure in TERMINATES and not self.termination_protected:
            self._is_closing = True
            self.changed.wait_for(lambda: self._was_seen or self._ending is not None, _SEEN_SECONDS)
            self.end("TERMINATED_WITH_ERRORS", "STEP_FAILURE", "Shut down as step failed")
            return
        for step in self._in("PENDING"):
            self._set(step, "CANCELLED")

    def _container_files(self, step: Step, folder: Path | None = None) -> dict[str, bytes]:
        if self.machine.applications is not None:
            new = set(self.machine.applications.of_step(step.id)) - self._containers_seen
            if folder is not None:
                new -= set(self.machine.applications.of_step(step.id, live=True))
            self._containers_seen |= new
            return logs.yarn_container_files(self.machine.applications.base_dir, new)
        if folder is None or not (folder / "submitted").is_file():
            return {}
        with self.changed:
            self._submissions += 1
            return logs.local_container_files(self._submissions, self.creation_datetime, folder)

    def _upload(self, files: Mapping[str, bytes]) -> None:
        if self.log_place is not None and not self.machine.faults.lose_logs:
            logs.upload(self.machine.store, self.log_place, files)

    # What all of the above does with the lock held.

    def _wait(self, seconds: float) -> bool:
        """Wait for the end, so long; whether it has been asked for."""
        with self.changed:
            return self.changed.wait_for(lambda: self._ending is not None, seconds)

    def _is_held(self, state: str) -> bool:
        """Wait while this state is held; whether the end has been asked for."""
        while self.machine.faults.hold_state == state:
            if self._wait(_HOLD_LOOK_SECONDS):
                return True
        return self._ending is not None

    def _stays_to_be_seen(self) -> bool:
        """Whether a cluster without further steps stays for now, until an answer has shown it, or while it is held."""
        steps_before = len(self.steps)
        if self.steps and not self._was_seen:
            self.changed.wait_for(
                lambda: self._was_seen or self._ending is not None or len(self.steps) > steps_before, _SEEN_SECONDS
            )
            was_seen, self._was_seen = self._was_seen, True
            return was_seen or self._ending is not None or len(self.steps) > steps_before
        if self.machine.faults.hold_state == "RUNNING":
            self.changed.wait(_HOLD_LOOK_SECONDS)
            return True
        return False

    def _in(self, *states: str) -> list[Step]:
        return [step for step in self.steps if step.state in states]

    def _move(self, state: str, code: str, message: str) -> None:
        with self.changed:
            if self._ending is not None and state not in ENDED_STATES:
                return
            if self.state != state or self.reason.get("Message") != message:
                self.machine.say(f"{self.id} {self.name}: {state} ({message})")
            self.state = state
            self.reason = {**({"Code": code} if code else {}), "Message": message}
            self.last_state_change_reason = message

    def _set(self, step: Step, state: str, detail: str = "") -> None:
        step.state = state
        step.last_state_change_reason = step.message
        self.machine.say(f"{step.id} {step.name}: {state}{f' ({shown_text(detail)})' if detail else ''}")
