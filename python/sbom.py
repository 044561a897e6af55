"""Writes the bills of materials, in CycloneDX's JSON: `python python/sbom.py [FOLDER]`.

There is one for the wheel, which carries the other, and one for the bridge jar. They list what these files carry of
other projects, because no package manager sees that: a part of Gson, and dagster-pipes. The dependencies that pip and
Maven install are in the metadata of the wheel and in the POMs. The same jars and the same zip give the same bytes.
"""

import hashlib
import json
import re
import sys
import uuid
from collections.abc import Sequence
from pathlib import Path

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType, Pedigree
from cyclonedx.model.license import LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

_ROOT = Path(__file__).parents[1]
_GROUP = "io.github.dagster-pipes-jvm"
_NAME = "dagster-pipes-jvm"


def write(folder: Path, *, root: Path = _ROOT) -> list[Path]:
    """Write both bills into a folder, which is created if it does not exist.

    Args:
        folder: where to.
        root: the folder with `build/maven` and `build/pyspark`.
    """
    version = _found(r'__version__ = "([^"]+)"', "python/dagster_pipes_jvm/_version.py")
    maven = root / "build" / "maven" / Path(*_GROUP.split("."))
    folder.mkdir(parents=True, exist_ok=True)
    return [
        _written(folder / f"{_NAME}-{version}-jar.cdx.json", _bridge(maven, version)),
        _written(folder / f"{_NAME}-{version}-wheel.cdx.json", _wheel(maven, root / "build" / "pyspark", version)),
    ]


def _bridge(maven: Path, version: str) -> Component:
    gson = _found(r'val gson\s*= "([^"]+)"', "project/Versions.scala")
    carried = _component(
        "maven", "gson", gson, "com.google.code.gson", notes="its streaming classes, below dagsterpipes.shaded.gson"
    )
    return _jar(maven, _NAME, version, [carried])


def _wheel(maven: Path, zips: Path, version: str) -> Component:
    pipes = _found(r"^dagster-pipes==(\S+)", "python/pyspark_zip/requirements.txt")
    name = f"{_NAME}-pyspark-{version}.zip"
    facades = sorted(folder.parent.name for folder in maven.glob(f"dagster-pipes-scala_*/{version}"))
    return _component(
        "pypi",
        _NAME,
        version,
        carried=[
            _bridge(maven, version),
            *(_jar(maven, facade, version, []) for facade in facades),
            Component(
                type=ComponentType.FILE,
                name=name,
                bom_ref=name,
                version=version,
                hashes=_hashes(zips / name),
                licenses=[LicenseExpression("Apache-2.0")],
                components=[_component("pypi", "dagster-pipes", pipes, notes="its code without comments")],
            ),
        ],
    )


def _jar(maven: Path, artifact: str, version: str, carried: Sequence[Component]) -> Component:
    file = maven / artifact / version / f"{artifact}-{version}.jar"
    return _component("maven", artifact, version, _GROUP, carried=carried, hashes=_hashes(file))


def _component(
    kind: str,
    name: str,
    version: str,
    group: str | None = None,
    *,
    carried: Sequence[Component] = (),
    hashes: Sequence[HashType] = (),
    notes: str | None = None,
) -> Component:
    purl = PackageURL(kind, group, name, version)
    return Component(
        type=ComponentType.LIBRARY,
        group=group,
        name=name,
        version=version,
        bom_ref=str(purl),
        purl=purl,
        licenses=[LicenseExpression("Apache-2.0")],
        components=carried,
        hashes=hashes,
        pedigree=Pedigree(notes=notes) if notes else None,
    )


def _hashes(file: Path) -> list[HashType]:
    return [HashType(alg=HashAlgorithm.SHA_256, content=hashlib.sha256(file.read_bytes()).hexdigest())]


def _written(path: Path, component: Component) -> Path:
    bom = Bom(components=list(component.components), serial_number=uuid.uuid5(uuid.NAMESPACE_URL, path.name))
    component.components.clear()
    bom.metadata.component = component
    bom.register_dependency(component, bom.components)
    content = json.loads(JsonV1Dot6(bom).output_as_string())
    del content["metadata"]["timestamp"]  # two builds give the same bytes
    text = json.dumps(content, indent=2)
    if fault := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        raise ValueError(f"{path.name} is no CycloneDX: {fault}")
    path.write_text(text + "\n", encoding="utf-8")
    return path


def _found(pattern: str, place: str) -> str:
    """The group of an expression in a file of the repository."""
    (found,) = re.findall(pattern, (_ROOT / place).read_text(encoding="utf-8"), re.MULTILINE)
    return str(found)


if __name__ == "__main__":
    for written in write(Path(sys.argv[1]) if len(sys.argv) > 1 else _ROOT / "build" / "sbom"):
        print(written)
