"""Puts the bridge jar, the PySpark zip and the page that errors link to into the wheel.

An editable install finds them in the repository.
"""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CarriedFilesHook(BuildHookInterface):
    """Hatchling calls `initialize` before it builds the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add jar and zip of this version, and the page; `version` is the kind of build, `standard` or `editable`."""
        if version == "editable" or self.target_name != "wheel":
            return
        root = Path(self.root)
        jar = root / "jvm" / "bridge" / "target" / f"dagster-pipes-jvm-{self.metadata.version}.jar"
        pyspark_zip = root / "build" / "pyspark" / f"dagster-pipes-jvm-pyspark-{self.metadata.version}.zip"
        for file, folder, command in ((jar, "_jars", "make jar"), (pyspark_zip, "_zips", "make pyspark-zip")):
            if not file.is_file():
                raise FileNotFoundError(
                    f"The wheel carries {file.name}, and there is no {file}; run `{command}` first."
                )
            build_data["force_include"][str(file)] = f"dagster_pipes_jvm/{folder}/{file.name}"
        build_data["force_include"][str(root / "TROUBLESHOOTING.md")] = "dagster_pipes_jvm/TROUBLESHOOTING.md"
