"""EMR's requests as botocore knows them: which fields there are, and whether a request is well formed. No network."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import botocore.session
from botocore.model import StructureShape
from botocore.validate import ParamValidator

from dagster_pipes_jvm.errors import InvalidParameterError

# What the API's XmlString is not made of; AWS answers it with a ValidationException.
REFUSED_CHARACTER = re.compile("[^\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff\r\n\t]")


def fields_of(operation: str) -> frozenset[str]:
    """The fields of a request, such as `RunJobFlow`."""
    return frozenset(_shape(operation).members)


def check_request(operation: str, request: Mapping[str, Any], *, call: str) -> None:
    """Let botocore check a request against AWS's model of it.

    Raises:
        InvalidParameterError: with botocore's own words.
    """
    report = ParamValidator().validate(request, _shape(operation))
    if report.has_errors():
        raise InvalidParameterError(
            parameter=operation,
            call=call,
            expected=f"a request of {operation} as boto3 {botocore.__version__} knows it",
            got=report.generate_report().replace("\n", "; "),
            remedy="Write the field that is named as AWS takes it; a newer boto3 knows newer fields.",
            anchor="emr-request",
        )


@cache
def _shape(operation: str) -> StructureShape:
    shape = botocore.session.get_session().get_service_model("emr").operation_model(operation).input_shape
    assert shape is not None, operation
    return shape
