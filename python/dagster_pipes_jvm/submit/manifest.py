"""The main class that the manifest of a jar names."""

import re
import zipfile


def main_class_in(jar: zipfile.ZipFile) -> str | None:
    """The `Main-Class` of an opened jar, or `None` if it has none.

    Only the directory of the jar and its manifest are read.
    """
    try:
        manifest = jar.read("META-INF/MANIFEST.MF").decode("utf-8", "replace")
    except KeyError:
        return None
    # A line of more than 72 bytes continues in the next one, behind a space.
    for line in re.sub("\r?\n ", "", manifest).splitlines():
        if line.startswith("Main-Class:"):
            return line.partition(":")[2].strip()
    return None
