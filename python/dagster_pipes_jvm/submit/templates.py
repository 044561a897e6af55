"""Templates that nobody has rendered, in the strings of a job, such as Airflow's `{{ ds }}`."""

import re
from collections.abc import Iterable

# `{{PWD}}` in capitals is a mark of YARN, and JSON begins with a quote.
_JINJA = r"\{\{-?\s*(?![A-Z_]+\}\})[A-Za-z_(\[][^{}]*\}\}|\{%.*?%\}"
_TERRAFORM_AND_CLOUD_FORMATION = r"\$\{(?:(?:var|local|data|module|each|path|aws_\w+)\.|AWS::)[^{}]*\}"
_DATA_PIPELINE = r"#\{[^{}]*\}"
_ERB = r"<%.*?%>"
_TEMPLATE = re.compile("|".join((_JINJA, _TERRAFORM_AND_CLOUD_FORMATION, _DATA_PIPELINE, _ERB)), re.DOTALL)
_MOST_SHOWN = 3


def template_notes(strings: Iterable[str]) -> tuple[str, ...]:
    """A note for the user if the strings have templates, or none.

    Args:
        strings: the strings as they would be sent.
    """
    found = list(dict.fromkeys(template for string in strings for template in _TEMPLATE.findall(string)))
    if not found:
        return ()
    more = f" and {len(found) - _MOST_SHOWN} more" if len(found) > _MOST_SHOWN else ""
    return (
        f"Nothing renders {', '.join(found[:_MOST_SHOWN])}{more}: the job gets the template itself. Write the value, or pass"
        " it with override(args=[...]) or override(conf={...}).",
    )
