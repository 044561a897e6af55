from dagster_pipes_jvm.injob.write.channel import _Pauses


def test_pauses_double_up_to_five_seconds_and_to_one_while_the_session_closes() -> None:
    pauses = _Pauses()
    grown = [pauses.next_seconds(closing=False) for _ in range(30)]
    assert 0.1 <= grown[0] <= 0.2
    assert all(2.5 <= seconds <= 5 for seconds in grown[10:])
    # An outage that ends two seconds before the close gives up would else be slept through, and everything be lost to stderr.
    assert all(0.5 <= pauses.next_seconds(closing=True) <= 1 for _ in range(30))
