"""A bucket as Dagster's side uses it: few requests, and for each answer what it means."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from botocore import exceptions as boto
from urllib3.exceptions import HTTPError

from dagster_pipes_jvm.errors import InvalidParameterError, PassingFaultError, S3AccessError, see

# S3 answers 403 for a key that is not there when the caller may not list the bucket (AWS's GetObject page). HEAD has no
# body, so that its code is the status.
FORBIDDEN = frozenset({"403", "AccessDenied", "Forbidden"})
_NO_SUCH_KEY = {"404", "NoSuchKey"}
# 301: the bucket is in another region; 405: a delete marker.
_FINAL_STATUS = {301, 400, 401, 403, 404, 405}
_PASSING = {
    "RequestTimeout",  # A 400 that means: send it again.
    "OperationAborted",  # Another request to the same key was under way.
}
# Of a put that must not replace anything: there is an object, or one is on its way.
_THERE_ALREADY = {"PreconditionFailed", "ConditionalRequestConflict", "412", "409"}
_NO_CONDITIONS = {"NotImplemented"}  # Stores that speak S3 do not all know the condition.
_UNUSABLE_CLIENT = (
    boto.NoCredentialsError,
    boto.PartialCredentialsError,
    boto.ParamValidationError,
    boto.TokenRetrievalError,
    boto.SSOError,
)
_NO_ANSWER = (boto.BotoCoreError, HTTPError, OSError)

_WRONG_KEYS = {
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "InvalidToken",
    "NoCredentialsError",
    "PartialCredentialsError",
}
_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired", "TokenRetrievalError"}
_OTHER_REGION = {"PermanentRedirect", "AuthorizationHeaderMalformed", "301"}

# Where a listing is forbidden, it is done without.
_MISSING_PERMISSION = {
    "read": (
        "Give the credentials of `client` s3:GetObject there, and kms:Decrypt where a KMS key is in use. Without s3:ListBucket on"
        " the bucket S3 says the same of an object that is not there; a message reader then needs s3:PutObject to tell the two"
        " apart."
    ),
    "write": (
        "Give the credentials of `client` s3:PutObject there, and kms:GenerateDataKey where a KMS key is in use; a bucket that"
        " demands encryption or an ACL wants it in `put_options`."
    ),
}

# What a put may be told that holds for every other request as well.
_FOR_EVERY_REQUEST = ("RequestPayer", "ExpectedBucketOwner")
_BODY_ATTEMPTS = 3
_KEYS_A_REQUEST = 1000
_PARALLEL_DELETES = 8


@dataclass(frozen=True)
class S3Object:
    """What a get brought."""

    body: bytes
    etag: str


@dataclass(frozen=True)
class S3Head:
    """What a HEAD says of an object."""

    size: int
    etag: str
    metadata: Mapping[str, str]


class S3Place:
    """One bucket, with the options of whoever configured it.

    Threads: any, as far as boto3's client allows it, which it does.

    Args:
        client: a `boto3.client("s3")`.
        bucket: the bucket.
        put_options: arguments of `put_object` for everything that is written: `ServerSideEncryption`, `SSEKMSKeyId`,
            `ACL`, ... Those that hold for all requests (`RequestPayer`, `ExpectedBucketOwner`) go with all of them.
        call: the public class whose parameters these are.

    Raises:
        InvalidParameterError: for an option that names what is written.
    """

    def __init__(self, client: Any, bucket: str, put_options: Mapping[str, Any] | None, *, call: str) -> None:
        self.client = client
        self.bucket = bucket
        self._put_options = dict(put_options or {})
        self._options = {name: self._put_options[name] for name in _FOR_EVERY_REQUEST if name in self._put_options}
        self._call = call
        ours = {"Bucket", "Key", "Body"}.intersection(self._put_options)
        if ours:
            raise InvalidParameterError(
                parameter="put_options",
                call=call,
                expected="arguments of put_object other than Bucket, Key and Body",
                got=", ".join(sorted(ours)),
                remedy="Take them out; `bucket` and `key_prefix` say where objects go.",
                anchor="s3-access",
            )

    @property
    def put_options(self) -> Mapping[str, Any]:
        """As they were given."""
        return dict(self._put_options)

    def get(self, key: str) -> S3Object | None:
        """An object, `None` where it is not there.

        Raises:
            S3AccessError: S3 refuses. With a code of `FORBIDDEN` the object may also be missing, see there.
            PassingFaultError: it does not answer, or asks to come again later.
        """
        for attempt in range(1, _BODY_ATTEMPTS + 1):
            answer = self._ask("read", key, lambda: self._get_answer(key))
            if answer is None:
                return None
            try:
                # botocore compares the length with what was announced, and checksums where the object has one.
                return S3Object(answer["Body"].read(), answer.get("ETag", ""))
            except _NO_ANSWER as e:
                # botocore repeats requests, but not a body that breaks off.
                if attempt == _BODY_ATTEMPTS:
                    raise PassingFaultError.of(e) from e
        raise AssertionError("the last attempt returns or raises")

    def _get_answer(self, key: str) -> Any:
        try:
            return self.client.get_object(Bucket=self.bucket, Key=key, **self._options)
        except boto.ClientError as e:
            if _code(e) in _NO_SUCH_KEY:
                return None
            raise

    def etag(self, key: str) -> str | None:
        """What a HEAD says of an object; `None` where it says nothing."""
        try:
            return str(self.client.head_object(Bucket=self.bucket, Key=key, **self._options).get("ETag", ""))
        except (boto.ClientError, *_NO_ANSWER):
            return None

    def head(self, key: str) -> S3Head | None:
        """What S3 says of an object, `None` where it is not there.

        Raises:
            S3AccessError: S3 refuses. With a code of `FORBIDDEN` the object may also be missing, see there.
            PassingFaultError: it does not answer, or asks to come again later.
        """

        def ask() -> S3Head | None:
            try:
                answer = self.client.head_object(Bucket=self.bucket, Key=key, **self._options)
            except boto.ClientError as e:
                if _code(e) in _NO_SUCH_KEY:
                    return None
                raise
            return S3Head(answer["ContentLength"], answer.get("ETag", ""), answer.get("Metadata", {}))

        found: S3Head | None = self._ask("read", key, ask)
        return found

    def put(self, key: str, body: bytes, *, metadata: Mapping[str, str] | None = None) -> None:
        """Write an object.

        Args:
            key: where.
            body: what.
            metadata: of the object, beside those of `put_options`.

        Raises:
            S3AccessError: S3 refuses.
            PassingFaultError: it does not answer, or asks to come again later.
        """
        arguments = self._put_arguments(key, body, metadata)
        self._ask("write", key, lambda: self.client.put_object(**arguments))

    def put_new(self, key: str, body: bytes, metadata: Mapping[str, str]) -> bool:
        """Write an object where there is none; `False` where there is one, also of a moment ago.

        Raises:
            S3AccessError: S3 refuses.
            PassingFaultError: it does not answer, or asks to come again later.
        """
        arguments = self._put_arguments(key, body, metadata)

        def ask() -> bool:
            try:
                self.client.put_object(**arguments, IfNoneMatch="*")
            except boto.ClientError as e:
                if _code(e) in _THERE_ALREADY:
                    return False
                if _code(e) not in _NO_CONDITIONS:
                    raise
                self.client.put_object(**arguments)
            return True

        return bool(self._ask("write", key, ask))

    def _put_arguments(self, key: str, body: bytes, metadata: Mapping[str, str] | None) -> dict[str, Any]:
        arguments = {"Bucket": self.bucket, "Key": key, "Body": body, **self._put_options}
        if metadata:
            arguments["Metadata"] = {**arguments.get("Metadata", {}), **metadata}
        return arguments

    def list_etags(self, prefix: str) -> dict[str, str] | None:
        """The ETags of all objects under the prefix by key; `None` where this caller may not list.

        Raises:
            S3AccessError: S3 refuses for another reason than that.
            PassingFaultError: it does not answer, or asks to come again later.
        """

        def ask() -> dict[str, str] | None:
            pages = self.client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=prefix, **self._options
            )
            try:
                return {item["Key"]: item["ETag"] for page in pages for item in page.get("Contents", ())}
            except boto.ClientError as e:
                if _code(e) in FORBIDDEN:
                    return None
                raise

        found: dict[str, str] | None = self._ask("list", prefix, ask)
        return found

    def delete(self, keys: Sequence[str]) -> list[str]:
        """Remove objects, a thousand a request. Never raises: what stays is not worth a failed step.

        Returns:
            list[str]: for each object that could not be removed its key and the reason.
        """
        batches = [keys[start : start + _KEYS_A_REQUEST] for start in range(0, len(keys), _KEYS_A_REQUEST)]
        return [failure for batch in batches for failure in self._delete_batch(batch)]

    def _delete_batch(self, keys: Sequence[str]) -> Iterator[str]:
        objects = [{"Key": key} for key in keys]
        try:
            answer = self.client.delete_objects(
                Bucket=self.bucket, Delete={"Objects": objects, "Quiet": True}, **self._options
            )
        except (boto.ClientError, *_NO_ANSWER):
            # Stores that speak S3 do not all have this request: Google's has not.
            with ThreadPoolExecutor(_PARALLEL_DELETES, "s3-delete") as pool:
                yield from filter(None, pool.map(self._delete_one, keys))
        else:
            refused = [str(error.get("Key")) for error in answer.get("Errors", ())]
            # Once more, since one refusal may pass.
            yield from filter(None, map(self._delete_one, refused))

    def _delete_one(self, key: str) -> str | None:
        try:
            self.client.delete_object(Bucket=self.bucket, Key=key, **self._options)
        except boto.ClientError as e:
            return f"{key}: {_code(e)}"
        except _NO_ANSWER as e:
            return f"{key}: {type(e).__name__}"
        return None

    def _ask(self, verb: str, key: str, request: Callable[[], Any]) -> Any:
        try:
            return request()
        except boto.ClientError as e:
            code = _code(e)
            status = e.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
            if code not in _PASSING and (status in _FINAL_STATUS or code in FORBIDDEN):
                raise self._error(f"S3 does not let `{self._call}` {verb}", verb, key, code, e) from e
            raise PassingFaultError(str(e)) from e
        except _UNUSABLE_CLIENT as e:
            code = type(e).__name__
            raise self._error(f"`{self._call}` cannot {verb}", verb, key, code, e) from e
        except _NO_ANSWER as e:
            # botocore has tried again already.
            raise PassingFaultError.of(e) from e

    def _error(self, what: str, verb: str, key: str, code: str, cause: Exception) -> S3AccessError:
        return S3AccessError(
            f"{what} s3://{self.bucket}/{key}: {_reason(code, cause)}. {_remedy(verb, code)} {see('s3-access')}",
            code=code,
        )


def _reason(code: str, cause: Exception) -> str:
    """S3's or botocore's code, and its words if they say more."""
    words = cause.response.get("Error", {}).get("Message", "") if isinstance(cause, boto.ClientError) else str(cause)
    words = words.strip().rstrip(".")
    return f"{code or 'an error'} ({words})" if words and words.replace(" ", "") != code else code or "an error"


def _code(error: boto.ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _remedy(verb: str, code: str) -> str:
    if code == "NoSuchBucket":
        return "Create the bucket, or name another in `bucket`."
    if code in FORBIDDEN:
        return _MISSING_PERMISSION[verb]
    if code == "NoCredentialsError":
        return (
            "Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, for Dagster's process, or make `client` with an"
            " access key and a secret."
        )
    if code in _WRONG_KEYS:
        return "Make `client` with an access key and a secret (and a session token, where there is one) that belong together."
    if code in _EXPIRED:
        return (
            "Make `client` with credentials that renew themselves, such as a role of the machine or a profile with role_arn;"
            " what AssumeRole returns ends after an hour."
        )
    if code in _OTHER_REGION:
        return "Make `client` with the region of the bucket."
    if code == "RequestTimeTooSkewed":
        return "Set the clock of this machine."
    if code.startswith("KMS."):
        return "Check the KMS key of the bucket or of `put_options`, and kms:Decrypt on it."
    return "Check the bucket, `put_options`, and the endpoint and region of `client`."
