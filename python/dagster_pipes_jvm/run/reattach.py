"""Launches in the event log, where a retry finds the job of the earlier attempt.

A launch handle in the event log is found by a step retry, a resumed run and a run that is retried from its failure. If
a process died between the start of a job and its handle, the job is found by its mark on the platform.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from dagster import DagsterEventType, DagsterRun, MetadataValue
from dagster_pipes import PipesDefaultContextLoader

from dagster_pipes_jvm._dagster import EngineEventData
from dagster_pipes_jvm.run.identity import Context, LaunchIdentity
from dagster_pipes_jvm.run.jobs import Found, JobRef, RefusedError
from dagster_pipes_jvm.run.launch_handles import LaunchHandle, LaunchHandles, is_from_failure, retried_runs
from dagster_pipes_jvm.run.lookups import listed_launches
from dagster_pipes_jvm.run.port import AnyPlatform

_ENDED_KEY = "dagster_pipes_jvm/ended_job"
# The fields of a `Found` in a handle, besides the job.
_KEPT = ("messages_params", "context_params", "digest", "single_attempt")


@dataclass(frozen=True)
class LaunchBook:
    """The launches of one call of a client, in the event log.

    Args:
        context: the step's context.
        platform: the place that runs them.
        identity: the call.
    """

    context: Context
    platform: AnyPlatform
    identity: LaunchIdentity

    @property
    def is_kept(self) -> bool:
        """Whether launches are written down: if a later attempt can continue with a job of the platform.

        A direct call of an asset has neither an event log nor a later attempt.
        """
        return self.platform.can_go_on and not self.identity.is_direct

    def record_launch(self, found: Found[Any]) -> None:
        """Write down the facts that a later attempt of the step needs, with the link to the job."""
        if self.is_kept:
            LaunchHandles(self.context).record(self._handle(found))

    def record_reattach(self, found: Found[Any]) -> None:
        """Write down that this attempt continues with the job of an earlier one."""
        LaunchHandles(self.context).record_reattach(self._handle(found))

    def record_end(self, ref: JobRef, state: str) -> None:
        """Write down that a job has ended and was judged. A retry then starts a new job."""
        if not self.is_kept:
            return
        self.context.instance.report_engine_event(
            f"[pipes] {self.platform.describe(ref)} has ended as {state}, and what it reported is here.",
            dagster_run=self.context.run,
            engine_event_data=EngineEventData(metadata={_ENDED_KEY: MetadataValue.text(ref.id)}),
            step_key=self.identity.step_key,
        )

    def find_earlier(self) -> Found[Any] | None:
        """The job of an earlier attempt that still runs, or has ended well and was not judged.

        Raises:
            PassingFaultError: the platform does not answer.
            RefusedError: it refuses.
        """
        if not self.is_kept:
            return None
        ended = self._ended()
        found = self._recorded(ended) or self._unrecorded(ended)
        if found is None:
            return None
        try:
            seen = self.platform.look([found.ref], {}).get(found.ref.id)
        except RefusedError as e:
            if not e.is_final:
                raise
            return None  # Platforms forget what has ended long ago.
        return found if seen is not None and not seen.lost and (not seen.is_over or seen.is_success) else None

    def _recorded(self, ended: set[str]) -> Found[Any] | None:
        handle = LaunchHandles(self.context).find(self._client_name)
        if handle is None or handle.external_run_id in ended:
            return None
        kept: Mapping[str, Any] = handle.extras
        ref = self.platform.from_handle(kept["job"])
        return Found(ref, **{name: kept[name] for name in _KEPT})

    def _handle(self, found: Found[Any]) -> LaunchHandle:
        extras = {
            "job": dict(self.platform.to_handle(found.ref)),
            **{name: getattr(found, name) for name in _KEPT},
            "context_params": _place_of_context(found.context_params),
        }
        return LaunchHandle(self._client_name, found.ref.id, self.platform.url(found.ref), extras)

    def _unrecorded(self, ended: set[str]) -> Found[Any] | None:
        if not self._is_retry:
            return None
        wanted = [replace(self.identity, run_id=run.run_id) for run in retried_runs(self.context)]
        spelled = {self.platform.spelled(identity).of_any_retry: identity for identity in wanted}
        try:
            launches = listed_launches(self.platform)
        except RefusedError as e:
            self.context.log.warning(
                f"[pipes] {self.platform.name} does not let launches be listed: a job of an earlier attempt that could not be"
                f" written down would be restarted. {e}"
            )
            return None
        for listed in launches:
            identity = spelled.get(listed.mark.of_any_retry)
            if identity is None:
                continue
            identity = replace(identity, retry_number=listed.mark.retry_number, digest=listed.mark.digest)
            found = self.platform.take_up(listed, identity)
            # One without parameters was not told of a session, and nobody could read what it reports.
            if found is not None and found.messages_params and found.ref.id not in ended:
                return found
        return None

    @property
    def _is_retry(self) -> bool:
        """Whether there was an earlier attempt of this step that may have started something."""
        return self.identity.retry_number > 0 or is_from_failure(self.context.run)

    def _ended(self) -> set[str]:
        """The jobs that were judged in this run, or in those that it retries."""
        ended: set[str] = set()
        for run in _chain(self.context):
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


def _chain(context: Context) -> Iterator[DagsterRun]:
    run: DagsterRun | None = context.run
    seen: set[str] = set()
    while run is not None and run.run_id not in seen:
        seen.add(run.run_id)
        yield run
        run = context.instance.get_run_by_id(run.parent_run_id) if run.parent_run_id else None
