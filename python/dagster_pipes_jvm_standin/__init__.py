"""Stand-ins for AWS on a laptop and in tests: the real protocol on loopback, no account, no Docker.

Names are loaded on first use, so that the servers' own processes, which import this package, do not wait for dagster.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dagster_pipes_jvm_standin.errors import LocalEMRError, LocalS3Error
    from dagster_pipes_jvm_standin.faults import Faults
    from dagster_pipes_jvm_standin.s3_server import Credentials, LocalS3
    from dagster_pipes_jvm_standin.server import LocalEMR

_MODULE_BY_NAME = {
    "Credentials": "s3_server",
    "Faults": "faults",
    "LocalEMR": "server",
    "LocalEMRError": "errors",
    "LocalS3": "s3_server",
    "LocalS3Error": "errors",
}

__all__ = ["Credentials", "Faults", "LocalEMR", "LocalEMRError", "LocalS3", "LocalS3Error"]


def __getattr__(name: str) -> Any:
    module = _MODULE_BY_NAME.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{module}"), name)
