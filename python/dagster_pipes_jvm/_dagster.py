"""Every private name of Dagster's that this package uses, each with what it is for; nothing else imports `dagster._*`.

Dagster may change them in any release. `tests/unit/test_dagster_surface.py` holds what we rely on, on each version that we
support.
"""

# A resource that a plain function parameter asks for by its type, as Dagster's own Pipes clients are.
from dagster._core.definitions.resource_annotation import TreatAsResourceParam

# The error of a job that failed: retry policies and hooks know Dagster's own clients by it.
# And the error of a property that a direct call of an asset (`build_asset_context()`) does not have: the step, before all.
from dagster._core.errors import DagsterInvalidPropertyError, DagsterPipesExecutionError

# The metadata of an engine event: links and handles in the run's log that belong to no asset.
from dagster._core.events import EngineEventData

# The context of a step as Pipes sends it; `open_pipes_session` makes it in the same way.
from dagster._core.pipes.context import build_external_execution_context_data

# What Dagster says where the body of an asset takes no results; `open_pipes_session` says the same.
from dagster._core.pipes.utils import _FAIL_TO_YIELD_ERROR_MESSAGE as FAIL_TO_YIELD_ERROR_MESSAGE

# Whether a run is retried from its failure, and so goes on with steps of the run before.
from dagster._core.storage.tags import ASSET_RESUME_RETRY_TAG, RESUME_RETRY_TAG

# The level of a log message, as Dagster's own handler checks it.
from dagster._core.utils import coerce_valid_log_level

__all__ = [
    "ASSET_RESUME_RETRY_TAG",
    "FAIL_TO_YIELD_ERROR_MESSAGE",
    "RESUME_RETRY_TAG",
    "DagsterInvalidPropertyError",
    "DagsterPipesExecutionError",
    "EngineEventData",
    "TreatAsResourceParam",
    "build_external_execution_context_data",
    "coerce_valid_log_level",
]
