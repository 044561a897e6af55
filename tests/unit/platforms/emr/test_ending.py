"""A cancelled step whose application is to be killed: the log has the result of the step that kills."""

import dagster as dg
import pytest

from dagster_pipes_jvm import PipesJvmFileMessageReader
from dagster_pipes_jvm.platforms.emr.kill_step import kill_step
from dagster_pipes_jvm.platforms.emr.platform import EmrPlatform
from dagster_pipes_jvm.platforms.emr.states import EmrStep
from dagster_pipes_jvm.read.messages.handler import PipesJvmMessageHandler
from dagster_pipes_jvm.run.ending import JobEnding
from dagster_pipes_jvm.run.identity import LaunchIdentity
from dagster_pipes_jvm.run.patience import Patience
from dagster_pipes_jvm.run.reattach import LaunchBook
from tests.support.dagster_runs import DagsterRuns, Finished
from tests.support.emr_answers import ADDED, Refusal, ScriptedEMR, VirtualClock

STEP = EmrStep("s-1", "j-1", started_cluster=False, yarn_tag="tag", is_cluster_mode=True, log_uri=None)
KILLS = f"[pipes] EMR step {ADDED} kills what step s-1 has left on YARN."


def ended(
    runs: DagsterRuns, kill_states: dict[float, str | Refusal], cluster_ends_at: float = 1e9
) -> tuple[Finished, ScriptedEMR]:
    """A run that ends its step. The step that kills has these states from these virtual seconds on."""
    clock = VirtualClock()

    def state(step_id: str, seconds: float) -> str | Refusal:
        return [s for at, s in kill_states.items() if at <= seconds][-1] if step_id == ADDED else "CANCELLED"

    emr = ScriptedEMR(clock, state, lambda seconds: "TERMINATING" if seconds >= cluster_ends_at else "RUNNING")

    def body(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        handler = PipesJvmMessageHandler(context, PipesJvmFileMessageReader())
        book = LaunchBook(context, EmrPlatform(emr.client, None, None, {}), LaunchIdentity(context.run.run_id, "probe"))
        JobEnding(book, handler, STEP, None, Patience(clock=clock)).end("cancelled by hand")
        return dg.MaterializeResult()

    return runs.run_body(body), emr


def warnings(run: Finished) -> list[str]:
    return [text for _, text in run.logs if "an application may run on" in text]


def test_a_step_that_has_killed_the_application_is_waited_for(runs: DagsterRuns) -> None:
    run, emr = ended(runs, {0: "PENDING", 20: "RUNNING", 30: "COMPLETED"})
    assert run.success
    assert KILLS in [text for _, text in run.logs]
    assert warnings(run) == []
    ((_, added),) = emr.of("AddJobFlowSteps")
    assert added["Steps"] == [kill_step("s-1", "tag")]


@pytest.mark.parametrize(
    ("states", "last"),
    [
        ({0: "RUNNING", 9: "FAILED"}, "FAILED"),
        ({0: "PENDING"}, "PENDING"),
        ({0: "PENDING", 9: (400, "AccessDeniedException")}, "out of sight (An error occurred (AccessDeniedException)"),
    ],
)
def test_one_that_fails_or_does_not_get_its_turn_is_said_with_what_to_do(
    runs: DagsterRuns, states: dict[float, str | Refusal], last: str
) -> None:
    run, emr = ended(runs, states)
    assert run.success
    (warning,) = warnings(run)
    assert f"EMR step {ADDED}, which is to kill what step s-1 has left on YARN, is {last}" in warning
    assert "`yarn application -kill ID`" in warning
    assert emr.requests[-1][0] <= 70


@pytest.mark.parametrize("ends_at", [0, 5])
def test_on_a_cluster_that_ends_nothing_can_run_on_and_no_warning_says_so(runs: DagsterRuns, ends_at: float) -> None:
    run, emr = ended(runs, {0: "PENDING", 5: "CANCELLED"}, cluster_ends_at=ends_at)
    assert run.success
    assert [text for _, text in run.logs if "may run on" in text] == []
    assert len(emr.of("AddJobFlowSteps")) == (1 if ends_at else 0)
