"""The session that JVM code of a PySpark job opened beside Python's own: its chunks are under `PREFIX/jvm/`."""

from collections.abc import Collection
from contextlib import suppress
from threading import Event

from dagster import PipesMessageHandler

from dagster_pipes_jvm.errors import PipesJvmError
from dagster_pipes_jvm.read.chunks.reader import ChunkPatience, ChunkReader, ChunkStore
from dagster_pipes_jvm.read.messages.account import JVM_SESSION
from dagster_pipes_jvm.read.messages.lines import MessageLines
from dagster_pipes_jvm.read.messages.thread import reading

_FOLDER = "jvm/"


def read_beside(
    reader: ChunkReader,
    store: ChunkStore,
    handler: PipesMessageHandler,
    ended: Event,
    *,
    source: str,
    holds_reports: bool,
    poll_interval_seconds: float,
    patience: ChunkPatience,
) -> None:
    """Read both sessions to the end: `reader`'s, and the one under `jvm/`, where there is one."""
    inside = _Folder(store)
    is_found = False

    def read_folder() -> None:
        nonlocal is_found
        is_found = True
        lines = MessageLines(handler, f"{source}/jvm", holds_reports=holds_reports, session=JVM_SESSION)
        lines.warn(
            "JVM code of this PySpark job opened a session of its own; it is read, too. For one session in the order of the"
            " calls open Python's first, with open_pipes(spark), or give open_dagster_pipes a PipesJvmMessageWriter(spark)."
        )
        ChunkReader(inside, lines, ended, poll_interval_seconds, patience).read()

    def look(_: Event) -> None:
        # It is there by mistake, or because JVM code opened first: no request four times a second for that.
        while not ended.wait(max(patience.beside_interval_seconds, poll_interval_seconds)):
            if inside.is_there():
                return read_folder()

    with reading(handler, f"{source}/jvm", look):
        reader.read()
    if not is_found and inside.is_there():
        read_folder()


class _Folder(ChunkStore):
    def __init__(self, store: ChunkStore) -> None:
        self._store = store

    def is_there(self) -> bool:
        if self._store.is_listed(f"{_FOLDER}1.json") is False:
            return False
        # What is wrong with the store the reader of the other session says.
        with suppress(PipesJvmError):
            return self.fetch("1.json") is not None
        return False

    def fetch(self, name: str) -> str | None:
        return self._store.fetch(_FOLDER + name)

    def is_access_proven(self) -> bool:
        return self._store.is_access_proven()

    def names(self) -> Collection[str] | None:
        names = self._store.names()
        return names and [name.removeprefix(_FOLDER) for name in names if name.startswith(_FOLDER)]
