"""``sort-files``, ``write-keywords`` and ``read-keywords`` with real photos."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.query import Query, find
from fashionlens_gui.cli import main
from fashionlens_gui.file_sorting import sort as sorting
from fashionlens_gui.photo_keywords.container import Metadata
from fashionlens_gui.photo_keywords.formats import read_metadata, write_metadata
from fashionlens_gui.photo_keywords.pieces import joined
from fashionlens_gui.photo_keywords.xmp import DC, LIGHTROOM, XmpPacket
from tests.catalogue.catalogue_rows import add, item
from tests.processes import ROOT, unix

Answer = Callable[..., Any]
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def shop(tmp_path: Path, own_home: Path) -> Path:
    """Photos that are in the catalogue: two dresses of one name, a coat, a bag; and a file that is none of them."""
    folder = tmp_path / "shop"
    rows = []
    for number, (name, category) in enumerate(
        (("a/1.jpg", "Dress"), ("b/1.jpg", "Dress"), ("2.png", "Coat"), ("3.webp", "Bag"))
    ):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (40, 50), (40 * number, 0, 90)).save(path)
        os.utime(path, (10**9 + number, 10**9))
        rows.append(item(path.name, category, folder=str(path.parent)))
    (folder / "note.txt").write_text("keep")
    (folder / "a" / "1.jpg.xmp").write_bytes(XmpPacket(None).to_bytes())
    with Catalogue(own_home / "catalogue.sqlite", write=True) as catalogue:
        add(catalogue, *rows)
    return folder


@pytest.fixture
def answer(capfd: Capture) -> Answer:
    """Run a command with ``--json``; returns what it printed."""

    def run(*words: object, code: int = 0) -> Any:
        capfd.readouterr()
        assert main([*map(str, words), "--json"]) == code, capfd.readouterr().err
        return json.loads(capfd.readouterr().out)

    return run


def tree(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        if path.is_file()
        else (b"", 0)
        for path in folder.rglob("*")
    }


def _time(path: Path) -> int:
    return path.stat().st_mtime_ns if path.is_file() else 0


def paths_by_id(own_home: Path) -> dict[int, Path]:
    with Catalogue(own_home / "catalogue.sqlite") as catalogue:
        return {id_: tag.path for id_, tag in catalogue.tags(find(catalogue, Query())).items()}


def test_moving_and_undoing_restores_the_tree(shop: Path, own_home: Path, answer: Answer) -> None:
    before, ids = tree(shop), paths_by_id(own_home)
    dry = answer("sort-files", shop, "--into", shop / "sorted", "--move", "--dry-run")
    assert tree(shop) == before
    assert answer("sort-files", shop, "--into", shop / "sorted", "--move")["photos"] == 4
    assert sorted(each["to"] for each in dry["files"]) == sorted(
        str(shop / "sorted" / name)
        for name in (
            *("Dress/Navy blue/1.jpg", "Dress/Navy blue/1.jpg.xmp", "Dress/Navy blue/1 (2).jpg"),
            *("Coat/Navy blue/2.png", "Bag/Navy blue/3.webp"),
        )
    )
    after = tree(shop)
    assert {name for name in after if after[name][0]} == {
        "note.txt", *(Path(each["to"]).relative_to(shop).as_posix() for each in dry["files"])
    }  # fmt: skip
    assert {id_: path.exists() for id_, path in paths_by_id(own_home).items()} == dict.fromkeys(ids, True)
    again = answer("sort-files", shop, "--into", shop / "sorted", "--move")
    assert (again["photos"], {each["reason"] for each in again["left"]}) == (0, {"in_place"})
    assert answer("sort-files", "--undo")["photos"] == 4
    assert (tree(shop), paths_by_id(own_home)) == (before, ids)
    assert main(["sort-files", "--undo"]) == 2


def test_copies_never_replace_a_file_and_a_changed_copy_stays(shop: Path, tmp_path: Path, answer: Answer) -> None:
    into = tmp_path / "out"
    other = into / "coats" / "COAT-navy-blue.png"
    other.parent.mkdir(parents=True)
    other.write_bytes(b"somebody's")
    words = ["sort-files", shop / "2.png", "--into", into, "--pattern", "coats"]
    words += ["--name", "{category|upper}-{colour|slug}"]
    assert answer(*words)["photos"] == 1
    assert other.read_bytes() == b"somebody's"
    copy = other.with_name("COAT-navy-blue (2).png")
    assert copy.read_bytes() == (shop / "2.png").read_bytes()
    assert answer(*words)["left"][0]["reason"] == "copied_before"
    copy.write_bytes(b"edited")
    assert answer("sort-files", "--undo", code=1)["left"][0]["reason"] == "changed_since"
    assert copy.read_bytes() == b"edited"


@pytest.mark.parametrize("pattern", ["../{category}", "{kind}", "{category|shout}", "{category"])
def test_patterns_that_cannot_be_used_are_refused(pattern: str, shop: Path, capfd: Capture) -> None:
    before = tree(shop)
    assert main(["sort-files", "--into", str(shop), "--pattern", pattern]) == 2
    assert "“" in capfd.readouterr().err
    assert tree(shop) == before


_KILLED = """
import os, sys
from fashionlens_gui.file_sorting import sort
left = int(sys.argv.pop(1))
def killed(source, target, real=sort.move_file):
    global left
    left -= 1
    if left < 0:
        os.link(source, target)  # half of a move
        os._exit(9)
    real(source, target)
sort.move_file = killed
from fashionlens_gui.cli import main
sys.exit(main(sys.argv[1:]))
"""


@unix
@pytest.mark.parametrize("moved", [0, 2])
@pytest.mark.parametrize("then", ["--undo", "--continue"])
def test_a_killed_move_is_continued_or_undone(
    moved: int, then: str, shop: Path, own_home: Path, answer: Answer
) -> None:
    before, ids = tree(shop), paths_by_id(own_home)
    words = [sys.executable, "-c", _KILLED, str(moved), "sort-files", "--into", str(shop / "sorted"), "--move"]
    assert subprocess.run(words, cwd=ROOT, timeout=120).returncode == 9
    assert tree(shop) != before
    assert main(["sort-files", "--into", str(shop / "other")]) == 2  # the interrupted one comes first
    answer("sort-files", then)
    if then == "--continue":
        assert all("sorted" in path.parts and path.exists() for path in paths_by_id(own_home).values())
        assert answer("sort-files", "--undo")["photos"] == 4
    assert (tree(shop), paths_by_id(own_home)) == (before, ids)


def test_another_drive_gets_a_copy_before_the_source_goes(
    shop: Path, tmp_path: Path, answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def other_drive(*_: object, **__: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    before = tree(shop)
    monkeypatch.setattr(os, "link", other_drive)
    if os.name == "nt":
        pytest.skip("Windows moves with rename")
    assert answer("sort-files", "--into", tmp_path / "drive", "--move")["photos"] == 4
    assert len(list((tmp_path / "drive").rglob("*.*"))) == 5
    assert answer("sort-files", "--undo")["photos"] == 4
    assert tree(shop) == before


def test_sidecars_are_written_replaced_and_restored(shop: Path, own_home: Path, answer: Answer) -> None:
    before = tree(shop)
    assert len(answer("write-keywords", shop, "--dry-run")["files"]) == 4
    assert tree(shop) == before
    assert len(answer("write-keywords", shop)["files"]) == 4
    packet = XmpPacket((shop / "2.png.xmp").read_bytes())
    assert packet.list_of(DC, "subject") == ["Coat", "Navy blue"]
    assert "Colour|Navy blue" in packet.list_of(LIGHTROOM, "hierarchicalSubject")
    assert answer("write-keywords", shop)["unchanged"] == 4
    answer("catalogue", "correct", shop / "2.png", "--set", "category=Kimono")
    assert answer("write-keywords", shop)["files"] == [str(shop / "2.png.xmp")]
    assert "Coat" not in XmpPacket((shop / "2.png.xmp").read_bytes()).list_of(DC, "subject")
    assert len(answer("write-keywords", shop, "--restore")["files"]) == 4
    assert {name: content for name, (content, _) in tree(shop).items()} == {
        name: content for name, (content, _) in before.items()
    }


def test_keywords_inside_photos_are_not_tagged_again_and_are_restored(
    shop: Path, own_home: Path, answer: Answer
) -> None:
    before = {name: content for name, (content, _) in tree(shop).items()}
    (shop / "3.webp").write_bytes((shop / "3.webp").read_bytes()[:40])
    broken = (shop / "3.webp").read_bytes()
    done = answer("write-keywords", shop, "--inside", code=1)
    assert (len(done["files"]), [each["file"] for each in done["errors"]]) == (3, [str(shop / "3.webp")])
    assert (shop / "3.webp").read_bytes() == broken
    with Catalogue(own_home / "catalogue.sqlite") as catalogue, catalogue.database.read() as database:
        for path, size, mtime_ns in database.execute("SELECT path, size, mtime_ns FROM photos WHERE file <> '3.webp'"):
            status = os.stat(path)
            assert (status.st_size, status.st_mtime_ns) == (size, mtime_ns)
    # Another program adds a word: its file is not restored to the byte, but loses our words alone.
    file = shop / "2.png"
    packet = XmpPacket(read_metadata(file.read_bytes()).xmp)
    packet.set_list(DC, "subject", [*packet.list_of(DC, "subject"), "holiday"])
    data = file.read_bytes()
    file.write_bytes(joined(data, write_metadata(data, Metadata(packet.to_bytes()))))
    restored = answer("write-keywords", shop, "--restore", code=1)
    assert (len(restored["files"]), restored["cleaned"]) == (2, [str(file)])
    assert XmpPacket(read_metadata(file.read_bytes()).xmp).list_of(DC, "subject") == ["holiday"]
    assert (shop / "a" / "1.jpg").read_bytes() == before["a/1.jpg"]


def test_a_photo_whose_picture_is_damaged_is_refused(shop: Path, answer: Answer) -> None:
    photo = shop / "b" / "1.jpg"
    cut = photo.read_bytes()[:-60] + b"\xff\xd9"  # its segments are in order
    photo.write_bytes(cut)
    done = answer("write-keywords", photo, "--inside", code=1)
    assert (done["files"], len(done["errors"])) == ([], 1)
    assert photo.read_bytes() == cut


def test_keywords_of_people_become_corrections_in_one_step(shop: Path, answer: Answer) -> None:
    answer("write-keywords", shop)
    assert answer("read-keywords", shop)["changed"] == 0
    for name, words in (("2.png", ["Skirt", "holiday"]), ("3.webp", ["Bag", "Red", "Navy blue", "holiday"])):
        file = shop / f"{name}.xmp"
        packet = XmpPacket(file.read_bytes())
        packet.set_list(DC, "subject", words)
        file.write_bytes(packet.to_bytes())
    dry = answer("read-keywords", shop, "--dry-run")
    found = answer("read-keywords", shop)
    assert (dry["photos"], found["changed"]) == (found["photos"], 2)
    assert {Path(each["file"]).name: each["values"] for each in found["photos"]} == {
        "2.png": {"category": "Skirt", "colour": ""},
        "3.webp": {"colour": "Red"},
    }
    assert found["unknown"] == {"holiday": 2}
    rows = {Path(row["file"]).name: row["category"] for row in answer("catalogue", "list", shop)}
    assert rows["2.png"] == "Skirt"
    assert answer("catalogue", "undo")["changed"] == 2
    assert answer("read-keywords", shop)["changed"] == 2


def test_a_failing_disk_leaves_each_file_where_it_is(
    shop: Path, own_home: Path, answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    before = tree(shop)
    monkeypatch.setattr(sorting, "move_file", full)
    left = answer("sort-files", "--into", shop / "sorted", "--move", code=1)["left"]
    assert {each["reason"] for each in left} == {"disk_full"}
    monkeypatch.undo()
    monkeypatch.setenv("FASHIONLENS_HOME", str(own_home))
    answer("sort-files", "--undo")
    assert tree(shop) == before


def test_a_folder_that_is_read_only_keeps_its_photos_and_no_copies_are_left(
    shop: Path, tmp_path: Path, own_home: Path, answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    if os.name == "nt":
        pytest.skip("Windows moves with rename")
    before, ids = tree(shop), paths_by_id(own_home)
    real_unlink, real_replace = os.unlink, os.replace

    def unlink(path: Path, **options: Any) -> None:
        if Path(path).is_relative_to(shop) and not str(path).endswith(".part"):
            raise PermissionError(13, "Permission denied", str(path))
        real_unlink(path, **options)

    def replace(source: Path, target: Path, **options: Any) -> None:
        if Path(target).is_relative_to(shop):
            raise PermissionError(13, "Permission denied", str(target))
        real_replace(source, target, **options)

    monkeypatch.setattr(os, "unlink", unlink)
    monkeypatch.setattr(os, "replace", replace)
    done = answer("sort-files", shop, "--into", tmp_path / "sorted", "--move", code=1)
    assert (done["photos"], {each["reason"] for each in done["left"]}) == (0, {"no_permission"})
    assert [path for path in (tmp_path / "sorted").rglob("*") if path.is_file()] == []
    written = answer("write-keywords", shop, "--inside", code=1)
    assert (written["files"], len(written["errors"])) == ([], 4)
    assert (tree(shop), paths_by_id(own_home)) == (before, ids)
