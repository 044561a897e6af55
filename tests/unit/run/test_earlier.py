"""Each call of a client continues with its own earlier job, in whatever order the calls come."""

from typing import Any

import pytest

from dagster_pipes_jvm.run.earlier import Choice, EarlierLaunch, choose
from dagster_pipes_jvm.run.identity import LaunchIdentity
from dagster_pipes_jvm.run.jobs import Found, JobRef, Seen

STATES = {
    "runs": Seen(state="RUNNING"),
    "completed": Seen(state="COMPLETED", is_over=True, is_success=True),
    "failed": Seen(state="FAILED", is_over=True),
    "lost": Seen(state="RUNNING", lost="its cluster has ended"),
    "forgotten": None,
}


def chosen(call: tuple[int, str], *launches: str, taken: tuple[str, ...] = (), judged: tuple[str, ...] = ()) -> Choice:
    """The choice of a call with this number and digest.

    Args:
        call: number and digest.
        launches: "ID CALL_NUMBER DIGEST STATE", the newest first; the digest `-` is an unknown one.
        taken: see `choose`.
        judged: see `choose`.
    """
    parts = [launch.split() for launch in launches]
    states = {job_id: STATES[state] for job_id, _, _, state in parts}
    found = [
        EarlierLaunch(Found(JobRef(job_id, "here"), digest=digest.strip("-")), int(number))
        for job_id, number, digest, _ in parts
    ]

    def state_of(one: Found[Any]) -> Seen | None:
        return states[one.ref.id]

    identity = LaunchIdentity("run", "step", 1, *call)
    return choose(found, identity, state_of, lambda one: f"job {one.ref.id}", taken=taken, judged=judged)


def chosen_id(*given: Any, **more: Any) -> str | None:
    found = chosen(*given, **more).found
    return None if found is None else found.ref.id


def test_a_job_with_the_digest_of_the_call_is_its_job_in_any_order_of_the_calls() -> None:
    launches = ("s-1 0 aa runs", "s-2 1 bb runs")
    assert chosen_id((0, "bb"), *launches) == "s-2"
    assert chosen_id((1, "aa"), *launches) == "s-1"
    assert chosen((1, "aa"), *launches).warning == ""


@pytest.mark.parametrize(("state", "expected"), [("runs", "s-1"), ("completed", "s-1"), ("failed", None)])
def test_a_job_that_failed_is_started_anew_and_one_that_completed_is_not(state: str, expected: str | None) -> None:
    assert chosen_id((0, "aa"), f"s-1 0 aa {state}") == expected


@pytest.mark.parametrize("state", ["lost", "forgotten"])
def test_a_job_that_its_platform_does_not_show_is_not_chosen(state: str) -> None:
    assert chosen_id((0, "aa"), f"s-1 0 aa {state}") is None


def test_a_job_that_was_superseded_by_one_that_failed_is_not_chosen() -> None:
    assert chosen_id((0, "aa"), "s-2 0 aa failed", "s-1 0 aa completed") is None
    assert chosen_id((0, "aa"), "s-2 0 aa completed", "s-1 0 aa failed") == "s-2"
    # Two jobs at once would be worse than a result of the older one.
    assert chosen_id((0, "aa"), "s-2 0 aa failed", "s-1 0 aa runs") == "s-1"


def test_calls_with_the_same_job_get_one_each_and_their_own_first() -> None:
    launches = ("s-1 0 aa runs", "s-2 1 aa runs")
    assert chosen_id((1, "aa"), *launches) == "s-2"
    assert chosen_id((1, "aa"), *launches, taken=("s-2",)) == "s-1"
    assert chosen_id((1, "aa"), *launches, taken=("s-1", "s-2")) is None
    assert chosen_id((1, "aa"), *launches, judged=("s-2",)) == "s-1"


def test_the_only_call_continues_with_another_job_that_runs_and_says_so() -> None:
    choice = chosen((0, "bb"), "s-1 0 aa runs")
    assert choice.found is not None
    assert choice.warning == (
        "job s-1 was started with another application, other args, conf or extras than this attempt has; its reports are"
        " those of the earlier attempt."
    )


def test_another_job_that_has_completed_is_left_and_named() -> None:
    choice = chosen((0, "bb"), "s-1 0 aa completed")
    assert choice.found is None
    assert choice.warning.startswith("job s-1, which has completed, was started with another application")
    assert choice.warning.endswith("This attempt starts its own job.")


@pytest.mark.parametrize("second", ["runs", "completed", "failed"])
def test_a_changed_job_among_several_calls_takes_none_of_theirs(second: str) -> None:
    choice = chosen((0, "cc"), "s-1 0 aa runs", f"s-2 1 bb {second}")
    assert choice.found is None
    assert choice.warning.startswith("job s-1, which still runs, was started with another application")
    # Also if the job of the other call was judged before.
    assert chosen_id((0, "cc"), "s-1 0 aa runs", "s-2 1 bb runs", judged=("s-2",)) is None


def test_a_job_of_unknown_digest_is_that_of_the_call_with_its_number() -> None:
    assert chosen_id((0, "aa"), "s-1 0 - runs", "s-2 1 - runs") == "s-1"
    assert chosen_id((1, "aa"), "s-1 0 - runs", "s-2 1 - runs") == "s-2"
