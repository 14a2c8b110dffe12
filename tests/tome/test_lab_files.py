"""Files of the commands: whole or not at all, one process at a time, and nobody else's."""

import errno
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tome.lab.files import OwnFile, replacing
from tome.lab.table import Table

KEY = ("r",)


def full(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("before", [None, b"before"])
def test_a_file_that_could_not_be_finished_leaves_what_was_there(before, tmp_path, monkeypatch):
    path = tmp_path / "page.html"
    if before:
        path.write_bytes(before)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=r"No space left on device: .*page\.html"), replacing(path) as file:
        file.write(b"after")
    assert list(tmp_path.iterdir()) == ([path] if before else [])
    assert not before or path.read_bytes() == before


def test_a_replaced_file_keeps_its_mode_and_its_link(tmp_path):
    path, link = tmp_path / "a", tmp_path / "link"
    path.write_bytes(b"before")
    path.chmod(0o640)
    link.symlink_to(path)
    with replacing(link) as file:
        file.write(b"after")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"after", 0o640)
    assert link.is_symlink()


def test_a_folder_that_is_not_there_is_named_by_the_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"absent/page\.html"), replacing(tmp_path / "absent" / "page.html"):
        pass


@pytest.mark.parametrize(
    "content",
    [b'{"results": [1, 2, 3]}', b"first line\nsecond line without an end", b"\x00\xff" * 40_000, b"speed\n1\n"],
    ids=["JSON of one line", "notes", "binary", "other columns"],
)
def test_a_file_that_is_no_table_of_ours_is_refused_and_left_as_it_is(content, tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"t\.csv must have the columns r to be continued"):
        Table(path, KEY)
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("content", "rule"), [(b"r,speed\n1\n", "2 values; record 1 has 1"), (b"r,speed\n\xff,1\n", "UTF-8")]
)
def test_a_damaged_table_is_refused_and_left_as_it_is(content, rule, tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=rule):
        Table(path, KEY)
    assert path.read_bytes() == content


@pytest.mark.parametrize("kind", ["folder", "fifo", "socket", "link to a fifo"])
def test_what_is_no_regular_file_is_refused_before_it_is_opened(kind, tmp_path, monkeypatch):
    # Never a device: run as root, a mistake here would remove it.
    monkeypatch.chdir(tmp_path)  # the name of a socket is short
    path = Path("t.csv")
    if kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(str(path))
    else:
        os.mkfifo("fifo")
        path.symlink_to("fifo")
    before = path.lstat()
    with pytest.raises(ValueError, match="must be a regular file"):
        Table(path, KEY)
    assert os.path.samestat(path.lstat(), before)


def test_a_table_is_whole_at_every_moment(tmp_path, monkeypatch):
    path = tmp_path / "t.csv"
    with Table(path, KEY) as table:
        table.append({"r": 1, "speed": 2})
        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", full)
            with pytest.raises(OSError, match="No space"):
                table.append({"r": 2, "speed": 3})
        assert path.read_text() == "r,speed\n1,2\n"
        table.append({"r": 2, "speed": 3})
    assert path.read_text() == "r,speed\n1,2\n2,3\n"
    assert list(tmp_path.iterdir()) == [path]


def test_a_second_writer_is_refused_before_and_after_a_record_and_let_in_at_the_end(tmp_path):
    path = tmp_path / "t.csv"
    with Table(path, KEY) as table:
        for r in range(3):
            with pytest.raises(BlockingIOError, match=r"Another process is writing this file: .*t\.csv"):
                Table(path, KEY)
            table.append({"r": r})
    with Table(path, KEY) as again:
        assert len(list(again)) == 3


def test_another_process_is_refused(tmp_path):
    path = tmp_path / "t.csv"
    ask = f"from tome.lab.table import Table\ntry: Table({str(path)!r}, ('r',))\nexcept BlockingIOError: print('busy')"
    with Table(path, KEY) as table:
        table.append({"r": 1})
        assert subprocess.check_output([sys.executable, "-c", ask]) == b"busy\n"
    assert subprocess.check_output([sys.executable, "-c", ask]) == b""


def test_a_file_that_was_replaced_while_it_was_opened_is_opened_again(tmp_path, monkeypatch):
    path = tmp_path / "t.csv"
    path.write_bytes(b"old")
    from tome.lab import files

    lock, turns = files._lock, []

    def late(number: int, where: Path) -> None:
        if not turns:
            turns.append(1)
            (tmp_path / "other").write_bytes(b"new")
            os.replace(tmp_path / "other", path)
        lock(number, where)

    monkeypatch.setattr(files, "_lock", late)
    file = OwnFile(path)
    assert file.read() == b"new"
    file.close()


def test_a_table_without_records_leaves_no_file(tmp_path):
    with Table(tmp_path / "t.csv", KEY):
        assert (tmp_path / "t.csv").exists()
    assert not list(tmp_path.iterdir())
    (tmp_path / "t.csv").touch()
    Table(tmp_path / "t.csv", KEY).close()
    assert (tmp_path / "t.csv").exists()  # it was there before


def test_where_no_locks_are_known_a_table_is_written_all_the_same(tmp_path, monkeypatch):
    from tome.lab import files

    monkeypatch.setattr(files, "fcntl", None)
    with Table(tmp_path / "t.csv", KEY) as table:
        table.append({"r": 1})
    assert (tmp_path / "t.csv").read_text() == "r\n1\n"
