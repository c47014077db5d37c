"""load_photo on real files: the malformed files of tests.hostile_files, and its guarantees for readable ones."""

from __future__ import annotations

import hashlib
import os
import sys
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fashionlens_gui import messages
from fashionlens_gui.messages.photos import row_message
from tests import hostile_files
from tests.held_files import held
from tests.hostile_files import BLUE, RED, Expected, encoded, picture
from trainer.errors import PhotoError
from trainer.preprocessing.photo import PHOTO_SUFFIXES, Photo, decode_photo, load_photo


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Expected]]:
    folder = tmp_path_factory.mktemp("hostile")
    return folder, hostile_files.build(folder)


def _outcome(path: Path) -> Photo | PhotoError:
    try:
        return load_photo(path)
    except PhotoError as error:
        return error


def _corner(pixels_HWC: np.ndarray) -> np.ndarray:
    """Mean colour of the top left, away from the edge."""
    height, width, _ = pixels_HWC.shape
    return pixels_HWC[: max(1, height // 4), : max(1, width // 4)].reshape(-1, 3).mean(0)


def test_each_hostile_file_is_read_or_refused_as_expected(hostile: tuple[Path, dict[str, Expected]]) -> None:
    folder, expected = hostile
    wrong = []
    for name, want in expected.items():
        got = _outcome(folder / name)
        if isinstance(got, PhotoError):
            if got.code != want.code:
                wrong.append(f"{name!r}: error {got.code!r} ({got.detail}), wanted {want.code!r}")
            continue
        if want.code:
            wrong.append(f"{name!r}: read, wanted error {want.code!r}")
            continue
        note = row_message(got.notes)
        if (note, got.size) != (want.note, want.size):
            wrong.append(f"{name!r}: {note!r} {got.size}, wanted {want.note!r} {want.size}")
        if want.corner and np.abs(_corner(got.pixels_HWC) - want.corner).max() > 14:
            wrong.append(f"{name!r}: corner {_corner(got.pixels_HWC).round()}, wanted {want.corner}")
    assert not wrong, "\n".join(wrong)


def test_hostile_files_in_several_threads_give_the_same(hostile: tuple[Path, dict[str, Expected]]) -> None:
    folder, expected = hostile
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(_outcome, [folder / name for name in expected] * 2))
    codes = [outcome.code if isinstance(outcome, PhotoError) else "" for outcome in outcomes]
    assert codes == [want.code for want in expected.values()] * 2


def test_refusals_say_which_file_in_printable_words(hostile: tuple[Path, dict[str, Expected]]) -> None:
    folder, expected = hostile
    for name, want in expected.items():
        if want.code:
            error = _outcome(folder / name)
            assert isinstance(error, PhotoError)
            sentence = messages.sentence(error)
            assert name[:40] in sentence
            assert sentence.isprintable() and sentence.endswith(".")
            assert str(folder) not in sentence  # only the name; the row shows the path


def test_a_folder_a_missing_file_and_a_name_too_long(tmp_path: Path) -> None:
    assert _outcome(tmp_path).code == "photo_is_folder"
    assert _outcome(tmp_path / "gone.jpg").code == "photo_missing"
    assert _outcome(tmp_path / "nul\0.jpg").code == "photo_missing"
    assert _outcome(tmp_path / ("n" * 300 + ".jpg")).code in ("photo_name_too_long", "photo_missing")


@pytest.mark.parametrize(
    ("error", "platform", "code"),
    [
        (held(32), "win32", "photo_in_use"),
        (held(5), "win32", "photo_in_use"),
        (held(206), "win32", "photo_name_too_long"),
        (PermissionError(1, "Operation not permitted"), "darwin", "photo_mac_privacy"),
        (PermissionError(13, "Permission denied"), "darwin", "photo_no_permission"),
    ],
)
def test_photos_that_the_system_keeps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError, platform: str, code: str
) -> None:
    picture().save(tmp_path / "a.png")

    def refuse(*_: object) -> int:
        raise error

    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(os, "open", refuse)
    outcome = _outcome(tmp_path / "a.png")
    monkeypatch.undo()
    assert outcome.code == code


@pytest.mark.skipif(sys.platform == "win32", reason="devices are files on Unix only")
def test_devices_are_refused_without_being_read() -> None:
    assert _outcome(Path("/dev/zero")).code == "photo_is_device"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are files on Unix only")
def test_a_pipe_never_hangs(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    done: list[Photo | PhotoError] = []
    thread = threading.Thread(target=lambda: done.append(_outcome(tmp_path / "pipe.jpg")), daemon=True)
    thread.start()
    thread.join(10)
    assert not thread.is_alive() and done[0].code == "photo_is_device"


def test_digest_names_the_content_and_not_the_file(tmp_path: Path) -> None:
    data = encoded(picture(), "JPEG")
    (tmp_path / "a.jpg").write_bytes(data)
    (tmp_path / "b.jpg").write_bytes(data)
    (tmp_path / "c.jpg").write_bytes(data + b"\0")
    a, b, c = (load_photo(tmp_path / name).digest for name in ("a.jpg", "b.jpg", "c.jpg"))
    assert a == b != c
    assert a == hashlib.blake2b(data, digest_size=16).hexdigest()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_large_photos_come_scaled_to_the_shortest_side(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"large.{kind.lower()}"
    path.write_bytes(encoded(picture().resize((1500, 2000)), kind))
    photo = load_photo(path, short_side=200)
    assert photo.pixels_HWC.shape == (267, 200, 3)
    assert photo.pixels_HWC.dtype == np.uint8
    assert photo.size == (1500, 2000)
    assert np.abs(_corner(photo.pixels_HWC) - RED).max() < 10


def test_small_photos_are_not_enlarged(tmp_path: Path) -> None:
    (tmp_path / "small.png").write_bytes(encoded(picture(), "PNG"))
    photo = load_photo(tmp_path / "small.png")
    assert np.array_equal(photo.pixels_HWC, np.asarray(picture()))


def test_the_original_size_is_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    for kind in ("JPEG", "TIFF", "PNG"):
        path = tmp_path / f"sideways.{kind.lower()}"
        path.write_bytes(encoded(picture().resize((1200, 900)), kind, exif=exif))
        photo = load_photo(path, short_side=100)
        assert photo.size == (900, 1200), kind
        assert photo.pixels_HWC.shape == (133, 100, 3), kind


def test_half_transparent_edges_fade_to_white_and_not_to_black(tmp_path: Path) -> None:
    image = Image.new("RGBA", (1200, 1200), (0, 0, 0, 0))
    image.paste((*BLUE, 255), (300, 300, 900, 900))
    (tmp_path / "cut out.png").write_bytes(encoded(image, "PNG"))
    pixels_HWC = load_photo(tmp_path / "cut out.png", short_side=97).pixels_HWC
    assert pixels_HWC[0, 0].tolist() == [255, 255, 255]
    assert (pixels_HWC[..., 2] >= BLUE[2] - 3).all()  # nowhere darker than the blue


def test_a_photo_of_many_megapixels_is_read_without_a_warning(tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    """Studio cameras have 100 megapixels; Pillow warns about such images."""
    row = bytes([0b01010101]) * (12_000 // 8)
    path = tmp_path / "studio.png"
    path.write_bytes(hostile_files.png(12_000, 9_000, 1, 0, (row for _ in range(9_000))))
    photo = load_photo(path, short_side=64)
    assert photo.size == (12_000, 9_000)
    assert abs(float(photo.pixels_HWC.mean()) - 127.5) < 3


def test_the_largest_photos_of_phones_are_read_and_larger_ones_are_not(tmp_path: Path) -> None:
    """The size is in the JPEG header, so a small file can claim to be very large."""
    (tmp_path / "phone.jpg").write_bytes(encoded(Image.new("L", (16_320, 12_240), 90), "JPEG"))
    photo = load_photo(tmp_path / "phone.jpg", short_side=64)
    assert (photo.size, photo.pixels_HWC.shape) == ((16_320, 12_240), (64, 85, 3))
    whole = bytearray(encoded(Image.new("L", (16_320, 64), 90), "JPEG"))
    place = whole.index(b"\xff\xc0") + 5
    assert whole[place : place + 4] == bytes([0, 64, 0x3F, 0xC0])
    for name, high, said in (
        ("large", 16_000, "= 261 megapixels; the limit is 250"),
        ("huge", 60_000, "more than 250 mega"),
    ):
        whole[place : place + 2] = high.to_bytes(2, "big")
        (tmp_path / f"{name}.jpg").write_bytes(whole)
        with pytest.raises(PhotoError) as refused:
            load_photo(tmp_path / f"{name}.jpg")
        assert refused.value.code == "photo_too_many_pixels"
        assert messages.sentence(refused.value).startswith(f"{name}.jpg is too large: ")
        assert said in messages.sentence(refused.value)


def test_a_file_that_keeps_growing_is_not_guessed_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As during copying from a memory card."""
    path = tmp_path / "copying.jpg"
    path.write_bytes(encoded(picture(), "JPEG"))
    real = os.fstat

    def growing(descriptor: int) -> os.stat_result:
        with path.open("ab") as file:
            file.write(b"\0")
        return real(descriptor)

    monkeypatch.setattr(os, "fstat", growing)
    assert _outcome(path).code == "photo_changing"


def test_a_small_photo_takes_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "small.png"
    Image.new("RGB", (40, 40), "navy").save(path)
    load_photo(path)  # one-time allocations
    tracemalloc.start()
    try:
        load_photo(path)
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


def test_suffixes_are_lower_case_and_hold_the_common_ones() -> None:
    assert {
        ".jpg",
        ".jpeg",
        ".png",
        ".webp",
        ".gif",
        ".bmp",
        ".tif",
        ".tiff",
        ".avif",
        ".heic",
        ".hif",
    } <= PHOTO_SUFFIXES
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in PHOTO_SUFFIXES)


@pytest.mark.parametrize("size", [(503, 701), (1083, 1441)])
def test_turned_and_mirrored_copies_get_the_same_pixels(size: tuple[int, int]) -> None:
    noise_HWC = np.random.default_rng(5).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    upright_HWC = decode_photo(encoded(Image.fromarray(noise_HWC), "BMP"), Path("1.bmp")).pixels_HWC
    for turn in Image.Transpose:
        turned = encoded(Image.fromarray(noise_HWC).transpose(turn), "BMP")
        wanted_HWC = np.asarray(Image.fromarray(upright_HWC).transpose(turn))
        assert np.array_equal(decode_photo(turned, Path("1.bmp")).pixels_HWC, wanted_HWC), turn
