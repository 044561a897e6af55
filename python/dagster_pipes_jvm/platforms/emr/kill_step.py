"""The step that kills what another one has left on YARN: EMR has no request for it."""

from typing import Any

from dagster_pipes_jvm.platforms.emr.reattach import LaunchedStep

# An application may be on its way to YARN while its spark-submit is killed.
_LOOKS = 4
_PAUSE_SECONDS = 3


def kill_step(launched: LaunchedStep, *, pause_seconds: float = _PAUSE_SECONDS) -> dict[str, Any]:
    """`yarn application -kill` on the cluster itself; the step fails where YARN does not answer, or does not kill.

    The application is found by its tag, or where a step without our tag has named it: on its stderr, which is kept under
    /mnt/var/log/hadoop/steps on a primary node, and beside the step's own folder by the EMR of this machine.

    Args:
        launched: the step whose application it kills.
        pause_seconds: between two looks, while none is found.
    """
    stderr = f"/mnt/var/log/hadoop/steps/{launched.step_id}/stderr ../{launched.step_id}/stderr"
    named = f"grep -hos 'Submitted application application_[0-9_]*' {stderr} | grep -o 'application_.*'"
    tagged = ":"
    if launched.yarn_tag is not None:
        live = "NEW,NEW_SAVING,SUBMITTED,ACCEPTED,RUNNING"
        tagged = f"yarn application -list -appTags {launched.yarn_tag} -appStates {live}"
    script = f"""
for look in $(seq {_LOOKS}); do
  listed=$({tagged}) || {{ echo "YARN does not list its applications" >&2; exit 1; }}
  ids=$({{ {named}; echo "$listed" | grep -o '^application_[0-9_]*'; }} | sort -u)
  [ -z "$ids" ] || break
  sleep {pause_seconds}
done
[ -n "$ids" ] || echo "no application of step {launched.step_id} is known"
failed=0
for id in $ids; do yarn application -kill "$id" || failed=1; done
exit $failed
"""
    return {
        "Name": f"end of {launched.step_id}",
        "ActionOnFailure": "CONTINUE",
        "HadoopJarStep": {"Jar": "command-runner.jar", "Args": ["bash", "-c", script.strip()]},
    }
