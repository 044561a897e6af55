"""File names in URIs as spark-submit reads them: as `java.net.URI`, which refuses a space and cuts at `#` and `?`."""

import posixpath
import re
from urllib.parse import quote, unquote, urlsplit

# Windows drives have one letter.
_URI = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]+):(//[^/?#]*)?")
_ESCAPED = re.compile(r"%(?![0-9A-Fa-f]{2})|[^\x21-\x7e]|[\"<>\\^`{|}\[\]]")
_ESCAPED_IN_APPLICATION = re.compile(_ESCAPED.pattern + "|[#?]")
# The query of these belongs to the address.
_WITH_QUERY = frozenset({"http", "https", "ftp", "ivy"})


def spark_uri(place: str, *, is_application: bool = False) -> str:
    """The place of a file with every character escaped that `java.net.URI` does not take.

    If Spark cannot read a place as a URI, it takes it for a local path: `s3://lake/my job.py` becomes
    `file:/.../s3:/lake/my%20job.py`. A percent sign with two hexadecimal digits is an escape already and remains.

    Args:
        place: a URI, or a path, which is returned unchanged.
        is_application: whether `#` and `?` are a part of the name. Elsewhere `#` begins an alias, and `?` may be a
            pattern.
    """
    found = _URI.match(place)
    if found is None:
        return place
    is_name = is_application and found["scheme"].lower() not in _WITH_QUERY
    escaped = _ESCAPED_IN_APPLICATION if is_name else _ESCAPED
    return found[0] + escaped.sub(lambda match: quote(match[0], safe=""), place[found.end() :])


def has_scheme(place: str) -> bool:
    """Whether a place is a URI, and not a path."""
    return _URI.match(place) is not None


def fetched_name(application: str) -> str:
    """The name that a script has on the driver after Spark has fetched it from a URI: without escapes."""
    return unquote(posixpath.basename(urlsplit(spark_uri(application, is_application=True)).path))
