"""Launches in the event log, where a retry finds the job of the earlier attempt.

A launch handle in the event log is found by a step retry, a resumed run and a run that is retried from its failure. If
a process died between the start of a job and its handle, the job is found by its mark on the platform.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from dagster import DagsterEventType, MetadataValue
from dagster_pipes import PipesDefaultContextLoader

from dagster_pipes_jvm._dagster import EngineEventData
from dagster_pipes_jvm.errors import PassingFaultError
from dagster_pipes_jvm.run.earlier import Choice, Claims, EarlierLaunch, choose
from dagster_pipes_jvm.run.identity import Context, LaunchIdentity
from dagster_pipes_jvm.run.jobs import Found, JobRef, RefusedError, Seen
from dagster_pipes_jvm.run.launch_handles import LaunchHandle, LaunchHandles, is_from_failure
from dagster_pipes_jvm.run.lookups import listed_launches
from dagster_pipes_jvm.run.patience import Patience
from dagster_pipes_jvm.run.port import AnyPlatform

_ENDED_KEY = "dagster_pipes_jvm/ended_job"
# The fields of a `Found` in a handle, besides the job.
_KEPT = ("messages_params", "context_params", "digest", "single_attempt")

T = TypeVar("T")


@dataclass(frozen=True)
class LaunchBook:
    """The launches of one call of a client, in the event log.

    Args:
        context: the step's context.
        platform: the place that runs them.
        identity: the call.
        patience: the intervals and the number of attempts if the platform does not answer.
    """

    context: Context
    platform: AnyPlatform
    identity: LaunchIdentity
    patience: Patience = field(default_factory=Patience)

    @property
    def is_kept(self) -> bool:
        """Whether launches are written down: if a later attempt can continue with a job of the platform.

        A direct call of an asset has neither an event log nor a later attempt.
        """
        return self.platform.can_go_on and not self.identity.is_direct

    def record_launch(self, found: Found[Any]) -> None:
        """Write down the facts that a later attempt of the step needs, with the link to the job."""
        if self.is_kept:
            claims = self._claims
            with claims.lock:
                claims.job_ids.add(found.ref.id)
            LaunchHandles(self.context).record(self._handle(found))

    def begin_launch(self) -> None:
        """Note that this call starts a job, which no other call of this attempt may take for an earlier one."""
        if self.is_kept:
            claims = self._claims
            with claims.lock:
                claims.started.add(self.identity.call_number)

    def record_reattach(self, found: Found[Any]) -> None:
        """Write down that this attempt continues with the job of an earlier one."""
        LaunchHandles(self.context).record_reattach(self._handle(found))

    def record_end(self, ref: JobRef, state: str) -> None:
        """Write down that a job has ended and was judged. A retry then starts a new job."""
        if self.is_kept:
            self.write_event(
                f"{self.platform.describe(ref)} has ended as {state}, and its reports have arrived.",
                {_ENDED_KEY: MetadataValue.text(ref.id)},
            )

    def write_event(self, text: str, metadata: Mapping[str, Any]) -> None:
        """Write an event with metadata into the log of the step. A direct call has no event log, and writes none."""
        if not self.identity.is_direct:
            self.context.instance.report_engine_event(
                f"[pipes] {text}",
                dagster_run=self.context.run,
                engine_event_data=EngineEventData(metadata=dict(metadata)),
                step_key=self.identity.step_key,
            )

    def find_earlier(self) -> Found[Any] | None:
        """The job of an earlier attempt with which this call continues, see `choose`.

        Raises:
            PassingFaultError: the platform does not answer.
            RefusedError: it refuses.
        """
        if not self.is_kept:
            return None
        claims = self._claims
        with claims.lock:
            choice = self._choice(claims)
            if choice.found is not None:
                claims.job_ids.add(choice.found.ref.id)
        if choice.warning:
            self.context.log.warning(f"[pipes] {choice.warning}")
        return choice.found

    def _choice(self, claims: Claims) -> Choice:
        launches = [*self._recorded()]
        judged = self._ended()
        # A handle tells most. Only where no job of this call is known to run, the platform is asked for others.
        chosen = self._choose(launches, claims, judged)
        if not self._is_retry or (chosen.found is not None and chosen.found.digest == self.identity.digest):
            return chosen
        listed = self._unrecorded(claims)
        by_id = {launch.found.ref.id: launch for launch in launches}
        merged = [by_id.pop(launch.found.ref.id, launch) for launch in listed]
        return self._choose([*merged, *by_id.values()], claims, judged)

    def _choose(self, launches: Sequence[EarlierLaunch], claims: Claims, judged: set[str]) -> Choice:
        return choose(
            launches,
            self.identity,
            self._state_of,
            lambda found: self.platform.describe(found.ref),
            taken=claims.job_ids,
            judged=judged,
        )

    def _state_of(self, found: Found[Any]) -> Seen | None:
        try:
            seen: Seen | None = self._patiently(lambda: self.platform.look([found.ref], {}).get(found.ref.id))
        except RefusedError as e:
            if not e.is_final:
                raise
            return None  # Platforms forget jobs that have ended long ago.
        return seen

    def _recorded(self) -> Iterator[EarlierLaunch]:
        """The launches that have a handle, the newest first, each once."""
        seen: set[str] = set()
        for handle in LaunchHandles(self.context).all():
            call_number = self._call_number(handle.client_name)
            if call_number is None or handle.external_run_id in seen:
                continue
            seen.add(handle.external_run_id)
            kept: Mapping[str, Any] = handle.extras
            found = Found(self.platform.from_handle(kept["job"]), **{name: kept[name] for name in _KEPT})
            yield EarlierLaunch(found, call_number)

    def _call_number(self, client_name: str) -> int | None:
        """The inverse of `_client_name`; `None` for another client."""
        name, _, number = client_name.partition("/")
        return int(number or 0) if name == self.platform.client_name and (number or "0").isdigit() else None

    def _handle(self, found: Found[Any]) -> LaunchHandle:
        extras = {
            "job": dict(self.platform.to_handle(found.ref)),
            **{name: getattr(found, name) for name in _KEPT},
            "context_params": _place_of_context(found.context_params),
        }
        return LaunchHandle(self._client_name, found.ref.id, self.platform.url(found.ref), extras)

    def _unrecorded(self, claims: Claims) -> list[EarlierLaunch]:
        """The launches that the platform lists by their marks, the newest first."""
        wanted = [replace(self.identity, run_id=run.run_id) for run in LaunchHandles(self.context).runs()]
        spelled = {self._of_any_call(self.platform.spelled(identity)): identity for identity in wanted}
        try:
            launches = self._patiently(lambda: listed_launches(self.platform))
        except RefusedError as e:
            self.context.log.warning(
                f"[pipes] {self.platform.name} does not let launches be listed: a job of an earlier attempt that could not be"
                f" written down would be restarted. {e}"
            )
            return []
        found = []
        for listed in launches:
            mark = listed.mark
            identity = spelled.get(self._of_any_call(mark))
            if identity is None or self._is_of_this_attempt(identity, mark, claims):
                continue
            identity = replace(
                identity, retry_number=mark.retry_number, call_number=mark.call_number, digest=mark.digest
            )
            taken = self._patiently(lambda: self.platform.take_up(listed, identity))  # noqa: B023  # It is called at once.
            # One without parameters was not told of a session, and nobody could read what it reports.
            if taken is not None and taken.messages_params:
                found.append(EarlierLaunch(taken, mark.call_number))
        return found

    def _is_of_this_attempt(self, identity: LaunchIdentity, mark: LaunchIdentity, claims: Claims) -> bool:
        if identity.run_id != self.identity.run_id or mark.retry_number != self.identity.retry_number:
            return False
        return mark.call_number in claims.started

    @property
    def _claims(self) -> Claims:
        return Claims.of(self.context.get_step_execution_context())

    @staticmethod
    def _of_any_call(identity: LaunchIdentity) -> tuple[str, str]:
        return identity.run_id, identity.step_key

    def _patiently(self, ask: Callable[[], T]) -> T:
        """An answer of the platform, also if it does not give it at once.

        Raises:
            PassingFaultError: it has not answered for too long.
        """
        for _ in range(self.patience.start_looks - 1):
            try:
                return ask()
            except PassingFaultError:
                self.patience.pause(self.patience.start_pause_seconds)
        return ask()

    @property
    def _is_retry(self) -> bool:
        """Whether there was an earlier attempt of this step that may have started something."""
        return self.identity.retry_number > 0 or is_from_failure(self.context.run) or self._is_resumed

    @property
    def _is_resumed(self) -> bool:
        """Whether this step has started in this run before: Dagster's run monitoring has resumed the run."""
        started = self.context.instance.all_logs(self.context.run.run_id, of_type=DagsterEventType.STEP_START)
        return len([entry for entry in started if entry.step_key == self.identity.step_key]) > 1

    def _ended(self) -> set[str]:
        """The jobs that were judged in this run, or in those that it retries."""
        ended: set[str] = set()
        for run in LaunchHandles(self.context).runs():
            for entry in self.context.instance.all_logs(run.run_id, of_type=DagsterEventType.ENGINE_EVENT):
                metadata = entry.dagster_event.engine_event_data.metadata if entry.dagster_event else {}
                if _ENDED_KEY in metadata:
                    ended.add(str(metadata[_ENDED_KEY].value))
        return ended

    @property
    def _client_name(self) -> str:
        name, call_number = self.platform.client_name, self.identity.call_number
        return name if call_number == 0 else f"{name}/{call_number}"


def _place_of_context(params: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters without a context that is among them: the event log is no place for extras."""
    return {name: value for name, value in params.items() if name != PipesDefaultContextLoader.DIRECT_KEY}
