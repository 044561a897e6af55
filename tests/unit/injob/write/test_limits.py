"""The chunk writers of both languages have the same values. `WriterConstantsSuite` of the JVM reads the same file."""

import json

from dagster_pipes_jvm import wire
from dagster_pipes_jvm.injob.write import limits
from dagster_pipes_jvm.read.messages.faults import FaultPatience
from tests.unit.test_golden import GOLDEN

# The JVM also uses the local disk, and its S3 client has other timeouts.
PYTHONS_OWN = {"BUFFER_BYTES", "REQUEST_TIMEOUT_MILLIS", "REQUEST_ATTEMPTS"}


def test_limits_intervals_and_timeouts_are_those_of_the_golden_file() -> None:
    golden = json.loads((GOLDEN / "writer_constants.json").read_text(encoding="utf-8"))
    ours = {name: value for name, value in vars(limits).items() if name.isupper() and name not in PYTHONS_OWN}
    ours |= {"MAX_CONTEXT_BYTES": wire.MAX_CONTEXT_BYTES, "MAX_REPORT_LEVELS": wire.MAX_REPORT_LEVELS}
    assert {name.lower(): sorted(v) if isinstance(v, frozenset) else v for name, v in ours.items()} == golden


def test_readers_have_the_patience_of_writers_with_refusals_at_the_end() -> None:
    assert FaultPatience().refused_limit_seconds * 1000 == limits.REFUSED_AT_CLOSE_MILLIS
