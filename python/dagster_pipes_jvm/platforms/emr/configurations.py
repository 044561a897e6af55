"""EMR's `Configurations`: a tree of classifications, merged without losing what is in it.

Source: https://docs.aws.amazon.com/emr/latest/ReleaseGuide/emr-configure-apps.html
"""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from dagster_pipes_jvm.errors import InvalidParameterError

_SPARK_DEFAULTS = "spark-defaults"


def merge_configurations(
    given: Sequence[Mapping[str, Any]] | None, ours: Sequence[Mapping[str, Any]] | None
) -> list[dict[str, Any]]:
    """`given` with `ours` laid over it, classification by classification, at every depth.

    Everything of `given` stays, in its order, but a property that `ours` sets as well; what is new comes behind it. Field
    names may be those of EMR (`Classification`) or of EMR on EKS (`classification`): an entry keeps its own. Neither
    argument is changed.

    Raises:
        InvalidParameterError: an entry is no configuration.
    """
    merged = [deepcopy(dict(_checked(entry, "given"))) for entry in given or ()]
    for entry in ours or ():
        name = _field(_checked(entry, "ours"), "Classification")
        own = next((existing for existing in merged if _field(existing, "Classification") == name), None)
        if own is None:
            merged.append(deepcopy(dict(entry)))
        else:
            _merge_into(own, entry)
    return merged


def spark_defaults_of(configurations: Sequence[Mapping[str, Any]] | None) -> dict[str, str]:
    """The Spark properties that a cluster's `Configurations` set for every job."""
    properties: dict[str, str] = {}
    for entry in configurations or ():
        if _field(_checked(entry, "configurations"), "Classification") == _SPARK_DEFAULTS:
            properties.update(_field(entry, "Properties") or {})
    return properties


def _merge_into(own: dict[str, Any], entry: Mapping[str, Any]) -> None:
    style = str.lower if "classification" in own else str
    if properties := _field(entry, "Properties"):
        own[style("Properties")] = {**(_field(own, "Properties") or {}), **properties}
    if inner := _field(entry, "Configurations"):
        own[style("Configurations")] = merge_configurations(_field(own, "Configurations"), inner)


def _field(entry: Mapping[str, Any], name: str) -> Any:
    return entry.get(name, entry.get(name.lower()))


def _checked(entry: Any, parameter: str) -> Mapping[str, Any]:
    if not isinstance(entry, Mapping) or not isinstance(_field(entry, "Classification"), str):
        raise InvalidParameterError(
            parameter=parameter,
            call="merge_configurations",
            expected="a list of configurations, each with a `Classification`",
            got=repr(entry),
            remedy="Write it as EMR's `Configurations`.",
            anchor="emr-configurations",
        )
    return entry
