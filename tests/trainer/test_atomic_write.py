"""Atomic writes: files are old or new, and leftovers of killed writes are removed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.processes import ROOT, unix
from trainer.atomic_write import atomic_write, write_text
from trainer.errors import SaveError


def test_replaces_in_one_step_and_leaves_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "new folder" / "größe [1].csv"
    write_text(target, "old")
    write_text(target, "new ü\r\n")
    assert target.read_bytes() == "new ü\r\n".encode()
    assert [entry.name for entry in target.parent.iterdir()] == [target.name]


def test_a_failure_midway_keeps_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "tags.csv"
    write_text(target, "old")
    with pytest.raises(ZeroDivisionError), atomic_write(target) as temporary:
        temporary.write_text("half")
        raise ZeroDivisionError
    assert target.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["tags.csv"]


def test_a_folder_in_the_way_is_a_plain_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SaveError, match="file_not_saved"):
        write_text(tmp_path / "file" / "tags.csv", "x")


@unix
def test_the_target_of_a_link_is_replaced_and_keeps_its_mode(tmp_path: Path) -> None:
    real, link = tmp_path / "elsewhere" / "real.csv", tmp_path / "link.csv"
    write_text(real, "old")
    real.chmod(0o640)
    link.symlink_to(Path("elsewhere", "real.csv"))
    write_text(link, "new")
    assert (link.is_symlink(), real.read_text(), real.stat().st_mode & 0o777) == (True, "new", 0o640)
    (tmp_path / "new.csv").symlink_to(tmp_path / "not yet.csv")
    write_text(tmp_path / "new.csv", "first")
    assert ((tmp_path / "new.csv").is_symlink(), (tmp_path / "not yet.csv").read_text()) == (True, "first")


@unix
def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_text(pipe, "through")
        assert os.read(reader, 100) == b"through"
    finally:
        os.close(reader)
    assert pipe.is_fifo()
    assert [entry.name for entry in tmp_path.iterdir()] == ["pipe"]


@pytest.mark.skipif(not os.path.exists("/proc/self/fd/1"), reason="only Linux has this name")
@pytest.mark.parametrize("way", ["pipe", "file"])
def test_standard_output_by_name_is_not_replaced(tmp_path: Path, way: str) -> None:
    # Not /dev/stdout: root could replace it for the whole machine; files in /proc cannot be replaced.
    code = (
        "import sys; from pathlib import Path; from trainer.atomic_write import write_text; "
        "sys.stdout.write('before,'); write_text(Path('/proc/self/fd/1'), 'within,'); sys.stdout.write('after')"
    )
    words = [sys.executable, "-c", code]
    if way == "pipe":
        written = subprocess.run(words, cwd=ROOT, check=True, timeout=60, stdout=subprocess.PIPE).stdout
    else:
        with (tmp_path / "said").open("wb") as file:
            subprocess.run(words, cwd=ROOT, check=True, timeout=60, stdout=file)
        written = (tmp_path / "said").read_bytes()
    assert written == b"before,within,after"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has a device that is always full")
def test_a_device_without_room_is_a_plain_error(tmp_path: Path) -> None:
    link = tmp_path / "link"  # a replaced file would not remove the device
    link.symlink_to("/dev/full")
    with pytest.raises(SaveError, match=r"file_not_saved.*'name': 'link'.*No space left"):
        write_text(link, "x")
    assert link.is_symlink() and link.is_char_device()


def test_leftovers_of_killed_writes_are_removed_and_running_writes_are_not(tmp_path: Path) -> None:
    abandoned, running, foreign = (tmp_path / name for name in (".a.csv.x1.part", ".a.csv.x2.part", ".b.csv.x1.part"))
    for left in (abandoned, running, foreign):
        left.write_text("half")
    long_ago = time.time() - 3600
    os.utime(abandoned, (long_ago, long_ago))
    os.utime(foreign, (long_ago, long_ago))
    write_text(tmp_path / "a.csv", "whole")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == sorted(["a.csv", running.name, foreign.name])
