"""Puts the built bridge jar and the page that errors link to into the wheel.

An editable install finds both in the repository.
"""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CarriedFilesHook(BuildHookInterface):
    """Hatchling calls `initialize` before it builds the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the jar of this version, and the page; `version` is the kind of build, `standard` or `editable`."""
        if version == "editable" or self.target_name != "wheel":
            return
        name = f"dagster-pipes-jvm-{self.metadata.version}.jar"
        jar = Path(self.root) / "jvm" / "bridge" / "target" / name
        if not jar.is_file():
            raise FileNotFoundError(f"The wheel carries the bridge jar, and there is no {jar}; run `make jar` first.")
        build_data["force_include"][str(jar)] = f"dagster_pipes_jvm/_jars/{name}"
        build_data["force_include"][str(Path(self.root) / "TROUBLESHOOTING.md")] = (
            "dagster_pipes_jvm/TROUBLESHOOTING.md"
        )
