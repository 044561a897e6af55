"""Properties that a machine's spark-defaults.conf sets, where ours would hide them.

spark-submit takes `--jars` and `--conf` *instead of* the file's value, so a client that adds a jar must add it to that value.
"""

from collections.abc import Mapping
from pathlib import Path


def spark_defaults(spark_home: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """The properties of `$SPARK_CONF_DIR/spark-defaults.conf` (by default `SPARK_HOME/conf`); empty where there is none.

    The file's form is that of Java properties, of which Spark users need this much: a name, then white space, `=` or `:`,
    then the value; `#` and `!` start a comment line.
    """
    path = Path(environment.get("SPARK_CONF_DIR") or spark_home / "conf") / "spark-defaults.conf"
    if not path.is_file():
        return {}
    properties = {}
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        line = line.strip()
        if line and line[0] not in "#!":
            name_length = next((i for i, c in enumerate(line) if c in " \t=:"), len(line))
            value = line[name_length:].lstrip()
            properties[line[:name_length]] = value[1:].lstrip() if value[:1] in ("=", ":") else value
    return properties
