"""The handle of a launched job, in the event log. A later attempt of the Dagster step finds the job by it.

From 1.13.21 on Dagster has such handles. For an older Dagster, our own engine event holds the handle.
"""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from dagster import AssetExecutionContext, DagsterEventType, DagsterRun, MetadataValue, OpExecutionContext

from dagster_pipes_jvm._dagster import (
    ASSET_RESUME_RETRY_TAG,
    RESUME_RETRY_TAG,
    EngineEventData,
    launch_handle_in,
    launch_handles,
)

_HANDLE_KEY = "dagster_pipes_jvm/launch_handle"
_URL_KEY = "external run url"

Context = OpExecutionContext | AssetExecutionContext


@dataclass(frozen=True)
class LaunchHandle:
    """One launched job.

    Args:
        client_name: the name of the client that launched it, by which `find` finds the handle.
        external_run_id: the id that its platform gave it.
        external_run_url: its page, or `None`.
        extras: JSON-serializable values that the client needs to reattach.
    """

    client_name: str
    external_run_id: str
    external_run_url: str | None
    extras: Mapping[str, Any]


class LaunchHandles:
    """The handles of one Dagster step, in the event log. Threads: any.

    Args:
        context: the context of the step's attempt.
        dagster: Dagster's module of launch handles, or `None` for our own engine events.
    """

    def __init__(self, context: Context, dagster: ModuleType | None = launch_handles) -> None:
        self._context = context
        self._dagster = dagster

    def record(self, handle: LaunchHandle) -> None:
        """Write the handle of a job that this attempt launched."""
        if self._dagster is None:
            self._report(handle, "Launched")
            return
        self._dagster.record_external_launch(
            self._context,
            client_name=handle.client_name,
            external_run_id=handle.external_run_id,
            external_run_url=handle.external_run_url,
            extras=handle.extras,
        )

    def record_reattach(self, handle: LaunchHandle) -> None:
        """Write that this attempt continues a job of an earlier attempt, which may not have written its handle."""
        is_known = any(known.external_run_id == handle.external_run_id for known in self.all())
        if not is_known:
            self.record(handle)
        elif self._dagster is None:
            self._report(handle, "Reattached to")
        else:
            # The earlier call may have had another number, and so another name.
            own = self._dagster.PipesLaunchHandle(
                client_name=handle.client_name,
                external_run_id=handle.external_run_id,
                step_key=self._step_key,
                retry_number=self._context.retry_number,
                launched_at=time.time(),
                external_run_url=handle.external_run_url,
                extras=dict(handle.extras),
            )
            self._dagster.record_external_reattach(self._context, own)

    def all(self) -> Iterator[LaunchHandle]:
        """The handles of this Dagster step, in this run and in the runs that it retries, the newest first."""
        for run in self.runs():
            entries = self._context.instance.all_logs(run.run_id, of_type=DagsterEventType.ENGINE_EVENT)
            for entry in reversed(entries):
                if entry.step_key != self._step_key or entry.dagster_event is None:
                    continue
                handle = self._in(entry.dagster_event.engine_event_data.metadata)
                if handle is not None:
                    yield handle

    def runs(self) -> Iterator[DagsterRun]:
        """This run, and the earlier runs that it retries from the failure, the newest first."""
        run: DagsterRun | None = self._context.run
        seen: set[str] = set()
        while run is not None and run.run_id not in seen:
            seen.add(run.run_id)
            yield run
            parent_id = run.parent_run_id if is_from_failure(run) else None
            run = self._context.instance.get_run_by_id(parent_id) if parent_id else None

    def _in(self, metadata: Mapping[str, Any]) -> LaunchHandle | None:
        if self._dagster is not None:
            found = launch_handle_in(metadata, self._dagster)
            if found is None or found.step_key != self._step_key:
                return None
            return LaunchHandle(found.client_name, found.external_run_id, found.external_run_url, dict(found.extras))
        if _HANDLE_KEY not in metadata:
            return None
        return LaunchHandle(**json.loads(str(metadata[_HANDLE_KEY].value)))

    def _report(self, handle: LaunchHandle, what: str) -> None:
        metadata: dict[str, MetadataValue[Any]] = {_HANDLE_KEY: MetadataValue.text(json.dumps(vars(handle)))}
        if handle.external_run_url:
            metadata[_URL_KEY] = MetadataValue.url(handle.external_run_url)
        self._context.instance.report_engine_event(
            f"[pipes] {what} external run {handle.external_run_id} via {handle.client_name}.",
            dagster_run=self._context.run,
            engine_event_data=EngineEventData(metadata=metadata),
            step_key=self._step_key,
        )

    @property
    def _step_key(self) -> str:
        return self._context.get_step_execution_context().step.key


def is_from_failure(run: DagsterRun) -> bool:
    """Whether a run retries an earlier run from its failure, and not from the beginning."""
    return "true" in (run.tags.get(RESUME_RETRY_TAG), run.tags.get(ASSET_RESUME_RETRY_TAG))
