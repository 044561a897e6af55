"""What EMR's refusals mean: which go away by themselves."""

from contextlib import AbstractContextManager

from botocore import exceptions as boto

from dagster_pipes_jvm.errors import PassingFaultError
from dagster_pipes_jvm.run.jobs import RefusedError

# Nothing was done; the request may simply come again.
_THROTTLING = {"ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded"}
_PASSING = _THROTTLING | {
    "RequestTimeout",
    "InternalServerException",
    "InternalServerError",
    "InternalFailure",
    "ServiceUnavailable",
}
# EMR's answers about a cluster or a step that it does not know, among other things.
GONE = ("InvalidRequestException", "ValidationException")
_UNUSABLE_CLIENT = (boto.NoCredentialsError, boto.PartialCredentialsError, boto.ParamValidationError)


def code_of(error: Exception) -> str:
    """AWS's code of an error, empty for errors that AWS did not send."""
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, boto.ClientError) else ""


def is_passing(error: Exception) -> bool:
    """Whether the same request may be answered later."""
    if not isinstance(error, boto.ClientError):
        return not isinstance(error, _UNUSABLE_CLIENT)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return code_of(error) in _PASSING or status >= 500


def is_throttling(code: str) -> bool:
    """Whether AWS says by this code that it did nothing, because there were too many requests."""
    return code in _THROTTLING


class _Asked:
    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, e: BaseException | None, traceback: object) -> None:
        if isinstance(e, boto.ClientError | boto.BotoCoreError):
            if is_passing(e):
                raise PassingFaultError(str(e)) from e
            raise RefusedError(str(e), is_final=code_of(e) in GONE) from e


def asked() -> AbstractContextManager[None]:
    """Around requests that can be retried.

    Raises:
        PassingFaultError: EMR may answer later.
        RefusedError: it refuses.
    """
    return _Asked()
