"""Answers of S3 that a stand-in never gives, put in at the place where boto3 would send the request; and what it sent."""

import io
from collections.abc import Callable
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

Rule = Callable[[int, AWSPreparedRequest], AWSResponse | None]
"""From the number of the request (of its operation, from 0) and the request to an answer; `None` lets it pass."""


class Requests:
    """What a boto3 client for S3 sends from now on. Threads: any.

    Args:
        client: the client.
        rules: an answer for some requests, by operation, such as `GetObject`.
    """

    def __init__(self, client: Any, **rules: Rule) -> None:
        self.sent: list[tuple[str, str]] = []
        self._rules = rules
        client.meta.events.register("before-send.s3", self._before_send)

    def of(self, operation: str) -> list[str]:
        """The URLs of the requests of one operation, in order."""
        return [url for name, url in self.sent if name == operation]

    def _before_send(self, request: AWSPreparedRequest, event_name: str, **_: Any) -> AWSResponse | None:
        operation = event_name.rpartition(".")[2]
        self.sent.append((operation, request.url))
        rule = self._rules.get(operation)
        return rule(len(self.of(operation)) - 1, request) if rule else None


def refusal(status: int, code: str, **headers: str) -> AWSResponse:
    """S3's own refusal; `headers` go over those of `answer`."""
    body = f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><Message>so it is</Message></Error>'
    return answer(body.encode(), status, **headers)


def answer(body: bytes, status: int = 200, **headers: str) -> AWSResponse:
    """An answer; `headers` go over its own."""
    given = {"Content-Type": "application/xml", "Content-Length": str(len(body)), **headers}
    return AWSResponse("", status, given, _Raw(body))


class _Raw(io.BytesIO):
    def stream(self, amt: int = 65536, **_: Any) -> Any:
        while chunk := self.read(amt):
            yield chunk
