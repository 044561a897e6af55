"""Materializing an asset and reading back what Dagster's event log has of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import dagster as dg
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.events import DagsterEventType
from dagster._core.events.log import EventLogEntry
from dagster._core.execution.api import execute_run

Body = Callable[[dg.AssetExecutionContext], Any]


@dataclass
class Finished:
    """One finished run, as its event log has it."""

    success: bool
    entries: list[EventLogEntry]

    @property
    def logs(self) -> list[tuple[int, str]]:
        """Level and text of every log message, in order."""
        return [(e.level, e.user_message) for e in self.entries if e.dagster_event is None]

    def events(self, event_type: DagsterEventType) -> list[Any]:
        """The events of one type, in order."""
        return [
            e.dagster_event
            for e in self.entries
            if e.dagster_event is not None and e.dagster_event.event_type == event_type
        ]

    @property
    def materializations(self) -> list[dg.AssetMaterialization]:
        """What was materialized."""
        found = self.events(DagsterEventType.ASSET_MATERIALIZATION)
        return [event.step_materialization_data.materialization for event in found]

    @property
    def metadata(self) -> Mapping[str, Any]:
        """The metadata of the only materialization, as plain values."""
        (materialization,) = self.materializations
        return {key: getattr(value, "value", value) for key, value in materialization.metadata.items()}

    @property
    def checks(self) -> list[Any]:
        """The evaluations of asset checks."""
        return [e.asset_check_evaluation_data for e in self.events(DagsterEventType.ASSET_CHECK_EVALUATION)]

    @property
    def engine_errors(self) -> list[Any]:
        """The errors of engine events, among them a job's closing exception."""
        data = [e.engine_event_data for e in self.events(DagsterEventType.ENGINE_EVENT)]
        return [d.error for d in data if d.error is not None]

    @property
    def failure(self) -> str:
        """The whole message of the step's failure: the user's error, where there is one."""
        (event,) = self.events(DagsterEventType.STEP_FAILURE)
        error = event.step_failure_data.error
        return (error.cause or error).message


def warnings_of(run: Finished) -> list[str]:
    """The warnings of a run, in order."""
    return [text for level, text in run.logs if level == 30]


class DagsterRuns:
    """Runs assets in one instance."""

    def __init__(self, instance: dg.DagsterInstance) -> None:
        self.instance = instance

    def materialize(self, *assets: dg.AssetsDefinition, **resources: Any) -> Finished:
        """Materialize the assets in one run; a failure is on the result, never raised."""
        result = dg.materialize(list(assets), instance=self.instance, resources=resources, raise_on_error=False)
        return Finished(result.success, [*self.instance.all_logs(result.run_id)])

    def run_body(self, body: Body, *, checks: tuple[str, ...] = ()) -> Finished:
        """Materialize one asset, `probe`, whose body is the given function; it reports the named checks."""

        @dg.asset(name="probe", check_specs=[dg.AssetCheckSpec(name, asset="probe") for name in checks])
        def probe(context: dg.AssetExecutionContext):  # type: ignore[no-untyped-def]  # checks need more than one output
            return body(context) or dg.MaterializeResult()

        return self.materialize(probe)

    def retry(self, job: dg.JobDefinition) -> Finished:
        """Run the only earlier run again from its failure, in this process, as the web UI does."""
        (first,) = self.instance.get_runs()
        again = self.instance.create_run_for_job(
            job,
            parent_run_id=first.run_id,
            root_run_id=first.run_id,
            tags={
                "dagster/is_resume_retry": "true",
                "dagster/parent_run_id": first.run_id,
                "dagster/root_run_id": first.run_id,
            },
        )
        result = execute_run(InMemoryJob(job), again, self.instance)
        return Finished(result.success, [*self.instance.all_logs(again.run_id)])
