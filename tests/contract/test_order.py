"""Two calls of a client at once in one step, whose process is lost: the retry's calls come in another order."""

from collections.abc import Callable, Sequence
from threading import Thread
from typing import Any

import dagster as dg
import pytest

from dagster_pipes_jvm import PipesSparkClient
from tests.contract.ground import Ground
from tests.contract.test_contract import texts
from tests.support.dagster_runs import DagsterRuns, Finished
from tests.support.emr import until_true


class Both:
    """An asset whose body makes two calls at once, in this order. Each gets the result of the job with its name."""

    def __init__(self, ground: Ground, runs: DagsterRuns, client: PipesSparkClient) -> None:
        self.ground = ground
        self.runs = runs
        self.client = client
        self.results: dict[str, Any] = {}

    def asset(self, names: Sequence[str], attached: Callable[[], None] = lambda: None) -> dg.AssetsDefinition:
        @dg.asset(name="probe")
        def probe(context: dg.AssetExecutionContext) -> Any:
            threads = []
            for number, name in enumerate(names, 1):
                thread = Thread(target=self._call, args=(context, name))
                thread.start()
                threads.append(thread)
                until_true(lambda: self._attached(context) >= number)  # noqa: B023  # It is called at once.
            attached()
            for thread in threads:
                thread.join()
            assert len(self.results) == len(names)
            return dg.MaterializeResult()

        return probe

    def _attached(self, context: dg.AssetExecutionContext) -> int:
        entries = context.instance.all_logs(context.run.run_id)
        # Also where the call continues with a job.
        return sum(entry.user_message.startswith("[pipes] started ") for entry in entries)

    def _call(self, context: dg.AssetExecutionContext, name: str) -> None:
        extras = {"name": name.rstrip("'"), "version": name}
        try:
            done = self.client.run(context=context, job=self.ground.job("waits"), extras=extras)
        except Exception:
            return  # The step fails, because a result is missing.
        metadata: Any = done.get_materialize_result().metadata
        self.results[name] = metadata["name"].value

    def retried(self, names: Sequence[str]) -> Finished:
        probe = self.asset(names, self.ground.open_gate)
        again = dg.define_asset_job("again", [probe], executor_def=dg.in_process_executor)
        return self.runs.retry(dg.Definitions(assets=[probe], jobs=[again]).resolve_job_def("again"))


@pytest.fixture
def left(ground: Ground, runs: DagsterRuns) -> Both:
    """Two jobs that run, and that nobody waits for any more."""
    ground.refuse("look")
    both = Both(ground, runs, ground.client(refused_limit_seconds=0.5))
    assert not runs.materialize(both.asset(["a", "b"])).success
    assert both.results == {}
    ground.refuse(None)
    both.client = ground.client()
    return both


@pytest.mark.needs("refuse", "continue")
def test_each_call_gets_the_result_of_its_own_job_in_another_order(left: Both) -> None:
    again = left.retried(["b", "a"])
    assert again.success, again.failure
    assert left.results == {"a": "a", "b": "b"}
    assert left.ground.started() == 2


@pytest.mark.needs("refuse", "continue")
def test_a_call_that_has_changed_takes_the_job_of_no_other_call(left: Both) -> None:
    again = left.retried(["b'", "a"])
    assert again.success, again.failure
    assert left.results == {"a": "a", "b'": "b"}
    # The changed call has started its own job.
    assert left.ground.started() == 3
    (said,) = [text for text in texts(again) if "was started with another application" in text]
    assert said.endswith("This attempt starts its own job.")
