import pytest

from dagster_pipes_jvm.errors import InvalidParameterError, PassingFaultError, sentence
from dagster_pipes_jvm.texts import PAGE_URL


@pytest.mark.parametrize(
    ("text", "ended"),
    [("no such host", "no such host."), ("Access Denied.", "Access Denied."), ("Who?", "Who?"), ("", ".")],
)
def test_a_sentence_ends_with_one_full_stop(text: str, ended: str) -> None:
    assert sentence(text) == ended


def test_an_invalid_parameter_is_said_in_one_order_and_with_one_full_stop_after_what_came() -> None:
    error = InvalidParameterError(
        parameter="uri", call="Reader", expected="a URI", got="'x' (Unknown.", remedy="Name one.", anchor="stores"
    )
    assert error.parameter == "uri"
    assert str(error) == (
        "Invalid value for parameter `uri` of `Reader`. Expected a URI, got 'x' (Unknown. Name one. See"
        f" {PAGE_URL}#stores"
    )


def test_a_passing_fault_names_the_exception_of_another_library() -> None:
    assert str(PassingFaultError.of(TimeoutError("after 5 s"))) == "TimeoutError: after 5 s"
