"""A file is there whole or not at all, also when the writing fails or is killed at any step."""

import errno
import os

import pytest

from matcher.files import whole_file, whole_folder, write_flushed
from tests.matcher.killed import every_step


@pytest.fixture
def path(tmp_path):
    """Return a file that holds something already."""
    path = tmp_path / "file.csv"
    path.write_bytes(b"old")
    return path


@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_at_the_end_the_new_content_has_the_name(path, mode):
    with whole_file(path, mode, "utf-8") as file:
        file.write("né\r\n")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == "né\r\n".encode()
    assert path.stat().st_mode & 0o777 == mode
    assert os.listdir(path.parent) == [path.name]


def test_what_gets_its_name_is_on_disk_already(tmp_path, monkeypatch):
    """A power cut keeps what was flushed: a file before its name, a folder after all in it."""
    flushed, named = [], {}
    fsync, rename, replace = os.fsync, os.rename, os.replace

    def note_flush(descriptor):
        flushed.append(os.fstat(descriptor).st_ino)
        fsync(descriptor)

    def noting(move):
        def note_name(before, after, **how):
            inside = os.scandir(before) if os.path.isdir(before) else ()
            wanted = [*(entry.inode() for entry in inside), os.stat(before).st_ino]
            named[os.path.basename(after)] = [inode in flushed for inode in wanted]
            move(before, after, **how)

        return note_name

    monkeypatch.setattr(os, "fsync", note_flush)
    monkeypatch.setattr(os, "rename", noting(rename))
    monkeypatch.setattr(os, "replace", noting(replace))
    with whole_file(tmp_path / "file") as file:
        file.write(b"all")
    with whole_folder(tmp_path / "folder", ".aside-") as folder:
        for name in ("one", "two"):
            write_flushed(folder / name, b"all")
    assert named == {"file": [True], "folder": [True] * 3}
    assert flushed[-1] == os.stat(tmp_path).st_ino


def test_what_fails_leaves_what_was_there(path):
    with pytest.raises(ZeroDivisionError), whole_file(path) as file:
        file.write(b"half")
        1 / 0  # noqa: B018
    assert (path.read_bytes(), os.listdir(path.parent)) == (b"old", [path.name])


def test_an_error_of_the_disk_names_the_file(path):
    with pytest.raises(OSError, match="No space") as failed, whole_file(path):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert failed.value.filename == str(path)


def test_a_folder_that_is_not_there_is_told_by_the_file_that_was_to_come(tmp_path):
    path = tmp_path / "none" / "file"
    with pytest.raises(FileNotFoundError) as failed, whole_file(path):
        pass
    assert failed.value.filename == str(path)


def test_an_error_of_another_file_keeps_its_name(path):
    with pytest.raises(FileNotFoundError, match=r"input\.csv"), whole_file(path):
        open(path.with_name("input.csv"))  # noqa: SIM115


def test_a_new_file_takes_no_name_that_another_has(path):
    with pytest.raises(FileExistsError), whole_file(path, new=True) as file:
        file.write(b"mine")
    assert (path.read_bytes(), os.listdir(path.parent)) == (b"old", [path.name])


def test_killed_at_any_step_it_is_the_old_one_or_the_new_one(path):
    def write():
        with whole_file(path) as file:
            file.write(b"new")

    seen = set()
    for _ in every_step(write):
        seen.add(path.read_bytes())
        path.write_bytes(b"old")
    assert seen == {b"old", b"new"}
