"""The errors of the emulators, beside `InvalidParameterError`; both are a `PipesJvmError`."""

from dagster_pipes_jvm.errors import PipesJvmError


class LocalS3Error(PipesJvmError):
    """The S3 server on loopback could not be started; the message ends with what its process wrote."""


class LocalEMRError(PipesJvmError):
    """The EMR emulator could not be started, or is not running; the message says why and what to do."""
