"""System files are ignored alike in tagging, training, evaluation, zip files and counts."""

from __future__ import annotations

import os
import zipfile
from collections import Counter
from pathlib import Path, PurePosixPath

import pytest

from fashionlens_gui.tagging.scan import scan
from tests.drawn_photos.collection import COLLECTION
from tests.trainer.bundled_taxonomy import DATA
from tests.trainer.data.test_fashion_mnist_and_folders import finish
from trainer.control import WorkControl
from trainer.data import folders, labelled_photos
from trainer.data.photo_files import PhotoWalk, Unreadable, class_folders
from trainer.data.photo_store import open_store
from trainer.data.skipped_files import skipped_folder
from trainer.errors import DataError
from trainer.preprocessing.input_spec import COLOUR_INPUT

CATEGORIES = ("_Sale", "shoes", "tops")
OF_SYSTEMS = (
    "#recycle/old",
    "@Recycle/old",
    "@eaDir/000.jpg",
    "$RECYCLE.BIN/S-1-5-21",
    "lost+found/#1234",
    "System Volume Information",
    "__MACOSX/shoes",
    ".Trash-1000/files",
    ".@__thumb",
    "Network Trash Folder",
)
SHARE = DATA.parent / "fieldcases" / "share"


@pytest.fixture(scope="module")
def share(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network drive: three categories of two photos; recycle bins and thumbnails beside them and inside one."""
    root = tmp_path_factory.mktemp("share")
    photo = next(sample for sample in COLLECTION if sample.name.endswith(".jpg")).save(root).read_bytes()
    next(root.iterdir()).unlink()
    inside = [f"tops/{folder}" for folder in OF_SYSTEMS]
    for folder in (*CATEGORIES, *OF_SYSTEMS, *inside):
        (root / folder).mkdir(parents=True)
        for name in ("1.jpg", "2.jpg"):
            (root / folder / name).write_bytes(photo)
    (root / "shoes" / "._1.jpg").write_bytes(b"resource fork")
    return root


def categories(names: list[str]) -> dict[str, int]:
    return dict(Counter(PurePosixPath(name).parts[0] for name in names))


def test_tagging_training_evaluation_and_the_count_find_the_same_photos(share: Path) -> None:
    expected = dict.fromkeys(CATEGORIES, 2)
    assert categories([found.file for found in scan([share], WorkControl())]) == expected
    with open_store(share) as store:
        assert categories(list(store.names())) == expected
    assert labelled_photos.count(share, 100) == expected
    images = finish(folders.load(share, COLOUR_INPUT, WorkControl()))
    assert images.classes == CATEGORIES
    assert categories([os.path.relpath(file, share) for file in images.files]) == expected
    assert images.unreadable == ()


def test_a_zip_of_the_drive_has_the_same_photos(share: Path, tmp_path: Path) -> None:
    file = tmp_path / "share.zip"
    with zipfile.ZipFile(file, "w") as archive:
        for path in share.rglob("*.jpg"):
            archive.write(path, path.relative_to(share))
    with open_store(file) as store:
        assert categories(list(store.names())) == dict.fromkeys(CATEGORIES, 2)


@pytest.mark.skipif(not SHARE.is_dir(), reason="the field cases are not on this computer")
def test_a_real_network_drive_listing_has_three_categories() -> None:
    expected = dict.fromkeys(CATEGORIES, 6)
    assert categories([found.file for found in scan([SHARE], WorkControl())]) == expected
    assert labelled_photos.count(SHARE, 100) == expected
    assert Counter(labelled_photos.find(SHARE).labels) == {0: 6, 1: 6, 2: 6}
    with open_store(SHARE) as store:
        assert categories(list(store.names())) == expected


def test_a_system_folder_that_is_requested_is_scanned(share: Path) -> None:
    assert len(list(PhotoWalk().below(share / "#recycle"))) == 2


@pytest.mark.parametrize("name", ["_Sale", "#sale", "@home", "Recycled", "Trash bags", "T+found"])
def test_categories_with_odd_names_are_categories(name: str, tmp_path: Path) -> None:
    (tmp_path / name).mkdir()
    assert class_folders(tmp_path) == [tmp_path / name]
    assert skipped_folder(name) is None


def test_the_count_stops_at_its_limit(share: Path) -> None:
    assert labelled_photos.count(share, 1) == dict.fromkeys(CATEGORIES, 1)


def test_a_folder_that_cannot_be_listed_is_reported_and_the_rest_is_read(
    share: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = os.scandir

    def scandir(path: object = "."):  # root can list every folder
        if str(path).endswith("shoes"):
            raise PermissionError(13, "Permission denied", path)
        return really(path)

    monkeypatch.setattr(os, "scandir", scandir)
    found = labelled_photos.find(share)
    assert len(found) == 4
    (closed,) = found.unreadable
    assert isinstance(closed, Unreadable)
    assert (closed.file, closed.error.code) == (str(share / "shoes"), "folder_no_permission")
    assert finish(folders.read(found, COLOUR_INPUT, WorkControl())).unreadable == (closed,)
    with open_store(share) as store, pytest.raises(DataError, match="folder_no_permission"):
        list(store.names())
