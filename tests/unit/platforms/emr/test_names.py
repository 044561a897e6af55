from dataclasses import replace
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from dagster_pipes_jvm.platforms.emr.names import Launch, find_launch, is_launch_of, launch_name, split_launch_name
from dagster_pipes_jvm.platforms.emr.requests import REFUSED_CHARACTER

_short = st.from_regex(r"[a-z0-9_\[\].-]{1,64}", fullmatch=True)
_any = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300)
_numbers = st.integers(0, 99)
launches = st.builds(Launch, _short | _any, _short | _any, _numbers, _numbers)


@given(_any, launches)
def test_a_name_that_carries_any_launch_is_one_that_aws_takes_and_is_found_again(name: str, launch: Launch) -> None:
    named = launch_name(name, launch)
    assert len(named) <= 256
    assert not REFUSED_CHARACTER.search(named)
    base, found = split_launch_name(named)
    assert found is not None
    assert found.marker == launch.marker
    assert base == named.removesuffix(launch.marker)
    assert find_launch([{"Name": name}, {"Name": named}], launch) == [{"Name": named}]


@given(_short, st.builds(Launch, _short, _short, _numbers, _numbers))
def test_what_is_short_enough_comes_back_as_it_was(name: str, launch: Launch) -> None:
    assert split_launch_name(launch_name(name, launch)) == (name, launch)


@given(launches, launches)
def test_two_launches_never_share_a_name_or_a_tag_of_yarn(one: Launch, other: Launch) -> None:
    same = one == other
    assert (one.yarn_tag == other.yarn_tag) == same
    if not same:
        assert one.marker != other.marker
    assert len(one.yarn_tag) <= 100
    assert one.yarn_tag == one.yarn_tag.lower()
    assert one.yarn_tag.isascii()


def test_names_of_others_have_no_launch() -> None:
    for name in ("nightly", "", "nightly [dagster a b]", "nightly [dagster a b 0.0] again"):
        assert split_launch_name(name) == (name, None)


def test_retries_second_calls_and_long_step_keys_are_told_apart() -> None:
    run_id, key = str(uuid4()), "a" * 200
    launches = [Launch(run_id, key), Launch(run_id, key, 1), Launch(run_id, key, 0, 1), Launch(run_id, key + "b")]
    steps = [{"Id": f"s-{i}", "Name": launch_name("nightly", launch)} for i, launch in enumerate(launches)]
    assert [find_launch(steps, launch)[0]["Id"] for launch in launches] == ["s-0", "s-1", "s-2", "s-3"]
    assert all(len(find_launch(steps, launch)) == 1 for launch in launches)


def test_a_cluster_carries_run_and_step_as_tags() -> None:
    launch = Launch("3f1c", "orders" * 60)
    assert launch.emr_tags == [
        {"Key": "dagster/run_id", "Value": "3f1c"},
        {"Key": "dagster/step_key", "Value": ("orders" * 60)[:256]},
        {"Key": "dagster-pipes-jvm/launch", "Value": launch.yarn_tag},
    ]


@given(_any, launches, launches, _numbers)
def test_a_launch_is_told_from_others_in_whichever_retry(name: str, one: Launch, other: Launch, retry: int) -> None:
    named = launch_name(name, one)
    assert is_launch_of(named, replace(one, retry_number=retry))
    is_same = replace(other, retry_number=retry).marker == replace(one, retry_number=retry).marker
    assert is_launch_of(named, other) == is_same
    assert not is_launch_of(named, replace(one, call_number=one.call_number + 1))
    assert not is_launch_of(name, one) or split_launch_name(name)[1] is not None
