"""Databases on network drives: which drives are such, and how they are written there."""

from __future__ import annotations

import ctypes
import sqlite3
from pathlib import Path
from types import SimpleNamespace

import pytest

from fashionlens_gui import database_file
from fashionlens_gui.database_file import Format
from trainer.errors import FashionLensError

_FORMAT = Format(1, 1, "CREATE TABLE things (thing TEXT)", lambda detail: FashionLensError("session_too_new", detail))
_LINUX = """\
/dev/sda1 / ext4 rw,relatime 0 0
proc /proc proc rw 0 0
server:/home /home nfs4 rw,vers=4.2 0 0
//server/shop\\040photos /mnt/shop\\040photos cifs rw 0 0
/dev/sdb1 /home/me/local ext4 rw 0 0
me@host:/ /media/host fuse.sshfs rw 0 0
"""
_MACOS = """\
/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)
map auto_home on /System/Volumes/Data/home (autofs, automounted, nobrowse)
//me@server/shop%20photos on /Volumes/shop photos (smbfs, nodev, nosuid, mounted by me)
"""


@pytest.mark.parametrize(
    ("folder", "table", "expected"),
    [
        ("/home/me", _LINUX, "nfs4"),
        ("/home/me/local/FashionLens", _LINUX, "ext4"),
        ("/homes", _LINUX, "ext4"),
        ("/mnt/shop photos", _LINUX, "cifs"),
        ("/media/host/a", _LINUX, "fuse.sshfs"),
        ("/Users/me", _MACOS, "apfs"),
        ("/Volumes/shop photos/FashionLens", _MACOS, "smbfs"),
        ("/anywhere", "", ""),
    ],
)
def test_the_innermost_mount_says_the_file_system(folder: str, table: str, expected: str) -> None:
    assert database_file.file_system(folder, table) == expected


def test_windows_knows_network_drives_by_their_letter_or_name(monkeypatch: pytest.MonkeyPatch) -> None:
    types = {"C:\\": 3, "Z:\\": 4}
    windll = SimpleNamespace(kernel32=SimpleNamespace(GetDriveTypeW=types.__getitem__))
    monkeypatch.setattr(ctypes, "windll", windll, raising=False)
    assert not database_file.on_network_drive(r"C:\Users\me\AppData\Local\FashionLens", "win32")
    assert database_file.on_network_drive(r"Z:\FashionLens", "win32")
    assert database_file.on_network_drive(r"\\server\homes\me", "win32")


@pytest.mark.parametrize("network", [False, True])
def test_a_database_on_a_network_drive_has_no_write_ahead_log(
    network: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not database_file.on_network_drive(str(tmp_path), "linux")
    file = tmp_path / "things.sqlite"
    database_file.connect(file, _FORMAT, timeout=1).close()  # one with a log may have been moved there
    monkeypatch.setattr(database_file, "on_network_drive", lambda *_: network)
    connection = database_file.connect(file, _FORMAT, timeout=1)
    connection.execute("INSERT INTO things VALUES ('one')")
    assert (tmp_path / "things.sqlite-wal").exists() != network
    connection.close()
    with sqlite3.connect(file) as check:
        assert check.execute("SELECT * FROM things").fetchall() == [("one",)]
    check.close()
