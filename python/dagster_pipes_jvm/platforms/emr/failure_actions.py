"""The effect of a failed step on its cluster: `ActionOnFailure`.

Source: https://docs.aws.amazon.com/emr/latest/APIReference/API_StepConfig.html
"""

from dataclasses import dataclass

from dagster_pipes_jvm.errors import InvalidParameterError

_ENDS_CLUSTER = ("TERMINATE_CLUSTER", "TERMINATE_JOB_FLOW")
ACTIONS = ("CONTINUE", "CANCEL_AND_WAIT", *_ENDS_CLUSTER)


@dataclass(frozen=True)
class FailureActions:
    """The rules of one launch.

    Args:
        wanted: the action that the client was given for all steps, or `None`.
        default: the action of a job without its own step.
        is_shared: whether the cluster existed before, so that others may use it.
        step_concurrency: the number of steps that the cluster runs at once. Above 1, AWS takes only CONTINUE.
    """

    wanted: str | None = None
    default: str = "CONTINUE"
    is_shared: bool = False
    step_concurrency: int = 1

    def of(self, given: str | None, wanted: str | None) -> tuple[str | None, tuple[str, ...]]:
        """The action of a step, and notes for the user.

        Args:
            given: the action in the step as the user has it, or `None` if it names none.
            wanted: the action that the job was given, or `None`.
        """
        wanted = wanted or self.wanted
        action = wanted or given
        if action == "CONTINUE" or (action is None and not self.is_shared):
            return action, ()
        if action is None:
            return "CONTINUE", (
                "The step names no ActionOnFailure, and is sent with CONTINUE: by the API's default a failed step terminates"
                " its cluster.",
            )
        if self.step_concurrency > 1:
            return "CONTINUE", (
                f"ActionOnFailure={action} is replaced by CONTINUE, because the cluster runs {self.step_concurrency} steps"
                " at once, and AWS then takes only CONTINUE.",
            )
        if wanted is None and self.is_shared and action in _ENDS_CLUSTER:
            return "CONTINUE", (
                f"ActionOnFailure={action} is replaced by CONTINUE, because a failed step would terminate a cluster that was"
                f' not started for it. Pass action_on_failure="{action}" to the client or to `override` if it should.',
            )
        return action, ()


def check_action(action: str | None, *, call: str) -> None:
    """Refuse an action that AWS does not know.

    Raises:
        InvalidParameterError: it is unknown.
    """
    if action is not None and action not in ACTIONS:
        raise InvalidParameterError(
            parameter="action_on_failure",
            call=call,
            expected=f"one of {', '.join(ACTIONS)}, or None",
            got=repr(action),
            remedy="Pass one of them, or leave it out.",
            anchor="emr-step",
        )
