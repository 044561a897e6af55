"""The time that listeners get between two writes."""

from typing import Any

_TIMEOUT_MILLIS = 120_000


def wait_for_listeners(spark: Any) -> None:
    """Wait until all listeners have seen all events.

    OpenLineage's agent asks Spark for the plan of an execution, and Spark forgets it at its end. Without the wait, a
    slow machine decides how many executions the agent misses.
    """
    spark._jsc.sc().listenerBus().waitUntilEmpty(_TIMEOUT_MILLIS)
