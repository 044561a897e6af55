"""The name of an application that sets none, which instrumentation must not change.

Source: org.apache.spark.deploy.SparkSubmitArguments.loadEnvironmentArguments, and java.io.File.toURI.
"""

import posixpath
import re
from pathlib import Path
from urllib.parse import quote

from dagster_pipes_jvm.submit.spark_submit import SparkSubmit
from dagster_pipes_jvm.submit.uris import has_scheme

_KEY = "spark.app.name"
# Java quotes in a path what is not one of these, and leaves letters of other alphabets.
_QUOTED = re.compile(r"[^\w\-.!~*'():@&=+$,;/]|[\s\x00-\x1f\x7f-\x9f]")


def with_plain_name(submit: SparkSubmit, file: Path | None, *, name: str | None = None) -> SparkSubmit:
    """A spark-submit whose application has the name that it would have had, if another class or script runs in front.

    Args:
        submit: the spark-submit, with the class and the application of the user.
        file: the application on this machine, or `None` if it is elsewhere.
        name: the name of an application that Spark would not run without us.
    """
    if submit.spark_property(_KEY) is not None:
        return submit
    if not submit.is_known(_KEY):
        submit = submit.with_note(f"A {_KEY} in the step's --properties-file is hidden by ours: write it as --conf.")
    return submit.with_property(_KEY, name or _plain_name(submit, file))


def _plain_name(submit: SparkSubmit, file: Path | None) -> str:
    main_class = submit.line.value("--class")
    if main_class:
        return main_class
    if has_scheme(submit.application):
        return posixpath.basename(submit.application.rstrip("/"))
    # spark-submit resolves links, and takes the name from the URI of the file.
    name = file.resolve().name if file is not None else posixpath.basename(submit.application)
    return _QUOTED.sub(lambda match: quote(match[0], safe=""), name)
