import os
import random
from pathlib import Path

from dagster_pipes_jvm.injob.write.queue import MAX_CHUNK_BYTES, BufferSettings, ChunkQueue


def queue(directory: Path, buffer_bytes: int, spill_bytes: int) -> ChunkQueue:
    return ChunkQueue(BufferSettings(buffer_bytes, spill_bytes, str(directory)))


def add(target: ChunkQueue, line: str, *, keep: bool = False, now: float = 0.0) -> bool:
    return target.add(line.encode(), is_urgent=keep, keep=keep, now=now)


def take_all(source: ChunkQueue) -> list[str]:
    chunks = []
    while source.chunks:
        chunks.append(source.take().body.decode())
    return chunks


def lines_of(source: ChunkQueue) -> list[str]:
    return [line for chunk in take_all(source) for line in chunk.split("\n")]


def test_a_chunk_has_at_most_2_mib_and_a_longer_line_is_one_of_its_own(tmp_path: Path) -> None:
    waiting = queue(tmp_path, 1 << 30, 0)
    long = MAX_CHUNK_BYTES + 1
    for size in [1_000_000] * 9 + [long, 5]:
        add(waiting, "x" * size)
    million = 1_000_000
    chunks = [[len(line) for line in chunk.split("\n")] for chunk in take_all(waiting)]
    assert chunks == [*([[million] * 2] * 4), [million], [long], [5]]


def test_memory_first_then_disk_in_order_whatever_is_taken_in_between(tmp_path: Path) -> None:
    chance = random.Random(1)
    waiting = queue(tmp_path, 20_000, 10 << 20)
    sent = [f"{i}:" + "z" * chance.randrange(200) for i in range(20_000)]
    got: list[str] = []
    for line in sent:
        assert add(waiting, line)
        if chance.randrange(2000) == 0 and waiting.chunks:
            got += waiting.take().body.decode().split("\n")
    assert got + lines_of(waiting) == sent


def test_beyond_memory_and_disk_a_line_that_may_go_is_refused_and_one_that_must_stay_is_kept(tmp_path: Path) -> None:
    waiting = queue(tmp_path, 5000, 10_000)
    assert sum(add(waiting, "d" * 999) for _ in range(100)) == 15
    assert add(waiting, "report", keep=True)
    assert not add(waiting, "d" * 999)
    assert add(waiting, "closed", keep=True)
    assert lines_of(waiting)[15:] == ["report", "closed"]
    assert add(waiting, "d" * 999)


def test_a_file_that_is_still_read_goes_on_growing_at_its_end(tmp_path: Path) -> None:
    waiting = queue(tmp_path, 4096, 1 << 30)
    sent = [f"{i}" * 1_000_000 for i in range(9)]
    got = []
    for line in sent:
        assert add(waiting, line)
        if waiting.chunks == 2:
            got += waiting.take().body.decode().split("\n")
    assert got + lines_of(waiting) == sent


def test_disk_that_was_read_is_free_again(tmp_path: Path) -> None:
    waiting = queue(tmp_path, 4096, 64 << 10)
    for _ in range(50):
        assert sum(add(waiting, "s" * 999) for _ in range(60)) == 60
        assert len(lines_of(waiting)) == 60


def test_a_file_on_disk_belongs_to_its_owner_alone_and_has_no_name(tmp_path: Path) -> None:
    waiting = queue(tmp_path, 4096, 1 << 20)
    for _ in range(100):
        add(waiting, "s" * 999)
    (descriptor,) = [fd for fd in Path("/proc/self/fd").iterdir() if str(tmp_path) in _target(fd)]
    assert descriptor.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == []
    waiting.close()
    assert str(tmp_path) not in _target(descriptor)


def _target(descriptor: Path) -> str:
    try:
        return os.readlink(descriptor)
    except OSError:
        return ""


def test_a_directory_that_takes_no_file_is_as_good_as_a_full_disk(tmp_path: Path) -> None:
    waiting = queue(tmp_path / "missing", 4096, 1 << 20)
    assert sum(add(waiting, "d" * 999) for _ in range(10)) == 4
    assert isinstance(waiting.disk_fault, FileNotFoundError)
    assert add(waiting, "report", keep=True)
    assert lines_of(waiting)[-1] == "report"


def test_the_oldest_time_is_that_of_the_first_line_and_a_full_chunk_waits_for_nothing(tmp_path: Path) -> None:
    waiting = queue(tmp_path, 64 << 20, 0)
    add(waiting, "a", now=7)
    add(waiting, "b", now=9)
    assert (waiting.oldest, waiting.first_is_ready) == (7, False)
    add(waiting, "c" * MAX_CHUNK_BYTES, now=11)
    assert waiting.first_is_ready
    waiting.take()
    assert (waiting.oldest, waiting.first_is_ready) == (11, False)
