"""What makes a job report that knows nothing of Dagster: our plugin in its Spark, and our main around its own.

Its JVM side is `dagsterpipes.instrument.PipesPlugin` and `PipesMain`; docs/zero-code.md says what they see.
"""

import json
import posixpath
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from dagster_pipes_jvm.injob import script_runner
from dagster_pipes_jvm.job import SparkJob

DEFAULT_PLUGINS_KEY = "spark.plugins.defaultList"
"""Spark puts it before `spark.plugins`, which stays what the user or the cluster says."""

_PLUGIN = "dagsterpipes.instrument.PipesPlugin"
_MAIN = "dagsterpipes.instrument.PipesMain"
_KEY_PREFIX = "spark.dagster.pipes.instrument."


SCRIPT_RUNNER = Path(script_runner.__file__)
"""What runs a PySpark script, and tells how it ended."""


def instrumented(
    job: SparkJob,
    *,
    plugins: str | None,
    main_class: str | None,
    script: Path | None,
    runner: str = str(SCRIPT_RUNNER),
) -> SparkJob:
    """The job as it is launched with `instrument`; the same one without.

    Args:
        job: the job, with everything else that is added to it.
        plugins: what `spark.plugins.defaultList` is now.
        main_class: what the jar's manifest names, for a job without a `main_class`.
        script: where a PySpark script is on the machine that runs the driver; `None` where Spark has to bring it there.
        runner: where spark-submit finds `SCRIPT_RUNNER`.
    """
    if not job.instrument:
        return job
    conf = {DEFAULT_PLUGINS_KEY: ",".join(filter(None, [plugins, _PLUGIN]))}
    for name in ("outputs", "inputs"):
        patterns = getattr(job, name)
        if patterns:
            conf[_KEY_PREFIX + name] = json.dumps(dict(patterns))
    if not job.is_python:
        wrapped = job.main_class or main_class
        return replace(job.override(conf=conf), main_class=_MAIN, args=[*filter(None, [wrapped]), *job.args])
    conf[_KEY_PREFIX + "main"] = "python"
    py_files = job.py_files
    name = str(script) if script else posixpath.basename(urlsplit(job.application).path)
    if not script:
        py_files = [*py_files, job.application]  # Spark puts it into a folder of the driver's Python path.
    return replace(job.override(conf=conf), application=runner, args=[name, *job.args], py_files=py_files)
