from dataclasses import replace
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from dagster_pipes_jvm.platforms.emr.names import emr_tags, launch_name, marker, spelled, split_launch_name
from dagster_pipes_jvm.platforms.emr.requests import REFUSED_CHARACTER
from dagster_pipes_jvm.run.identity import LaunchIdentity

_short = st.from_regex(r"[a-z0-9_\[\].-]{1,64}", fullmatch=True)
_any = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300)
_numbers = st.integers(0, 99)
_digests = st.sampled_from(["", "0123abcd"])
launches = st.builds(LaunchIdentity, _short | _any, _short | _any, _numbers, _numbers, _digests)


@given(_any, launches)
def test_a_name_that_carries_any_launch_is_one_that_aws_takes_and_is_found_again(
    name: str, launch: LaunchIdentity
) -> None:
    named = launch_name(name, launch)
    assert len(named) <= 256
    assert not REFUSED_CHARACTER.search(named)
    base, found = split_launch_name(named)
    assert found == spelled(launch)
    assert base == named.removesuffix(marker(launch))


@given(_short, st.builds(LaunchIdentity, _short, _short, _numbers, _numbers, _digests))
def test_what_is_short_enough_comes_back_as_it_was(name: str, launch: LaunchIdentity) -> None:
    assert split_launch_name(launch_name(name, launch)) == (name, launch)


@given(launches, launches)
def test_two_launches_never_share_a_name(one: LaunchIdentity, other: LaunchIdentity) -> None:
    assert (marker(one) == marker(other)) == (one == other)


def test_names_of_others_have_no_launch() -> None:
    for name in ("nightly", "", "nightly [dagster a b]", "nightly [dagster a b 0.0] again"):
        assert split_launch_name(name) == (name, None)


def test_retries_second_calls_and_long_step_keys_are_told_apart() -> None:
    run_id, key = str(uuid4()), "a" * 200
    identities = [
        LaunchIdentity(run_id, key),
        LaunchIdentity(run_id, key, 1),
        LaunchIdentity(run_id, key, 0, 1),
        LaunchIdentity(run_id, key + "b"),
    ]
    found = [split_launch_name(launch_name("nightly", identity))[1] for identity in identities]
    assert found == [spelled(identity) for identity in identities]
    assert len(set(found)) == 4


def test_a_name_without_a_digest_is_read_as_well() -> None:
    launch = LaunchIdentity("3f1c", "orders")
    assert launch_name("nightly", launch) == "nightly [dagster 3f1c orders 0.0]"
    assert launch_name("nightly", replace(launch, digest="0a1b")) == "nightly [dagster 3f1c orders 0.0 0a1b]"


def test_a_cluster_carries_run_and_step_as_tags() -> None:
    launch = LaunchIdentity("3f1c", "orders" * 60)
    assert emr_tags(launch) == [
        {"Key": "dagster/run_id", "Value": "3f1c"},
        {"Key": "dagster/step_key", "Value": ("orders" * 60)[:256]},
        {"Key": "dagster-pipes-jvm/launch", "Value": launch.tag},
    ]
