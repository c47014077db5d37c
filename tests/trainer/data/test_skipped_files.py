"""Every file in a folder is a photo or is skipped for a reason; content decides, not the name."""

from __future__ import annotations

import os
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from fashionlens_gui import messages
from fashionlens_gui.messages.photos import skipped_summary
from tests.drawn_photos.collection import COLLECTION
from tests.hostile_files import encoded, picture
from trainer.data import labelled_photos, photo_files, skipped_files
from trainer.data.photo_files import PhotoWalk, file_identity
from trainer.data.photo_store import open_store
from trainer.data.skipped_files import SkippedFile, skipped_by_attributes
from trainer.errors import DataError, PhotoError

needs_links = pytest.mark.skipif(sys.platform == "win32", reason="links need special rights on Windows")
PHOTO_NAMES = ("1.jpg", "back.jpg.download", "front.jpg?v=1571438764", "notes.txt", "shoe.pjpeg", "top")
SKIPPED = {
    ".DS_Store": "system",
    "._1.jpg": "system",
    "Thumbs.db": "system",
    ".1.jpg.icloud": "cloud",
    ".hidden.jpg": "hidden",
    "clip.mov": "video",
    "movie.mp4": "video",
    "list.csv": "document",
    "manual.bin": "document",
    "page.php": "other",
    "logo.svg": "drawing",
    "song.mp3": "sound",
    "shop.zip": "archive",
    "download": "archive",
    "prices.xlsx": "document",
    "nothing": "empty",
    "unknown": "other",
}
CONTENT = {
    "._1.jpg": b"resource fork",
    "movie.mp4": b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom",
    "manual.bin": b"%PDF-1.7",
    "logo.svg": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
    "shop.zip": b"PK\x03\x04",
    "download": b"PK\x03\x04\x14",
    "prices.xlsx": b"PK\x03\x04\x14",
    "nothing": b"",
}
SKIPPED_FOLDERS = {
    "@eaDir": "system",
    ".Trash-1000": "system",
    "FOUND.001": "system",
    "@__thumb": "system",
    ".Spotlight-V100": "system",
    ".hidden": "hidden",
    "Photos Library.photoslibrary": "package",
    "Catalog Previews.lrdata": "package",
    "Viewer.app": "package",
}


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    sample = next(sample for sample in COLLECTION if sample.name.endswith(".jpg"))
    return sample.save(tmp_path_factory.mktemp("drawn")).read_bytes()


@pytest.fixture
def folder(tmp_path: Path, photo: bytes) -> Path:
    root = tmp_path / "shop"
    root.mkdir()
    for name in PHOTO_NAMES:
        if sys.platform != "win32" or "?" not in name:
            (root / name).write_bytes(photo)
    for name in SKIPPED:
        (root / name).write_bytes(CONTENT.get(name, b"neither a picture nor anything known"))
    for name in SKIPPED_FOLDERS:
        (root / name).mkdir()
        (root / name / "1.jpg").write_bytes(photo)
    return root


def walked(root: Path) -> tuple[list[str], dict[str, str]]:
    skipped: list[SkippedFile] = []
    found = [Path(str(item)).name for item in PhotoWalk(skipped=skipped).below(root)]
    assert len({file.path for file in skipped}) == len(skipped)
    return found, {os.path.relpath(file.path, root): file.kind for file in skipped}


def test_each_entry_is_a_photo_or_skipped_for_a_reason(folder: Path) -> None:
    found, skipped = walked(folder)
    assert sorted(found) == sorted(name for name in PHOTO_NAMES if (folder / name).exists())
    assert skipped == {**SKIPPED, **SKIPPED_FOLDERS}
    assert len(found) + len(skipped) == len(os.listdir(folder))


def test_a_zip_of_the_folder_has_the_same_photos(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "shop.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in folder.rglob("*"):
            archive.write(path, path.relative_to(tmp_path))
    with open_store(folder) as store, open_store(file) as packed:
        assert sorted(packed.names()) == sorted(f"shop/{name}" for name in store.names())
        assert packed.load("shop/top").size == store.load("top").size


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP", "TIFF", "AVIF", "BMP"])
def test_every_format_is_found_without_an_ending(kind: str, tmp_path: Path) -> None:
    (tmp_path / "photo").write_bytes(encoded(picture(), kind))
    assert walked(tmp_path) == (["photo"], {})


@pytest.mark.parametrize(
    "content", [b"8BPS\0\1", b"FUJIFILMCCD-RAW ", b"\0\0\0\x0cJXL \r\n\x87\n", b"\0\0\0\x0cjP  \r\n\x87\n"]
)
def test_a_picture_that_may_not_be_opened_is_not_skipped(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "picture.x").write_bytes(content)
    assert walked(tmp_path) == (["picture.x"], {})


@needs_links
def test_links_are_followed_to_photos_alone_and_else_said(folder: Path, tmp_path: Path) -> None:
    root = tmp_path / "links"
    root.mkdir()
    (root / "photo").symlink_to(folder / "top")
    (root / "same.jpg").symlink_to(folder / "top")
    (root / "all").symlink_to(folder, target_is_directory=True)
    (root / "text").symlink_to(folder / "list.csv")
    (root / "gone").symlink_to("nowhere")
    (root / "ring").symlink_to("ring")
    found, skipped = walked(root)
    assert found == ["photo"]
    assert skipped == dict.fromkeys(("same.jpg", "all", "text", "gone", "ring"), "link")


@needs_links
def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert walked(tmp_path) == ([], {"pipe": "other"})


def test_a_file_that_cannot_be_opened_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "locked").write_bytes(b"x")

    def refuse(*_args: object, **_options: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(photo_files, "open", refuse, raising=False)  # root can open every file
    assert walked(tmp_path) == ([], {"locked": "unreadable"})


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ({"st_file_attributes": 0x20}, None),
        ({"st_file_attributes": 0x2}, "hidden"),
        ({"st_file_attributes": 0x1000}, "cloud"),
        ({"st_file_attributes": 0x40000}, "cloud"),
        ({"st_file_attributes": 0x400020}, "cloud"),
        ({"st_flags": 0x40000000}, "cloud"),
        ({"st_flags": 0x40}, None),
        ({"st_file_attributes": 0x400010, "st_mode": 0o040755}, None),
    ],
)
def test_files_in_the_cloud_alone_are_not_downloaded(
    status: dict[str, int], kind: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Entry:
        def stat(self, follow_symlinks: bool) -> SimpleNamespace:
            assert not follow_symlinks
            return SimpleNamespace(**{"st_mode": 0o100644, **status})

    monkeypatch.setattr(skipped_files.sys, "platform", "win32")
    assert skipped_by_attributes(Entry()) == kind  # type: ignore[arg-type]


def test_a_training_names_photos_that_are_in_the_cloud_alone(tmp_path: Path, photo: bytes) -> None:
    for name in ("shoes/1.jpg", "tops/1.jpg", "tops/.2.jpg.icloud", "tops/.prices.xlsx.icloud"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(photo)
    found = labelled_photos.find(tmp_path)
    assert len(found) == 2
    assert [(Path(item.file).name, item.error.code) for item in found.unreadable] == [
        (".2.jpg.icloud", "photo_in_cloud")
    ]


def test_folders_on_a_drive_without_inodes_are_all_entered(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, photo: bytes
) -> None:
    (folder / "shoes" / "new").mkdir(parents=True)
    (folder / "shoes" / "new" / "1.jpg").write_bytes(photo)
    really = os.stat

    def stat(path: object, **options: object) -> os.stat_result:
        values = list(really(path, **options))  # type: ignore[call-overload]
        values[1] = values[2] = 0  # inode and device, as WebDAV reports them
        return os.stat_result(values)

    monkeypatch.setattr(os, "stat", stat)
    walk = PhotoWalk()
    names = [path.relative_to(folder).as_posix() for path in walk.below(folder) if isinstance(path, Path)]
    assert "shoes/new/1.jpg" in names
    assert "1.jpg" in names
    assert list(walk.below(folder)) == []
    assert file_identity(folder / "top") == file_identity(folder / "." / "top") != file_identity(folder / "1.jpg")


def test_the_summary_names_the_kinds() -> None:
    assert skipped_summary({"video": 4, "document": 8}) == "12 files skipped: 8 documents, 4 videos."
    assert skipped_summary({"link": 1}) == "1 file skipped: 1 link."
    kinds = skipped_files.Kind.__args__
    assert len(skipped_summary(dict.fromkeys(kinds, 1)).split(", ")) >= len(kinds)


def _with_method(file: Path, method: int, *, flags: int = 0) -> None:
    """Change the compression method of all members in a zip: nothing here packs with Deflate64."""
    data = bytearray(file.read_bytes())
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = data.find(signature)
        while start >= 0:
            data[start + at] |= flags
            data[start + at + 2 : start + at + 4] = method.to_bytes(2, "little")
            start = data.find(signature, start + 4)
    file.write_bytes(data)


@pytest.mark.parametrize(("method", "name"), [(9, "Deflate64"), (98, "PPMd"), (97, "method 97")])
def test_a_zip_with_another_compression_is_refused_with_advice(
    method: int, name: str, tmp_path: Path, photo: bytes
) -> None:
    file = tmp_path / "large.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("shoes/1.jpg", photo)
        archive.writestr("shoes/notes", b"x")
    _with_method(file, method)
    with pytest.raises(DataError, match="zip_compression") as raised:
        open_store(file)
    assert name in messages.sentence(raised.value)
    assert "normal compression" in messages.sentence(raised.value)


def test_one_photo_with_another_compression_is_reported_and_the_others_are_read(tmp_path: Path, photo: bytes) -> None:
    file = tmp_path / "mixed.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("1.jpg", photo)
    _with_method(file, 9)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("2.jpg", photo)
    with open_store(file) as store:
        assert list(store.names()) == ["1.jpg", "2.jpg"]
        with pytest.raises(PhotoError, match="photo_compression_in_zip") as raised:
            store.load("1.jpg")
        assert store.load("2.jpg").size
    assert "Deflate64" in messages.sentence(raised.value)


def test_a_locked_zip_says_so_whatever_its_compression(tmp_path: Path, photo: bytes) -> None:
    file = tmp_path / "locked.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("1.jpg", photo)
        archive.writestr("top", photo)
    _with_method(file, 99, flags=1)  # AES
    with pytest.raises(DataError, match="zip_locked"):
        open_store(file)
