"""The step that kills what another one has left on YARN: EMR has no request for it."""

import shlex
from typing import Any

from dagster_pipes_jvm.platforms.yarn.applications import KILLING, LIVE_STATES, listing

# An application may be on its way to YARN while its spark-submit is killed.
_LOOKS = 4
_PAUSE_SECONDS = 3


def kill_step(step_id: str, yarn_tag: str | None, *, pause_seconds: float = _PAUSE_SECONDS) -> dict[str, Any]:
    """`yarn application -kill` on the cluster itself; the step fails where YARN does not answer, or does not kill.

    The application is found by its tag. A step without our tag names it on its stderr. A primary node keeps that under
    /mnt/var/log/hadoop/steps, and the emulator beside the EMR step's own folder.

    Args:
        step_id: the step whose application it kills.
        yarn_tag: the application's tag, or `None` if it has no tag of this package.
        pause_seconds: the interval of polls until an application is found.
    """
    stderr = f"/mnt/var/log/hadoop/steps/{step_id}/stderr ../{step_id}/stderr"
    named = f"grep -hos 'Submitted application application_[0-9_]*' {stderr} | grep -o 'application_.*'"
    tagged = ":"
    if yarn_tag is not None:
        tagged = shlex.join(["yarn", *listing(yarn_tag, LIVE_STATES)])
    killing = shlex.join(["yarn", *KILLING])
    script = f"""
for look in $(seq {_LOOKS}); do
  listed=$({tagged}) || {{ echo "YARN does not list its applications" >&2; exit 1; }}
  ids=$({{ {named}; echo "$listed" | grep -o '^application_[0-9_]*'; }} | sort -u)
  [ -z "$ids" ] || break
  sleep {pause_seconds}
done
[ -n "$ids" ] || echo "no application of step {step_id} is known"
failed=0
for id in $ids; do {killing} "$id" || failed=1; done
exit $failed
"""
    return {
        "Name": f"end of {step_id}",
        "ActionOnFailure": "CONTINUE",
        "HadoopJarStep": {"Jar": "command-runner.jar", "Args": ["bash", "-c", script.strip()]},
    }
