"""Puts the jars, the PySpark zip, the bill of materials and the page that errors link to into the wheel.

An editable install finds them in the repository.
"""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CarriedFilesHook(BuildHookInterface):
    """Hatchling calls `initialize` before it builds the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add jars and zip of this version, and the page; `version` is the kind of build, `standard` or `editable`."""
        if version == "editable" or self.target_name != "wheel":
            return
        root = Path(self.root)
        release = self.metadata.version
        maven, zips, boms = (root / "build" / folder for folder in ("maven", "pyspark", "sbom"))
        jars = [file for kind in ("jar", "pom") for file in sorted(maven.rglob(f"{release}/*-{release}.{kind}"))]
        pyspark_zip = zips / f"dagster-pipes-jvm-pyspark-{release}.zip"
        bom = boms / f"dagster-pipes-jvm-{release}-wheel.cdx.json"
        for found, what, command in (
            (jars, maven, "make maven"),
            (pyspark_zip.is_file(), pyspark_zip, "make pyspark-zip"),
            (bom.is_file(), bom, "make sbom"),
        ):
            if not found:
                raise FileNotFoundError(f"The wheel carries {what}, which does not exist; run `{command}` first.")
        carried = {jar: f"_maven/{jar.relative_to(maven).as_posix()}" for jar in jars}
        carried[pyspark_zip] = f"_zips/{pyspark_zip.name}"
        carried[root / "TROUBLESHOOTING.md"] = "TROUBLESHOOTING.md"
        carried[root / "sbt"] = "init/templates/scala/jobs/sbt"
        build_data["sbom_files"].append(str(bom.relative_to(root)))
        for file, place in carried.items():
            build_data["force_include"][str(file)] = f"dagster_pipes_jvm/{place}"
