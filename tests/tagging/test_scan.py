from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from fashionlens_gui import messages
from fashionlens_gui.tagging.scan import ScanItem, scan
from tests.processes import unix
from trainer.control import WorkControl

needs_links = pytest.mark.skipif(sys.platform == "win32", reason="links need special rights on Windows")
needs_byte_names = pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names are always Unicode there")


def files(*paths: Path) -> list[str]:
    return [item.file for item in scan(paths, WorkControl())]


def touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x")


def test_order_is_natural_and_a_folders_own_files_come_first(tmp_path: Path) -> None:
    touch(tmp_path, "b/10.jpg", "b/9.jpg", "img 10.JPG", "img 2.png", "IMG 1.webp", "a/x.tif", "B2/y.gif")
    assert files(tmp_path) == ["IMG 1.webp", "img 2.png", "img 10.JPG", "a/x.tif", "b/9.jpg", "b/10.jpg", "B2/y.gif"]


def test_only_photos_count_and_hidden_and_system_files_do_not(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "notes.txt", "b.jpg.zip", "._a.jpg", ".hidden/b.jpg", "__MACOSX/c.jpg", "@eaDir/d.jpg")
    assert files(tmp_path) == ["a.jpg"]


def test_a_named_file_is_read_with_any_suffix(tmp_path: Path) -> None:
    touch(tmp_path, "photo without suffix", ".hidden.jpg")
    assert files(tmp_path / "photo without suffix") == ["photo without suffix"]
    assert files(tmp_path / ".hidden.jpg") == [".hidden.jpg"]
    assert files(tmp_path / "absent.jpg") == ["absent.jpg"]  # reading it reports that it is missing


def test_names_keep_several_folders_apart(tmp_path: Path) -> None:
    touch(tmp_path, "spring/1.jpg", "summer/1.jpg", "summer/deep/2.jpg")
    assert files(tmp_path / "summer") == ["1.jpg", "deep/2.jpg"]
    assert files(tmp_path / "spring", tmp_path / "summer") == ["spring/1.jpg", "summer/1.jpg", "summer/deep/2.jpg"]
    assert files(tmp_path / "spring/1.jpg", tmp_path / "summer/1.jpg") == ["spring/1.jpg", "summer/1.jpg"]


def test_paths_are_absolute_also_for_relative_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "shop/1.jpg")
    monkeypatch.chdir(tmp_path)
    (found,) = scan([Path("shop")], WorkControl())
    assert found == ScanItem(tmp_path / "shop" / "1.jpg", "1.jpg")


@needs_links
@unix
def test_a_photo_and_a_link_to_it_give_one_row(tmp_path: Path) -> None:
    touch(tmp_path, "shop/ok.jpg", "shop/zebra.jpg", "elsewhere/2.jpg")
    (tmp_path / "shop" / "link.jpg").symlink_to("ok.jpg")
    (tmp_path / "shop" / "outside.jpg").symlink_to(tmp_path / "elsewhere" / "2.jpg")
    assert files(tmp_path / "shop") == ["ok.jpg", "zebra.jpg", "outside.jpg"]


@needs_links
@unix
def test_links_to_folders_are_not_followed_so_loops_end(tmp_path: Path) -> None:
    touch(tmp_path, "a/1.jpg", "elsewhere/2.jpg")
    (tmp_path / "a" / "loop").symlink_to(tmp_path / "a", target_is_directory=True)
    (tmp_path / "a" / "loop.jpg").symlink_to(tmp_path / "a", target_is_directory=True)
    (tmp_path / "a" / "out").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    assert files(tmp_path / "a") == ["1.jpg"]
    # A link that the user names is followed.
    assert files(tmp_path / "a" / "out") == ["2.jpg"]


@needs_links
@unix
def test_a_file_reached_twice_is_given_once(tmp_path: Path) -> None:
    touch(tmp_path, "a/1.jpg", "a/b/2.jpg")
    (tmp_path / "a" / "3.jpg").symlink_to("1.jpg")
    (tmp_path / "link").symlink_to("a", target_is_directory=True)
    found = list(scan([tmp_path / "a", tmp_path / "a/1.jpg", tmp_path / "link", tmp_path / "a/b"], WorkControl()))
    assert [item.path for item in found] == [tmp_path / "a/1.jpg", tmp_path / "a/b/2.jpg"]


@needs_links
@unix
def test_broken_links_link_cycles_and_pipes_are_listed(tmp_path: Path) -> None:
    (tmp_path / "gone.jpg").symlink_to("nowhere.jpg")
    (tmp_path / "ring.jpg").symlink_to("ring.jpg")
    os.mkfifo(tmp_path / "pipe.jpg")
    assert files(tmp_path) == ["pipe.jpg", "gone.jpg", "ring.jpg"]


@needs_byte_names
def test_a_non_unicode_name_keeps_its_bytes_and_can_be_shown(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/caf\xe9.jpg"
    with open(name, "wb"):
        pass
    (found,) = scan([tmp_path], WorkControl())
    assert os.fsencode(found.path) == name
    assert found.file == "caf\\xe9.jpg"
    assert found.file.encode()


def test_a_folder_without_permission_is_reported_and_the_rest_is_scanned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch(tmp_path, "a/1.jpg", "locked/2.jpg", "z/3.jpg")
    really = os.scandir

    def scandir(path: str):  # root can open every folder
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied", path)
        return really(path)

    monkeypatch.setattr(os, "scandir", scandir)
    first, locked, last = scan([tmp_path], WorkControl())
    assert (first.file, locked.file, last.file) == ("a/1.jpg", "locked/", "z/3.jpg")
    assert locked.error is not None
    assert locked.error.code == "folder_no_permission"
    assert "locked" in messages.sentence(locked.error)


def test_it_stops_when_asked(tmp_path: Path) -> None:
    touch(tmp_path, *(f"{number}.jpg" for number in range(50)))
    control = WorkControl()
    found = []
    for item in scan([tmp_path], control):
        found.append(item)
        if len(found) == 7:
            control.stop()
    assert len(found) == 7


def test_a_very_deep_tree_is_no_problem(tmp_path: Path) -> None:
    deep = "/".join("d" for _ in range(300))
    touch(tmp_path, f"{deep}/1.jpg")
    assert files(tmp_path) == [f"{deep}/1.jpg"]
