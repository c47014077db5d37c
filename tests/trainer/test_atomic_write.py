"""Atomic writes: files are old or new, and leftovers of killed writes are removed."""

from __future__ import annotations

import errno
import hashlib
import os
import platform
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from fashionlens_gui import messages
from fashionlens_gui.catalogue.corrections import write_csv as corrections_csv
from fashionlens_gui.tagging.csv_export import write_csv
from tests.held_files import held, held_files
from tests.processes import ROOT, unix
from trainer.atomic_write import atomic_write, check_replaceable, remove_leftover, write_or_rescue, write_text
from trainer.data.decisions import Decisions
from trainer.data.split_file import write_split
from trainer.data_quality.decisions_file import write_decisions
from trainer.errors import SaveError, os_reason
from trainer.model_files.model_file import save_tensors


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
    with pytest.raises(SaveError, match=r"file_not_saved.*'name': 'link'.*disk_full"):
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


# Programs that hold a file, as on Windows


@pytest.mark.parametrize("winerror", [5, 32, 33])
def test_a_program_that_holds_the_file_for_a_moment_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, winerror: int
) -> None:
    calls = held_files(monkeypatch, winerror, "tags.csv", times=3)
    write_text(tmp_path / "tags.csv", "new")
    assert ((tmp_path / "tags.csv").read_text(), len(calls)) == ("new", 4)
    assert os.listdir(tmp_path) == ["tags.csv"]


@pytest.mark.parametrize(("winerror", "reason"), [(5, "access_denied"), (32, "file_in_use"), (33, "file_in_use")])
def test_a_program_that_keeps_the_file_gives_an_error_that_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, winerror: int, reason: str
) -> None:
    target = tmp_path / "tags.csv"
    target.write_text("old")
    held_files(monkeypatch, winerror, "tags.csv")
    with pytest.raises(SaveError) as caught:
        write_text(target, "new", wait=0.1)
    assert caught.value.parameters["reason"] == reason
    assert "Excel" in messages.sentence(caught.value)
    assert (target.read_text(), os.listdir(tmp_path)) == ("old", ["tags.csv"])


WRITERS: dict[str, Callable[[Path], object]] = {
    "split": lambda file: write_split(file, {"train": [("a.jpg", "Hat")]}),
    "decisions": lambda file: write_decisions(file, Decisions()),
    "tensors": lambda file: save_tensors(file, {"a": torch.zeros(3)}, {}),
    "corrections": lambda file: corrections_csv([], file),
    "tags": lambda file: write_csv([], file),
}


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("winerror", [5, 32, 33])
def test_every_file_is_written_once_another_program_lets_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writer: str, winerror: int
) -> None:
    calls = held_files(monkeypatch, winerror, "file", times=2)
    WRITERS[writer](tmp_path / "file")
    assert (len(calls), os.listdir(tmp_path)) == (3, ["file"])
    assert (tmp_path / "file").stat().st_size > 0


@pytest.mark.parametrize("winerror", [5, 32, 33])
def test_a_file_that_nobody_needs_may_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, winerror: int
) -> None:
    times = [2]

    def refuse(self: Path, missing_ok: bool = False) -> None:
        times[0] -= 1
        if times[0] >= 0:
            raise held(winerror)
        os.remove(self)

    (tmp_path / "run.note").write_text("")
    monkeypatch.setattr(Path, "unlink", refuse)
    remove_leftover(tmp_path / "run.note")
    assert os.listdir(tmp_path) == []
    times[0] = 1000
    remove_leftover(tmp_path / "run.note")
    assert "could not be removed" in caplog.text


@unix
def test_a_folder_that_cannot_be_flushed_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flush = os.fsync

    def refuse_folders(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", refuse_folders)
    write_text(tmp_path / "tags.csv", "new")
    assert (tmp_path / "tags.csv").read_text() == "new"


def test_other_errors_are_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = held_files(monkeypatch, 112, "tags.csv")
    with pytest.raises(SaveError, match="disk_full"):
        write_text(tmp_path / "tags.csv", "new")
    assert len(calls) == 1


def test_a_temporary_file_that_cannot_be_removed_does_not_hide_the_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, missing_ok: bool = False) -> None:
        raise PermissionError(13, "Permission denied")

    held_files(monkeypatch, 32, "tags.csv")
    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(SaveError, match="file_in_use"):
        write_text(tmp_path / "tags.csv", "new", wait=0)


@pytest.mark.parametrize("winerror", [5, 32, 33])
def test_the_result_of_long_work_goes_beside_a_file_that_is_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, winerror: int
) -> None:
    target, other = tmp_path / "tags.csv", tmp_path / "refuge"
    target.write_text("old")
    (tmp_path / "tags (2).csv").write_text("of another day")
    held_files(monkeypatch, winerror, "tags.csv")
    file, problem = write_or_rescue(target, lambda place: place.write_text("new"), other, wait=0)
    assert (file.name, file.read_text(), target.read_text()) == ("tags (3).csv", "new", "old")
    assert problem is not None and str(file) in messages.sentence(problem) and "Excel" in messages.sentence(problem)


def test_the_result_of_long_work_goes_to_another_folder_when_the_disk_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, refuge = tmp_path / "stick", tmp_path / "refuge"
    real = tempfile.mkstemp

    def full(*words: object, dir: Path, **more: object) -> object:
        if dir == there:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(*words, dir=dir, **more)  # type: ignore[call-overload]

    monkeypatch.setattr(tempfile, "mkstemp", full)
    file, problem = write_or_rescue(there / "tags.csv", lambda place: place.write_text("new"), refuge)
    assert (file.parent, file.read_text()) == (refuge, "new")
    assert problem is not None and "the disk is full" in messages.sentence(problem)
    monkeypatch.setattr(tempfile, "mkstemp", lambda **_: full(dir=there))
    with pytest.raises(SaveError, match=r"file_not_saved.*'folder': '.*stick'"):
        write_or_rescue(there / "tags.csv", lambda place: place.write_text("new"), refuge)


@pytest.mark.parametrize("winerror", [5, 32, 33])
def test_a_target_in_use_is_noticed_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, winerror: int
) -> None:
    target = tmp_path / "tags.csv"
    check_replaceable(target)
    target.write_text("old")
    check_replaceable(target)
    held_files(monkeypatch, winerror, "tags.csv")
    with pytest.raises(OSError, match="held"):
        check_replaceable(target)
    assert (target.read_text(), os.listdir(tmp_path)) == ("old", ["tags.csv"])


def test_leftovers_of_dead_processes_of_this_computer_are_removed_at_once(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    computer = hashlib.blake2b(platform.node().encode(), digest_size=4).hexdigest()
    dead = tmp_path / f".b.csv.{computer}-{ended.pid}-abc_1.part"
    alive = tmp_path / f".b.csv.{computer}-{os.getppid()}-abc_1.part"
    elsewhere = tmp_path / f".b.csv.00000000-{ended.pid}-abc_1.part"
    for left in (dead, alive, elsewhere):
        left.write_text("half")
    write_text(tmp_path / "a.csv", "whole")
    assert set(os.listdir(tmp_path)) == {"a.csv", alive.name, elsewhere.name}


@pytest.mark.parametrize(
    ("error", "platform_name", "says"),
    [
        (OSError(errno.ENOSPC, ""), "linux", "the disk is full"),
        (OSError(errno.EROFS, ""), "linux", "can only be read"),
        (OSError(errno.ENAMETOOLONG, ""), "linux", "too long"),
        (PermissionError(errno.EPERM, ""), "darwin", "Privacy & Security"),
        (PermissionError(errno.EACCES, ""), "darwin", "you have no permission"),
        (held(206), "win32", "too long"),
        (held(2, errno.ENOENT, "C:\\" + "x" * 260), "win32", "too long"),
        (held(2, errno.ENOENT, "C:\\x"), "win32", "held"),
        (OSError(errno.EIO, "Input/output error"), "linux", "Input/output error"),
    ],
)
def test_reasons_in_plain_words(monkeypatch: pytest.MonkeyPatch, error: OSError, platform_name: str, says: str) -> None:
    monkeypatch.setattr(sys, "platform", platform_name)
    saved = SaveError("file_not_saved", name="tags.csv", folder="/shop", reason=os_reason(error))
    assert says in messages.sentence(saved)
