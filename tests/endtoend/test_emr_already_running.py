"""Two steps on EMR that make one asset at once: the later one names the other while it runs, or does not start."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import dagster as dg
import pytest

from dagster_pipes_jvm import InvalidParameterError
from dagster_pipes_jvm.texts import PAGE_URL
from tests.support.dagster_runs import Finished, warnings_of
from tests.support.emr import Cluster, until_true
from tests.support.emr_client import OnEMR, job_flow

COLOURS = dg.StaticPartitionsDefinition(["red", "green", "blue", "grey"])
MAKES_THE_SAME = "makes the same asset and partitions now"


def asset(name: str, body: Callable[[Any], Any], partitions: Any = None) -> dg.AssetsDefinition:
    @dg.asset(name=name, partitions_def=partitions, backfill_policy=dg.BackfillPolicy.single_run())
    def probe(context: dg.AssetExecutionContext) -> Any:
        return body(context)

    return probe


class Places:
    """A cluster for two steps at once, and runs of an asset there."""

    def __init__(self, on_emr: OnEMR, cluster: Cluster, gate: Any) -> None:
        self.on_emr = on_emr
        self.cluster = cluster
        self.gate = gate

    def run(self, name: str = "probe", tags: dict[str, str] | None = None, waits: bool = False, **given: Any) -> Any:
        """A finished run, as its event log has it."""
        arguments = ("report", str(self.gate)) if waits else ("report",)
        client = self.on_emr.client(**({"cluster_id": self.cluster.id} if "job_flow" not in given else {}), **given)
        job = self.on_emr.job(*arguments)
        probe = asset(
            name,
            lambda context: client.run(context=context, job=job).get_materialize_result(),
            COLOURS if tags else None,
        )
        instance = self.on_emr.runs.instance
        # In the thread's process, whose output Dagster redirects in one run at a time.
        result = dg.materialize([probe], instance=instance, tags=tags or {}, raise_on_error=False)
        return Finished(result.success, [*instance.all_logs(result.run_id)])

    @contextmanager
    def other(self, **given: Any) -> Iterator[str]:
        """A run whose step waits in the meantime; gives the id of the run."""
        thread = threading.Thread(target=lambda: self.run(waits=True, **given))
        thread.start()
        self.on_emr.when_logged("waiting", lambda: None).join()
        (run,) = self.on_emr.runs.instance.get_runs()
        try:
            yield run.run_id
        finally:
            self.gate.touch()
            thread.join()


@pytest.fixture
def places(on_emr: OnEMR, tmp_path: Any) -> Iterator[Places]:
    wide = Cluster(on_emr.emr, keep_alive=True, StepConcurrencyLevel=3)
    yield Places(on_emr, wide, tmp_path / "gate")
    wide.client.terminate_job_flows(JobFlowIds=[wide.id])


def said(run: Finished) -> list[str]:
    return [text for text in warnings_of(run) if MAKES_THE_SAME in text]


def test_the_later_step_names_the_other_or_does_not_start(places: Places) -> None:
    with places.other() as run_id:
        (step,) = places.on_emr.steps(places.cluster.id)
        warned = places.run()
        assert warned.success, warned.failure
        (text,) = said(warned)
        assert text.startswith(
            f"[pipes] EMR step {step['Id']} on cluster {places.cluster.id}, of the Dagster run {run_id}, "
        )
        refused = places.run(when_already_running="refuse")
        assert not refused.success
        assert MAKES_THE_SAME in refused.failure
        assert refused.failure.strip().endswith(f"Nothing was started. See {PAGE_URL}#already-running")
        assert len(places.on_emr.steps(places.cluster.id)) == 2
        assert said(places.run("another")) == []
        assert said(places.run(when_already_running="ignore")) == []
    alone = places.run(when_already_running="refuse")
    assert alone.success, alone.failure


def span(start: str, end: str) -> dict[str, str]:
    return {"dagster/asset_partition_range_start": start, "dagster/asset_partition_range_end": end}


@pytest.mark.matrix
def test_only_steps_of_the_same_partitions_are_named(places: Places) -> None:
    with places.other(tags=span("green", "blue")):
        assert said(places.run(tags={"dagster/partition": "red"})) == []
        assert said(places.run(tags={"dagster/partition": "grey"})) == []
        for tags in ({"dagster/partition": "blue"}, span("blue", "grey"), span("red", "grey")):
            assert len(said(places.run(tags=tags))) == 1, tags


@pytest.mark.matrix
def test_a_cluster_of_its_own_is_found_as_well(places: Places) -> None:
    with places.other(job_flow=job_flow()):
        until_true(lambda: any("[pipes] started EMR step" in text for text in places.on_emr.logged()))
        (text,) = said(places.run(job_flow=job_flow()))
        assert text.startswith("[pipes] EMR cluster j-")


def test_another_word_is_refused(on_emr: OnEMR) -> None:
    with pytest.raises(InvalidParameterError, match="when_already_running"):
        on_emr.client(when_already_running="never")
