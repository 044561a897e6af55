"""The limits, intervals and timeouts of the chunk writer.

`tests/golden/writer_constants.json` compares them with those of the JVM. The JVM also writes to the local disk, so it
needs less memory.
"""

from __future__ import annotations

MAX_CHUNK_BYTES = (2 << 20) - 64
"""A longer line is a chunk of its own."""
BUFFER_BYTES = 64 << 20
"""The lines that may wait in memory. Beyond it log lines are dropped."""

STOCK_INTERVAL_MILLIS = 10_000
"""Between two chunks for Dagster's stock reader, which reads one chunk in about 11 seconds."""
OPEN_TIMEOUT_MILLIS = 60_000
CLOSE_TIMEOUT_MILLIS = 60_000

FIRST_PAUSE_MILLIS = 200
LAST_PAUSE_MILLIS = 5_000
LAST_PAUSE_AT_CLOSE_MILLIS = 1_000
"""Short, because an outage may end just before the close gives up."""

REFUSALS_AT_OPEN = 3
"""A refusal that is gone by the third attempt was a role that was just changed."""
REFUSED_AT_CLOSE_MILLIS = 10_000
"""Rotated credentials work again within seconds."""

REQUEST_TIMEOUT_MILLIS = 20_000
REQUEST_ATTEMPTS = 1
"""The channel has the only retries. A client may wait between two of its own as long as an answer asks for."""
MAX_ATTEMPTS = 1_000

RETRYABLE_CODES = frozenset(
    {
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "BandwidthLimitExceeded",
        "InternalError",
        "ServiceUnavailable",
        "RequestTimeout",  # the body came too slowly
        "BadDigest",  # the body arrived damaged
        "OperationAborted",  # two requests at the same time
    }
)
"""S3 sends some of these with a status of 4xx. The same request may succeed later."""
RETRYABLE_STATUSES = frozenset({408, 429})
"""Besides those from 500 on."""
