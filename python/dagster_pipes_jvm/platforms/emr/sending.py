"""AddJobFlowSteps and RunJobFlow, each sent once: they have no client token, and botocore would repeat them blindly."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore import exceptions as boto

from dagster_pipes_jvm.errors import EMRRequestError, see
from dagster_pipes_jvm.platforms.emr.faults import is_throttling
from dagster_pipes_jvm.run.jobs import NoRoomError, UnknownOutcomeError

# AWS's words where 256 steps are pending or running; ValidationException alone says many other things.
_NO_ROOM = "Maximum number of active steps"


class _UnansweredError(Exception):
    """The request may have been carried out, though no answer says so."""


@contextmanager
def sent_once(client: Any, operation: str, *, place: str, done: str) -> Iterator[None]:
    """Around one request.

    Args:
        client: a `boto3.client("emr")`.
        operation: of EMR.
        place: what has no room, where it has none.
        done: what the request does, see `UnknownOutcomeError`.

    Raises:
        UnknownOutcomeError: it may have been carried out.
        NoRoomError: the cluster takes no more steps now.
        EMRRequestError: EMR refuses.
    """
    try:
        with _no_blind_retries(client, operation):
            yield
    except _UnansweredError as e:
        raise UnknownOutcomeError(operation, done) from e.__cause__
    except (boto.ClientError, boto.BotoCoreError) as e:
        if _NO_ROOM in str(e):
            raise NoRoomError(f"{place} has 256 active steps, AWS's limit") from e
        raise EMRRequestError(
            f"EMR refuses {operation}, and nothing was started: {e}. Check the parameters that this names, or"
            f" elasticmapreduce:{operation} for the credentials of `client`. {see('emr-access')}"
        ) from e


@contextmanager
def _no_blind_retries(client: Any, operation: str) -> Iterator[None]:
    """Keep botocore from sending a request again that may have been carried out."""
    event = f"needs-retry.emr.{operation}"
    identifier = f"dagster-pipes-jvm-{operation}"
    client.meta.events.register_first(event, _decide, unique_id=identifier, unique_id_uses_count=True)
    try:
        yield
    finally:
        client.meta.events.unregister(event, _decide, unique_id=identifier, unique_id_uses_count=True)


def _decide(response: Any, operation: Any, caught_exception: Exception | None, **_: Any) -> None:
    """Called by botocore before it decides whether to send a request again; nothing said leaves that to it."""
    if caught_exception is not None:
        if isinstance(caught_exception, boto.ConnectTimeoutError | boto.EndpointConnectionError):
            return  # Nothing was sent.
        raise _UnansweredError from caught_exception
    status, parsed = response[0].status_code, response[1]
    if status >= 500 and not is_throttling(parsed.get("Error", {}).get("Code", "")):
        raise _UnansweredError from boto.ClientError(parsed, operation.name)
