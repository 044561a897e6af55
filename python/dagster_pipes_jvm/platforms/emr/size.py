"""How long a step may be: AWS takes 10,240 characters for all strings of its HadoopJarStep together.

Source: https://docs.aws.amazon.com/emr/latest/APIReference/API_AddJobFlowSteps.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from dagster_pipes_jvm.errors import InvalidParameterError
from dagster_pipes_jvm.platforms.emr.requests import REFUSED_CHARACTER
from dagster_pipes_jvm.platforms.emr.step import strings_of
from dagster_pipes_jvm.redaction import shown_text

MAX_STEP_CHARACTERS = 10_240


@dataclass(frozen=True)
class StepSize:
    """The length of a step, in characters.

    Args:
        users: of what the user gave.
        ours: of what is added.
        context: of that what goes away when the context is put on S3.
    """

    users: int
    ours: int
    context: int

    @property
    def excess(self) -> int:
        """By how much AWS's limit is passed; 0 for a step that fits."""
        return max(0, self.users + self.ours - MAX_STEP_CHARACTERS)

    def decision(self, *, context_is_on_s3: bool = False) -> Literal["send", "context_to_s3"]:
        """What to do with the step: send it, or put the context on S3 and render it again.

        Args:
            context_is_on_s3: whether that has been done.

        Raises:
            InvalidParameterError: neither helps; the text says by how much the step is too long.
        """
        if not self.excess:
            return "send"
        if not context_is_on_s3 and self.excess <= self.context:
            return "context_to_s3"
        excess = self.excess if context_is_on_s3 else self.excess - self.context
        session = f" and {self.ours:,} of the Pipes session" if self.ours else ""
        on_s3 = ", even with the Pipes context on S3" if self.ours else ""
        raise InvalidParameterError(
            parameter="job",
            call="SparkJob",
            expected=f"a step of at most {MAX_STEP_CHARACTERS:,} characters, which is all that AWS takes",
            got=f"{self.users:,} of the job{session}: {excess:,} too many{on_s3}",
            remedy="Shorten `args`, `conf` and `jars`: pass values as `extras`, and put jars into one file or a prefix.",
            anchor="emr-step-size",
        )


def check_characters(step: Mapping[str, Any]) -> None:
    """Refuse what AWS does not take in any string of a step.

    Raises:
        InvalidParameterError: a string has a control character.
    """
    for text in strings_of(step["HadoopJarStep"]):
        if found := REFUSED_CHARACTER.search(text):
            raise InvalidParameterError(
                parameter="job",
                call="SparkJob",
                expected="a step without control characters, which AWS does not take",
                got=f"{found[0]!r} at {found.start()} of {shown_text(text)[:100]!r}",
                remedy="Send such values as Pipes `extras`.",
                anchor="emr-step",
            )
