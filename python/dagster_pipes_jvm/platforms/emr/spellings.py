"""Steps as other tools spell them, in the form of boto3: AWS CLI, Terraform, CloudFormation, CDK, Step Functions."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from dagster_pipes_jvm.errors import InvalidParameterError
from dagster_pipes_jvm.platforms.emr.shorthand import NotShorthandError, read_shorthand

_FIELDS = {
    name.lower(): name
    for name in ("Name", "ActionOnFailure", "HadoopJarStep", "Jar", "Args", "MainClass", "Properties", "Type")
}
_OF_JAR_STEP = {"Jar", "Args", "MainClass", "Properties"}
COMMAND_RUNNER = "command-runner.jar"
"""EMR's jar that runs a command."""
# The defaults of the AWS CLI: awscli/customizations/emr/constants.py.
_CLI_DEFAULTS = {"spark": "Spark application", "custom_jar": "Custom JAR"}
_REMEDY_VALUE = "Write the value itself, and pass values that change from run to run with `override(args=[...])`."


def as_boto3(step: Any) -> Any:
    """A step in the form of boto3; a step in that form is returned unchanged, and all its further fields stay.

    Args:
        step: a mapping, or the shorthand of `aws emr add-steps --steps`.

    Raises:
        InvalidParameterError: the value is computed by the other tool, or is several steps. The text says how to write
            it.
    """
    if isinstance(step, str):
        step = _of_shorthand(step)
    if isinstance(step, Sequence):
        raise invalid_step(
            "step", "one step", f"a list of {len(step)}", "Make a job of each: [from_step(step) for step in steps]."
        )
    if not isinstance(step, Mapping):
        return step
    if _has(step, "Steps"):
        raise invalid_step("step", "one step", "a whole request with `Steps`", "Make a job of each of its steps.")
    step = _unwrapped(step)
    _check_computed(step, "step")
    step = {_spelled(key): value for key, value in step.items()}
    if isinstance(step.get("Type"), str):
        step = _of_cli(step)
    elif "HadoopJarStep" not in step and "Jar" in step:
        step = _with_jar_step(step)
    jar_step = step.get("HadoopJarStep")
    if isinstance(jar_step, Sequence) and not isinstance(jar_step, str) and len(jar_step) == 1:
        jar_step = jar_step[0]  # A block of Terraform.
    if isinstance(jar_step, Mapping):
        step["HadoopJarStep"] = _jar_step(jar_step)
    return step


def _has(step: Mapping[str, Any], name: str) -> bool:
    return any(_bare(key) == name.lower() for key in step)


def _bare(key: Any) -> str:
    return str(key).replace("_", "").lower()


def _spelled(key: Any) -> Any:
    return _FIELDS.get(_bare(key), key)


def _unwrapped(step: Mapping[str, Any]) -> Mapping[str, Any]:
    """The step in a resource of CloudFormation, or in a state of Step Functions."""
    if str(step.get("Type", "")).startswith("AWS::"):
        properties = step.get("Properties")
        if step["Type"] != "AWS::EMR::Step" or not isinstance(properties, Mapping):
            raise invalid_step(
                "step", "a resource of type AWS::EMR::Step", repr(step["Type"]), "Pass one of its steps."
            )
        # It names the cluster, as our client does.
        return {key: value for key, value in properties.items() if key != "JobFlowId"}
    if step.get("Type") == "Task":
        step = next((step[name] for name in ("Parameters", "Arguments") if isinstance(step.get(name), Mapping)), step)
    inner = step.get("Step")
    return inner if isinstance(inner, Mapping) else step


def _check_computed(value: Any, place: str) -> None:
    """Refuse a value that Step Functions or CloudFormation would compute."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if isinstance(key, str) and key.endswith(".$"):
                raise invalid_step(
                    f"{place}[{key!r}]", "a value", f"{item!r}, which Step Functions computes", _remedy(key[:-2])
                )
            _check_computed(item, f"{place}[{key!r}]")
        if len(value) == 1 and (key := next(iter(value))) and re.fullmatch(r"Ref|Condition|Fn::\w+", str(key)):
            raise invalid_step(place, "a value", f"{dict(value)!r}, which CloudFormation computes", _REMEDY_VALUE)
    elif isinstance(value, str) and re.fullmatch(r"\s*\{%.*%\}\s*", value, re.DOTALL):
        raise invalid_step(place, "a value", f"{value!r}, which Step Functions computes", _REMEDY_VALUE)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for index, item in enumerate(value):
            _check_computed(item, f"{place}[{index}]")


def _remedy(name: str) -> str:
    form = "`Args` as a list of strings" if name == "Args" else f"{name!r} with its value"
    return f"Write {form}. {_REMEDY_VALUE}"


def _of_shorthand(step: str) -> Any:
    try:
        return read_shorthand(step)
    except NotShorthandError as e:
        raise invalid_step(
            "step",
            "a step as boto3 takes it, or a string as `aws emr add-steps --steps` takes it",
            f"a string of {len(step)} characters ({e})",  # It may hold secrets.
            'Pass a mapping with `Name` and `HadoopJarStep`, or "Type=Spark,Name=...,Args=[...]".',
        ) from e


def _of_cli(step: dict[str, Any]) -> dict[str, Any]:
    kind = step.pop("Type").lower()
    if kind not in _CLI_DEFAULTS:
        raise invalid_step(
            "step['Type']",
            "Spark or CUSTOM_JAR",
            repr(kind),
            "Only a step of Spark can report. Leave another step to the tool that runs it today.",
        )
    # The CLI sorts them so, and adds these two.
    step = {"Name": _CLI_DEFAULTS[kind], "ActionOnFailure": "CONTINUE", **step}
    if kind == "custom_jar":
        return _with_jar_step(step)
    args = step.get("Args")
    given = [args] if isinstance(args, str) else list(args or ())
    return _with_jar_step({**step, "Jar": COMMAND_RUNNER, "Args": ["spark-submit", *given]})


def _with_jar_step(step: Mapping[str, Any]) -> dict[str, Any]:
    outer = {key: value for key, value in step.items() if key not in _OF_JAR_STEP}
    return {**outer, "HadoopJarStep": {key: value for key, value in step.items() if key in _OF_JAR_STEP}}


def _jar_step(given: Mapping[str, Any]) -> dict[str, Any]:
    # Terraform's plan writes `null` for a missing field.
    jar_step = {_spelled(key): value for key, value in given.items() if value is not None}
    # CloudFormation's name for it.
    of_cloud_formation = next((key for key in jar_step if _bare(key) == "stepproperties"), None)
    if of_cloud_formation is not None:
        jar_step["Properties"] = jar_step.pop(of_cloud_formation)
    properties = jar_step.get("Properties")
    if isinstance(properties, str):
        properties = dict(item.partition("=")[::2] for item in properties.split(",") if item)
    if isinstance(properties, Mapping):
        jar_step["Properties"] = [{"Key": key, "Value": value} for key, value in properties.items()]
    elif properties:
        jar_step["Properties"] = [_key_and_value(item) for item in properties]
    return jar_step


def _key_and_value(item: Any) -> Any:
    if not isinstance(item, Mapping):
        return item
    return {{"key": "Key", "value": "Value"}.get(str(key).lower(), key): value for key, value in item.items()}


def invalid_step(parameter: str, expected: str, got: str, remedy: str) -> InvalidParameterError:
    """The error of a value that is not a step, or of a part of it."""
    return InvalidParameterError(
        parameter=parameter,
        call="EMRStepJob.from_step",
        expected=expected,
        got=got,
        remedy=remedy,
        anchor="emr-step",
    )
