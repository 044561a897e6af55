"""The job that a launch has become, in an object beside the chunks; `dagsterpipes.write.JobOfLaunch` on the JVM.

A platform that answers too late may be asked twice, and starts two jobs. The second one finds the object of the first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Callable, Optional, Protocol

from dagster_pipes import DagsterPipesError

from dagster_pipes_jvm.injob.write import stderr
from dagster_pipes_jvm.injob.write.attempts import application_of_container
from dagster_pipes_jvm.texts import see
from dagster_pipes_jvm.wire import JOB_NAME

_MAX_BYTES = 4096
"""Ours has some hundred."""


class SecondJobError(DagsterPipesError):
    """Another job of the same launch runs already. This one must not write."""


class Creating(Protocol):
    """The store of the chunks, as far as it is needed here."""

    creates_in_one_step: bool
    """Whether a new object is created in one step, so that of two processes one succeeds."""

    def put(self, key: str, body: bytes, *, is_new: bool = False) -> bool:
        """Create an object with `is_new`; return whether there was none."""

    def is_there(self, key: str) -> Optional[bool]:
        """Whether there is such an object; `None` if this process may not look."""

    def read(self, key: str, max_bytes: int) -> Optional[bytes]:
        """The first bytes of an object; `None` if this process may not read it."""

    def describe(self, key: str) -> str:
        """The object's name for messages."""


def job_check(launch: Any, environment: Mapping[str, str]) -> Callable[[Creating, str], None]:
    """The check of a job before its first chunk.

    It takes the store and the prefix of the run. It raises `SecondJobError` if it finds another job of the launch. All
    sessions and attempts of a job have the same ids. A job without ids cannot be told apart, and passes.

    Args:
        launch: the identity of the launch; `None` if the client does not request the check.
        environment: of the process.
    """
    ids = {}
    if environment.get("EMR_STEP_ID"):
        ids["step"] = environment["EMR_STEP_ID"]
    application = application_of_container(environment.get("CONTAINER_ID"))
    if application:
        ids["application"] = application

    def check(store: Creating, key_prefix: str) -> None:
        if launch is None or not ids:
            return
        key = f"{key_prefix}/{JOB_NAME}" if key_prefix else JOB_NAME
        body = json.dumps({**ids, "launch": launch}).encode()
        # A store that cannot create in one step would overwrite the object of the first job.
        is_first = not store.is_there(key) and store.put(key, body, is_new=True)
        if not is_first or not store.creates_in_one_step:
            # Without one step, another job may have written after this one looked.
            _compare(ids, store, key)

    return check


def _compare(ids: Mapping[str, str], store: Creating, key: str) -> None:
    body = store.read(key, _MAX_BYTES)
    if body is None:
        stderr.notice(f"{store.describe(key)} cannot be read: whether this launch has another job is unknown.")
        return
    try:
        first = json.loads(body)
    except ValueError:
        return  # No job is ended for an object that says nothing.
    for name, own in ids.items():
        other = first.get(name, own) if isinstance(first, dict) else own
        if other != own:
            raise SecondJobError(
                f"This job is the second one of its launch, and ends before it writes. Expected {own} in"
                f" {store.describe(key)}, got `{other}`, written by the first job. Nothing is lost: the first job reports."
                f" Read its log. {see('second-job')}"
            )
