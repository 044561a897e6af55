"""What goes wrong on request: values that the EMR of this machine is started with, or given while it runs.

Server and starter both use this file, so it imports nothing of this package.
"""

import json
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import Literal, NamedTuple

ClusterFault = Literal["provisioning", "bootstrap", "running"]
HeldState = Literal["STARTING", "BOOTSTRAPPING", "RUNNING"]


@dataclass(frozen=True)
class Faults:
    """Faults of the EMR of this machine; the defaults are none.

    Args:
        fail_steps: steps whose name matches one of these patterns (`*`, `?`) fail, with exit code 1, without being run.
        cluster_fails: where every new cluster fails: while `provisioning`, in `bootstrap`, or `running`, as soon as its first
            step runs, as when its primary node is lost. It ends with TERMINATED_WITH_ERRORS.
        throttle_every: every so many-th EMR call is answered with a ThrottlingException; 0 for none, 1 for all.
        lose_logs: logs never arrive under `LogUri`.
        log_delay_seconds: logs arrive so long after a step's end; on EMR it is minutes. 0: before the state changes.
        hold_state: a cluster stays in this state when it has reached it, until other faults are given or it is
            terminated. Its steps wait before RUNNING, and run in RUNNING, which then does not end by itself.
    """

    fail_steps: tuple[str, ...] = ()
    cluster_fails: ClusterFault | None = None
    throttle_every: int = 0
    lose_logs: bool = False
    log_delay_seconds: float = 0.0
    hold_state: HeldState | None = None

    def fails_step(self, name: str) -> bool:
        """Whether a step of this name is to fail."""
        return any(fnmatchcase(name, pattern) for pattern in self.fail_steps)

    def to_json(self) -> str:
        """For the server's process."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Faults":
        """What `to_json` gave."""
        given = json.loads(text)
        return cls(**{**given, "fail_steps": tuple(given["fail_steps"])})


class Problem(NamedTuple):
    """A field with an invalid value."""

    field: str
    expected: str
    got: str
    remedy: str


def problem_of(faults: Faults) -> Problem | None:
    """The first field with an invalid value; `None` if all are valid."""
    if faults.cluster_fails not in (None, "provisioning", "bootstrap", "running"):
        return Problem(
            "cluster_fails",
            "'provisioning', 'bootstrap', 'running' or None",
            repr(faults.cluster_fails),
            "Pass the state in which every new cluster is to fail, or None.",
        )
    if faults.throttle_every < 0:
        return Problem(
            "throttle_every",
            "0 or a positive number of calls",
            repr(faults.throttle_every),
            "Pass 0 to throttle no call, or 1 to throttle all.",
        )
    if faults.hold_state not in (None, "STARTING", "BOOTSTRAPPING", "RUNNING"):
        return Problem(
            "hold_state",
            "'STARTING', 'BOOTSTRAPPING', 'RUNNING' or None",
            repr(faults.hold_state),
            "Pass the state in which clusters are to stay, or None.",
        )
    if faults.log_delay_seconds < 0:
        return Problem(
            "log_delay_seconds",
            "0 or more seconds",
            repr(faults.log_delay_seconds),
            "Pass 0 for logs that arrive before the EMR step ends.",
        )
    return None
