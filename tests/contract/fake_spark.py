"""A Spark whose spark-submit runs a Python application as a plain process, with the session in its environment."""

import os
import sys
from pathlib import Path

_SPARK_SUBMIT = r"""#!{python}
import os, sys
words = sys.argv[1:]
variables = {{
    "spark.dagster.pipes.context": "DAGSTER_PIPES_CONTEXT",
    "spark.dagster.pipes.messages": "DAGSTER_PIPES_MESSAGES",
}}
for word in words:
    key, _, value = word.partition("=")
    if key in variables:
        os.environ[variables[key]] = value
application = next(index for index, word in enumerate(words) if word.endswith(".py"))
os.execv(sys.executable, [sys.executable, *words[application:]])
"""


def fake_spark_home(folder: Path) -> str:
    """Write it into a folder."""
    program = folder / "bin" / "spark-submit"
    program.parent.mkdir(parents=True)
    (folder / "jars").mkdir()
    program.write_text(_SPARK_SUBMIT.format(python=sys.executable), encoding="utf-8")
    os.chmod(program, 0o755)
    return str(folder)
