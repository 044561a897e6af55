"""The requirements of Maven Central for a POM."""

from collections.abc import Iterator
from xml.etree import ElementTree

_NAMESPACE = "{http://maven.apache.org/POM/4.0.0}"
_TEXTS = (
    "modelVersion",
    "name",
    "description",
    "url",
    "licenses/license/name",
    "licenses/license/url",
    "developers/developer/name",
    "developers/developer/email",
    "scm/url",
    "scm/connection",
    "scm/developerConnection",
)
_COORDINATES = ("groupId", "artifactId", "version")


def pom_faults(content: bytes, *, group: str, artifact: str, version: str) -> Iterator[str]:
    """The requirements that a POM does not meet.

    Args:
        content: the POM as bytes.
        group: the group of its folder, and so on.
        artifact: as above.
        version: as above.
    """
    try:
        project = ElementTree.fromstring(content)
    except ElementTree.ParseError as fault:
        yield f"the POM is no XML: {fault}"
        return
    for name, expected in zip(_COORDINATES, (group, artifact, version), strict=True):
        if (got := _text(project, name)) != expected:
            yield f"the POM has the {name} {got or 'of nobody'}, expected {expected}"
    if (packaging := _text(project, "packaging") or "jar") != "jar":
        yield f"the POM has the packaging {packaging}, expected jar"
    yield from (f"the POM has no {path}" for path in _TEXTS if not _text(project, path))
    for name in ("repositories", "pluginRepositories", "distributionManagement", "parent"):
        if project.find(f"{_NAMESPACE}{name}") is not None:
            yield f"the POM has {name}"
    if b"${" in content:
        yield "the POM has a property that nobody replaced"
    for dependency in project.iter(f"{_NAMESPACE}dependency"):
        coordinates = ":".join(_text(dependency, name) for name in _COORDINATES)
        if not _text(dependency, "version") or coordinates.endswith("-SNAPSHOT"):
            yield f"the POM depends on {coordinates}, which is no release"
        if _text(dependency, "scope") == "system":
            yield f"the POM depends on a file: {coordinates}"


def _text(element: ElementTree.Element, path: str) -> str:
    return (element.findtext("/".join(f"{_NAMESPACE}{name}" for name in path.split("/"))) or "").strip()
