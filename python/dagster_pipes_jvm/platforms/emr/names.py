"""Names and tags by which a launch is found again: AddJobFlowSteps and RunJobFlow must not be repeated blindly."""

import hashlib
import re
from dataclasses import replace

from dagster_pipes_jvm.platforms.emr.requests import REFUSED_CHARACTER
from dagster_pipes_jvm.run.identity import LaunchIdentity

MAX_NAME_CHARACTERS = 256
"""The longest name of a step or cluster (AWS's XmlStringMaxLen256)."""
MAX_TAG_CHARACTERS = 256
"""The longest value of an EMR tag. A longer value is cut, and the launch is found by its name."""

_RUN_ID_TAG = "dagster/run_id"
_STEP_KEY_TAG = "dagster/step_key"
_LAUNCH_TAG = "dagster-pipes-jvm/launch"

_MARKER = re.compile(r" \[dagster (\S+) (\S+) (\d+)\.(\d+)(?: ([0-9a-f]+))?\]$")
_MAX_PART_CHARACTERS = 64
_DIGEST_CHARACTERS = 16


def marker(identity: LaunchIdentity) -> str:
    """The end of the name of a launched step or cluster: ` [dagster RUN_ID STEP_KEY RETRY.CALL DIGEST]`.

    Long parts are shortened.
    """
    short = spelled(identity)
    digest = f" {short.digest}" if short.digest else ""
    return f" [dagster {short.run_id} {short.step_key} {short.retry_number}.{short.call_number}{digest}]"


def spelled(identity: LaunchIdentity) -> LaunchIdentity:
    """An identity with its parts as names spell them."""
    return replace(identity, run_id=_short(identity.run_id), step_key=_short(identity.step_key))


def emr_tags(identity: LaunchIdentity) -> list[dict[str, str]]:
    """Tags of a cluster, as RunJobFlow takes them."""
    values = {_RUN_ID_TAG: identity.run_id, _STEP_KEY_TAG: identity.step_key, _LAUNCH_TAG: identity.tag}
    return [{"Key": key, "Value": value[:MAX_TAG_CHARACTERS]} for key, value in values.items()]


def launch_name(name: str, identity: LaunchIdentity) -> str:
    """A name that carries the launch. The user's own name is cut if both together are longer than AWS allows."""
    mark = marker(identity)
    base = REFUSED_CHARACTER.sub("?", name)[: MAX_NAME_CHARACTERS - len(mark)]
    return base + mark


def split_launch_name(name: str) -> tuple[str, LaunchIdentity | None]:
    """The inverse: the user's own name, and the launch as it is spelled there; `None` for other names."""
    matched = _MARKER.search(name)
    if not matched:
        return name, None
    run_id, step_key, retry_number, call_number, digest = matched.groups()
    return name[: matched.start()], LaunchIdentity(run_id, step_key, int(retry_number), int(call_number), digest or "")


def _short(part: str) -> str:
    part = re.sub(r"[^!-~]", lambda found: f"%{ord(found[0]):x}", part)
    if len(part) <= _MAX_PART_CHARACTERS:
        return part
    digest = hashlib.sha256(part.encode()).hexdigest()[:_DIGEST_CHARACTERS]
    return f"{part[: _MAX_PART_CHARACTERS - _DIGEST_CHARACTERS - 1]}~{digest}"
