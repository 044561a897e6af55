import os
from pathlib import Path

import pytest

from dagster_pipes_jvm import InvalidParameterError, PipesJvmFileLogReader, PipesJvmLogFileMessageReader
from dagster_pipes_jvm.read.logs.file import FollowedFile


def read(file: FollowedFile) -> str:
    parts = list(file.poll())
    assert {part.log for part in parts} <= {file.name}
    return b"".join(part.data for part in parts if isinstance(part.data, bytes)).decode()


def test_a_file_is_followed_from_when_it_is_there(tmp_path: Path) -> None:
    path = tmp_path / "late.log"
    file = FollowedFile(path, "stdout")
    assert read(file) == ""
    for text in ("a", "b\nc", ""):
        with path.open("a") as out:
            out.write(text)
        assert read(file) == text
    assert list(file.notes()) == []
    file.close()


def test_a_rotated_file_is_read_to_its_end_before_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    file = FollowedFile(path, "stdout")
    path.write_text("one\n")
    assert read(file) == "one\n"
    with path.open("a") as writer:
        writer.write("two\n")
        writer.flush()
        path.rename(tmp_path / "x.log.1")
        # The writer has not opened a new one yet.
        assert read(file) == "two\n"
        writer.write("three\n")
    path.write_text("four\n")
    assert read(file) == "three\nfour\n"
    assert list(file.notes()) == [f"{path} was rotated; the new file is read from its beginning"]
    file.close()


@pytest.mark.parametrize("new", ["short\n", "longer than what was there before\n", "as long as it\n"])
def test_a_file_that_was_cut_is_noticed_and_read_from_its_beginning(tmp_path: Path, new: str) -> None:
    path = tmp_path / "x.log"
    file = FollowedFile(path, "stdout")
    path.write_text("was that long\n")
    assert read(file) == "was that long\n"
    with path.open("w") as out:  # The same inode.
        out.write(new)
    if len(new) == len("was that long\n"):
        # Of the same length to the byte it shows when more comes.
        assert read(file) == ""
        with path.open("a") as out:
            out.write("more\n")
        new += "more\n"
    assert read(file) == new
    (note,) = file.notes()
    assert note.startswith(f"{path} was cut while it was read, or written anew; it is read from its beginning")
    assert list(file.notes()) == []
    file.close()


def test_what_is_in_the_file_already_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_text("an earlier run\n")
    file = FollowedFile(path, "stdout", skips_existing=True)
    with path.open("a") as out:
        out.write("this run\n")
    assert read(file) == "this run\n"
    file.close()
    again = FollowedFile(path, "stdout", skips_existing=True)
    path.write_text("written anew, and longer than it was when the run began\n")
    assert read(again) == path.read_text()
    again.close()


def test_a_file_that_cannot_be_read_is_refused_before_anything_starts(tmp_path: Path) -> None:
    for make in (PipesJvmLogFileMessageReader, PipesJvmFileLogReader):
        with pytest.raises(
            InvalidParameterError, match=r"Expected a file, which need not be there yet, got the directory"
        ):
            make(tmp_path)
    with pytest.raises(InvalidParameterError, match=r"Expected 'stdout' or 'stderr', got 'stdin'"):
        PipesJvmLogFileMessageReader(tmp_path / "x", stream="stdin")  # type: ignore[arg-type]  # the test passes a wrong value
    assert os.listdir(tmp_path) == []
