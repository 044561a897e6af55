"""A place in a file system that fsspec reaches, as Dagster's side sees it and as the job is told of it."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import fsspec
from fsspec.core import url_to_fs

from dagster_pipes_jvm.errors import FilesystemAccessError, InvalidParameterError, see, sentence
from dagster_pipes_jvm.stores import owner_files

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):(.*)", re.DOTALL)
_URL_PARAMETERS = re.compile(r"(?<=\S)\?\S+=\S+")
# fsspec names the package that is missing, but for the schemes that a package brings by itself.
_PACKAGE_BY_SCHEME = {"abfss": "adlfs"}


class FilesystemPlace:
    """A directory under which runs keep what they exchange: one place, named by the job and by Dagster's side.

    Args:
        job_uri: how the job names it; a path without a scheme is a directory that both sides mount.
        own_uri: how Dagster's side names it, `None` for the same.
        storage_options: for fsspec's implementation on Dagster's side.
        own_parameter: what `own_uri` is called in `call`.
        call: the public class whose parameters these are.

    Raises:
        InvalidParameterError: for a scheme that fsspec has no implementation of here.
    """

    def __init__(
        self,
        job_uri: str,
        own_uri: str | None,
        storage_options: Mapping[str, Any] | None,
        *,
        own_parameter: str,
        call: str,
    ) -> None:
        self.job_uri = _as_uri(job_uri)
        self.own_uri = _as_uri(own_uri) if own_uri is not None else self.job_uri
        self._storage_options = dict(storage_options or {})
        self._own_parameter = own_parameter
        self._parameter = own_parameter if own_uri is not None else "uri"
        self._call = call
        self._check_implementation()

    @property
    def is_local(self) -> bool:
        """Whether Dagster's side sees it as a directory of this machine, which may be a mount."""
        return self.own_uri.startswith("file:")

    def open(self) -> tuple[Any, str]:
        """A file system of its own, without a memory of what it has seen, and the path of the place in it.

        Raises:
            FilesystemAccessError: where it cannot be opened.
        """
        try:
            fs, path = url_to_fs(
                self.own_uri, skip_instance_cache=True, use_listings_cache=False, **self._storage_options
            )
        except Exception as e:
            raise self.refused("open", self.own_uri, e) from e
        return fs, path.rstrip("/")

    def make_directories(self, fs: Any, path: str) -> None:
        """Create a directory, on a POSIX file system for its owner only, see `owner_files`."""
        if self.is_local:
            owner_files.make_directories(Path(path))
        else:
            fs.makedirs(path, exist_ok=True)

    def write(self, fs: Any, path: str, content: bytes) -> None:
        """Write a file, on a POSIX file system for its owner only, see `owner_files`."""
        if self.is_local:
            owner_files.write(Path(path), content)
        else:
            fs.pipe_file(path, content)

    def refused(self, verb: str, what: str, cause: BaseException) -> FilesystemAccessError:
        """The error of a file system that does not let Dagster's side do what it has to."""
        reason = reason_of(cause)
        remedy = (
            f"Check the place that `{self._parameter}` names, `storage_options`, and what the user of Dagster's process may do"
            " there."
        )
        if self.own_uri.startswith("hdfs:"):
            remedy = (
                "hdfs:// needs pyarrow, Hadoop's libhdfs, a JDK and CLASSPATH; without them name the same place by WebHDFS in"
                f" `{self._own_parameter}`: webhdfs://NAMENODE:9870/..."
            )
        return FilesystemAccessError(
            f"`{self._call}` cannot {verb} {what}: {sentence(reason)} {remedy} {see('stores')}"
        )

    def _check_implementation(self) -> None:
        scheme = self.own_uri.partition(":")[0]
        try:
            fsspec.get_filesystem_class(scheme)
        except (ImportError, ValueError) as e:
            package = _PACKAGE_BY_SCHEME.get(scheme, "the package that it comes with")
            raise InvalidParameterError(
                parameter=self._parameter,
                call=self._call,
                expected="a URI that fsspec has an implementation for",
                got=f"{self.own_uri!r} ({e})",
                remedy=f"Install {package} beside Dagster, or name the same place in another way in `{self._own_parameter}`.",
                anchor="stores",
            ) from e


def reason_of(cause: BaseException) -> str:
    """What an exception says, on one line (pyarrow's has a hundred) and without the parameters of a URL (WebHDFS's token)."""
    text = (str(cause).splitlines() or [""])[0]
    return f"{type(cause).__name__}: {_URL_PARAMETERS.sub('?...', text)}"


def _as_uri(place: str) -> str:
    """With a scheme, and with the two slashes that fsspec wants after it; nothing is percent-encoded."""
    match = _SCHEME.fullmatch(place)
    if match is None:
        uri = f"file://{Path(place).absolute().as_posix()}"
    else:
        scheme, rest = match.groups()
        uri = place if rest.startswith("//") else f"{scheme}://{rest}"
    return uri.rstrip("/")
