"""The identity of a launch, by which it happens once and is found again."""

import hashlib
import json
from dataclasses import dataclass
from threading import Lock
from typing import Any
from uuid import uuid4
from weakref import WeakKeyDictionary

from dagster import AssetExecutionContext, OpExecutionContext

from dagster_pipes_jvm._dagster import has_run
from dagster_pipes_jvm.job import SparkJob

Context = OpExecutionContext | AssetExecutionContext

_DIGEST_CHARACTERS = 8
_TAG_CHARACTERS = 40
_DIRECT = "direct-"
_SHORT_TAG_CHARACTERS = 12

# The number of the last call of a client in each step. All calls of a step are in one process.
_calls: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
_calls_lock = Lock()


@dataclass(frozen=True)
class LaunchIdentity:
    """The identity of a launch: two launches with the same facts are one launch that was requested twice.

    Args:
        run_id: the id of the Dagster run.
        step_key: the key of the Dagster step.
        retry_number: how often Dagster has retried the step, from 0.
        call_number: the number of the client's call in the step, from 0.
        digest: the digest of the job, see `digest_of`. It is no part of the identity, but shows that a later attempt
            has another job. Empty if unknown.
    """

    run_id: str
    step_key: str
    retry_number: int = 0
    call_number: int = 0
    digest: str = ""

    @property
    def tag(self) -> str:
        """A word that no other launch has: lower case ASCII of 54 characters, for tags and labels of any platform."""
        parts = json.dumps([self.run_id, self.step_key, self.retry_number, self.call_number])
        return f"dagster-pipes-{hashlib.sha256(parts.encode()).hexdigest()[:_TAG_CHARACTERS]}"

    @property
    def is_direct(self) -> bool:
        """Whether it is a direct call of an asset or op, which has no run, no event log and no later attempt."""
        return self.run_id.startswith(_DIRECT)

    @property
    def short_tag(self) -> str:
        """A few digits of the tag, for places where each character counts and no other launch is."""
        return self.tag[-_SHORT_TAG_CHARACTERS:]

    @property
    def of_any_retry(self) -> tuple[str, str, int]:
        """Run, step and call: what all attempts of a step have in common."""
        return self.run_id, self.step_key, self.call_number

    @property
    def of_this_attempt(self) -> tuple[str, str, int, int]:
        """Run, step, call and retry, whatever was launched."""
        return (*self.of_any_retry, self.retry_number)


def identity_of(context: Context, job: SparkJob, extras: Any) -> LaunchIdentity:
    """The identity of the next call of a client in this step; each call of this function is one.

    Args:
        context: the step's context. A context of `build_asset_context()` has neither step nor run.
        job: the job with all overrides of this run.
        extras: its Pipes extras.
    """
    digest = digest_of(job, extras)
    if not has_run(context):
        return LaunchIdentity(f"{_DIRECT}{uuid4()}", "direct", digest=digest)
    step_context = context.get_step_execution_context()
    with _calls_lock:
        call_number = _calls.get(step_context, -1) + 1
        _calls[step_context] = call_number
    return LaunchIdentity(context.run.run_id, step_context.step.key, context.retry_number, call_number, digest)


def digest_of(job: SparkJob, extras: Any) -> str:
    """A few digits that differ where application, arguments, conf or extras do, and are the same in every process."""
    what = repr(job) + json.dumps(extras, sort_keys=True, default=repr)
    return hashlib.sha256(what.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST_CHARACTERS]
