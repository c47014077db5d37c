"""The command ``duplicates``, with real files."""

from __future__ import annotations

import io
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.cli import main
from fashionlens_gui.paths import samples_dir
from tests.catalogue.catalogue_rows import add, item

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A photo with a copy, a smaller and a mirrored one; two others; a damaged file."""
    folder = tmp_path / "photos"
    (folder / "old").mkdir(parents=True)
    samples = samples_dir()
    shutil.copy(samples / "handbag-burgundy.jpg", folder / "bag.jpg")
    shutil.copy(samples / "handbag-burgundy.jpg", folder / "old" / "bag (1).jpg")
    with Image.open(samples / "handbag-burgundy.jpg") as bag:
        bag.resize((bag.width // 2, bag.height // 2)).save(folder / "small.png")
        bag.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(folder / "mirrored.jpg", quality=60)
    for name in ("wool-coat-camel.jpg", "jeans-indigo.jpg"):
        shutil.copy(samples / name, folder / name)
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 broken")
    os.utime(folder / "bag.jpg", (2 * 10**9, 2 * 10**9))
    os.utime(folder / "old" / "bag (1).jpg", (10**9, 10**9))
    return folder


def groups(capfd: Capture) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(capfd.readouterr().out)["groups"]
    return found


def test_the_same_picture_in_any_form_is_one_group(folder: Path, capfd: Capture) -> None:
    assert main(["duplicates", str(folder), "--json"]) == 1  # one file is broken
    (group,) = groups(capfd)
    names = {Path(each["file"]).name for each in group["photos"]}
    assert names == {"bag.jpg", "bag (1).jpg", "small.png", "mirrored.jpg"}
    assert (group["exact"], Path(group["keep"]).name, group["why"]) == (False, "bag (1).jpg", "oldest")
    assert main(["duplicates", str(folder), "--exact", "--json"]) == 1
    (group,) = groups(capfd)
    assert (group["exact"], len(group["photos"]), group["why"]) == (True, 2, "oldest")
    assert len(list(folder.rglob("*.*"))) == 7


def test_most_pixels_win_and_the_text_says_why(folder: Path, capfd: Capture) -> None:
    for name in ("broken.jpg", "mirrored.jpg", "old/bag (1).jpg"):
        os.unlink(folder / name)
    assert main(["duplicates", str(folder)]) == 0
    out = capfd.readouterr().out
    assert out.startswith("4 photos compared: 1 group, 1 that could go.")
    kept = next(line for line in out.splitlines() if "keep:" in line)
    assert kept.endswith(f"{folder / 'bag.jpg'}  keep: it has most pixels")


def test_others_go_to_the_trash_when_asked_and_agreed(
    folder: Path, capfd: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    trashed: list[str] = []

    def trash(path: Path) -> None:
        if path.name == "small.png":
            raise OSError("no trash here")
        trashed.append(path.name)
        os.unlink(path)

    monkeypatch.setattr("send2trash.send2trash", trash)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert main(["duplicates", str(folder), "--trash"]) == 2  # nobody answers
    assert trashed == []
    assert main(["duplicates", str(folder), "--trash", "--yes"]) == 1
    assert sorted(trashed) == ["bag.jpg", "mirrored.jpg"]
    assert "small.png could not be moved to the trash and is still in" in capfd.readouterr().err
    assert (folder / "old" / "bag (1).jpg").exists() and (folder / "small.png").exists()


def test_photos_of_a_catalogue_are_compared(folder: Path, tmp_path: Path, capfd: Capture) -> None:
    file = tmp_path / "shop.sqlite"
    with Catalogue(file, write=True) as catalogue:
        add(catalogue, *(item(name, folder=str(folder)) for name in ("bag.jpg", "old/bag (1).jpg", "jeans-indigo.jpg")))
    assert main(["duplicates", "--catalogue", str(file), "--json"]) == 0
    (group,) = groups(capfd)
    assert {Path(each["file"]).name for each in group["photos"]} == {"bag.jpg", "bag (1).jpg"}
    with Catalogue(tmp_path / "empty.sqlite", write=True):
        pass
    assert main(["duplicates", "--catalogue", str(tmp_path / "empty.sqlite")]) == 2
    assert "has no photos to compare with" in capfd.readouterr().err
    assert main(["duplicates", str(folder / "none")]) == 2
    assert "none" in capfd.readouterr().err
    (folder / "empty").mkdir()
    assert main(["duplicates", str(folder / "empty"), "--json"]) == 0
    assert groups(capfd) == []
