"""Names and tags by which a launch is found again: AddJobFlowSteps and RunJobFlow are not to be repeated blindly."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from dagster_pipes_jvm.platforms.emr.requests import REFUSED_CHARACTER

MAX_NAME_CHARACTERS = 256
"""Of a step's and a cluster's name (AWS's XmlStringMaxLen256)."""
MAX_TAG_CHARACTERS = 256
"""Of the value of an EMR tag; what is longer is cut, and found by the name."""

_RUN_ID_TAG = "dagster/run_id"
_STEP_KEY_TAG = "dagster/step_key"
_LAUNCH_TAG = "dagster-pipes-jvm/launch"

_MARKER = re.compile(r" \[dagster (\S+) (\S+) (\d+)\.(\d+)\]$")
_MAX_PART_CHARACTERS = 64
_DIGEST_CHARACTERS = 16


@dataclass(frozen=True)
class Launch:
    """What tells one launch from all others: two with the same facts are the same launch, asked for twice.

    Args:
        run_id: of the Dagster run.
        step_key: of the Dagster step.
        retry_number: how often Dagster has retried the step, from 0.
        call_number: which call of the client in the step, from 0.
    """

    run_id: str
    step_key: str
    retry_number: int = 0
    call_number: int = 0

    @property
    def marker(self) -> str:
        """The end of the names of what was launched: ` [dagster RUN_ID STEP_KEY RETRY.CALL]`, long parts shortened."""
        parts = f"{_short(self.run_id)} {_short(self.step_key)} {self.retry_number}.{self.call_number}"
        return f" [dagster {parts}]"

    @property
    def yarn_tag(self) -> str:
        """An entry of `spark.yarn.tags` that no other launch has: lower case ASCII, under YARN's 100 characters."""
        return f"dagster-pipes-{hashlib.sha256(repr(self).encode()).hexdigest()[:40]}"

    @property
    def emr_tags(self) -> list[dict[str, str]]:
        """Tags of a cluster, as RunJobFlow takes them."""
        values = {_RUN_ID_TAG: self.run_id, _STEP_KEY_TAG: self.step_key, _LAUNCH_TAG: self.yarn_tag}
        return [{"Key": key, "Value": value[:MAX_TAG_CHARACTERS]} for key, value in values.items()]


def launch_name(name: str, launch: Launch) -> str:
    """A name that carries the launch; the user's own is cut where both are longer than AWS takes."""
    base = REFUSED_CHARACTER.sub("?", name)[: MAX_NAME_CHARACTERS - len(launch.marker)]
    return base + launch.marker


def split_launch_name(name: str) -> tuple[str, Launch | None]:
    """The inverse: the user's own name, and the launch, whose parts are shortened as in the name; `None` for other names."""
    matched = _MARKER.search(name)
    if not matched:
        return name, None
    run_id, step_key, retry_number, call_number = matched.groups()
    return name[: matched.start()], Launch(run_id, step_key, int(retry_number), int(call_number))


def find_launch(summaries: Iterable[Mapping[str, Any]], launch: Launch) -> list[Mapping[str, Any]]:
    """Of the steps or clusters that EMR lists those that belong to the launch, in the order of the list (newest first).

    Args:
        summaries: items of `ListSteps.Steps` or `ListClusters.Clusters`.
        launch: the launch.
    """
    return [summary for summary in summaries if str(summary.get("Name", "")).endswith(launch.marker)]


def is_launch_of(name: str, launch: Launch) -> bool:
    """Whether a name carries the launch, in whichever retry of its Dagster step."""
    _, found = split_launch_name(name)
    return found is not None and (found.run_id, found.step_key, found.call_number) == (
        _short(launch.run_id),
        _short(launch.step_key),
        launch.call_number,
    )


def _short(part: str) -> str:
    part = re.sub(r"[^!-~]", lambda found: f"%{ord(found[0]):x}", part)
    if len(part) <= _MAX_PART_CHARACTERS:
        return part
    digest = hashlib.sha256(part.encode()).hexdigest()[:_DIGEST_CHARACTERS]
    return f"{part[: _MAX_PART_CHARACTERS - _DIGEST_CHARACTERS - 1]}~{digest}"
