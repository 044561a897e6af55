"""Stand-ins for AWS on a laptop and in tests: the real protocol on loopback, no account, no Docker."""

from dagster_pipes_jvm.standin.s3_server import Credentials, LocalS3

__all__ = ["Credentials", "LocalS3"]
