"""The context as an object in any file system that fsspec reaches; the JVM's partner is `dagsterpipes.context`."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from dagster import PipesContextInjector, get_dagster_logger
from dagster_pipes import PipesContextData, PipesParams

from dagster_pipes_jvm.stores.filesystem import FilesystemPlace, reason_of
from dagster_pipes_jvm.wire import URI_KEY


class PipesJvmFilesystemContextInjector(PipesContextInjector):
    """Puts the context into a directory of HDFS, of a cloud's store or of a mount, and takes it away when the run ends.

    For contexts that are too long for the parameters themselves. Lifecycle: one injector serves any number of runs, one
    after another and at once.

    Args:
        uri: the directory as the job names it, see `PipesJvmFilesystemMessageReader`; the two may share one.
        write_uri: the same directory as Dagster's side names it, where that differs: `webhdfs://namenode:9870/pipes`.
        storage_options: for fsspec's implementation.

    Raises:
        InvalidParameterError: for a scheme that fsspec has no implementation of here.
        FilesystemAccessError: at the start of a run, where the context cannot be written.
    """

    def __init__(
        self, uri: str, *, write_uri: str | None = None, storage_options: Mapping[str, Any] | None = None
    ) -> None:
        self._place = FilesystemPlace(
            uri, write_uri, storage_options, own_parameter="write_uri", call=type(self).__name__
        )

    @contextmanager
    def inject_context(self, context: PipesContextData) -> Iterator[PipesParams]:
        """Write the context; yields the parameters with which the job finds it, and removes it."""
        name = f"context-{uuid4()}.json"
        fs, directory = self._place.open()
        path = f"{directory}/{name}"
        try:
            self._place.make_directories(fs, directory)
            self._place.write(fs, path, json.dumps(context).encode())
        except Exception as e:
            raise self._place.refused("write", path, e) from e
        try:
            yield {URI_KEY: f"{self._place.job_uri}/{name}"}
        finally:
            try:
                fs.rm_file(path)
            except FileNotFoundError:
                pass
            except Exception as e:
                # How the job ended matters more.
                get_dagster_logger().warning(f"[pipes] {path} could not be removed and stays: {reason_of(e)}")

    def no_messages_debug_text(self) -> str:
        """What to check when nothing arrived."""
        return (
            f"Attempted to inject the context by a file in {self._place.own_uri}, which the job calls"
            f" {self._place.job_uri}."
        )
