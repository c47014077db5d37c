"""Small pictures on the disk: made once, bounded, and shared by programs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fashionlens_gui.catalogue.files import thumbnails
from fashionlens_gui.catalogue.files.thumbnails import Pictured, ThumbnailCache
from tests.processes import ROOT
from trainer.control import WorkControl
from trainer.errors import Cancelled, PhotoError
from trainer.preprocessing.photo import load_photo


def photo(path: Path, shade: int) -> Pictured:
    picture = Image.new("RGB", (90, 120), "white")
    picture.paste((shade, 0, 0), (20, 20, 70, 100))
    picture.save(path)
    return Pictured(path, load_photo(path).digest)


@pytest.fixture
def cache(tmp_path: Path) -> ThumbnailCache:
    return ThumbnailCache(tmp_path / "thumbnails", 2**20)


def files(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "thumbnails").rglob("*.*"))


def test_a_photo_is_decoded_once_also_from_another_place(cache: ThumbnailCache, tmp_path: Path) -> None:
    red = photo(tmp_path / "a.png", 200)
    assert cache.get(red.digest, 40) is None
    made = cache.of(red, 40)
    assert made.shape == (40, 30, 3) and made.dtype == np.uint8
    moved = Pictured(red.path.rename(tmp_path / "b.png"), red.digest)
    os.unlink(moved.path)
    kept = ThumbnailCache(tmp_path / "thumbnails").of(moved, 40)
    assert np.abs(kept.astype(int) - made.astype(int)).mean() < 4  # JPEG
    with pytest.raises(PhotoError):
        cache.of(moved, 41)


def test_a_photo_that_changed_or_has_no_digest_is_shown_as_it_is(cache: ThumbnailCache, tmp_path: Path) -> None:
    old = photo(tmp_path / "a.png", 200)
    new = photo(tmp_path / "a.png", 100)
    assert cache.of(old, 40)[20, 15].tolist() == [100, 0, 0]
    assert cache.get(old.digest, 40) is None and cache.get(new.digest, 40) is not None
    assert cache.of(Pictured(new.path, ""), 30).shape == (30, 22, 3)
    assert cache.get("", 30) is None and cache.get("../../x", 30) is None


def test_a_damaged_picture_is_made_again(cache: ThumbnailCache, tmp_path: Path) -> None:
    red = photo(tmp_path / "a.png", 200)
    cache.of(red, 40)
    (file,) = files(tmp_path)
    for damage in (b"", b"\xff\xd8\xff\xe0 no picture", file.read_bytes()[:200]):
        file.write_bytes(damage)
        assert cache.get(red.digest, 40) is None
        assert cache.of(red, 40).shape == (40, 30, 3)
        assert cache.get(red.digest, 40) is not None


def test_what_nobody_looks_at_is_deleted_first(tmp_path: Path) -> None:
    noise_HWC = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    cache = ThumbnailCache(tmp_path / "thumbnails", 2**30)
    digests = [f"{number:032x}" for number in range(20)]
    for digest in digests:
        cache.put(digest, 64, noise_HWC)
    for age, digest in enumerate(digests):
        os.utime(tmp_path / "thumbnails" / digest[:2] / f"{digest}-64.jpg", (10**9 - age, 10**9 - age))
    assert cache.get(digests[-1], 64) is not None  # the oldest one is looked at
    size = sum(file.stat().st_size for file in files(tmp_path))
    assert ThumbnailCache(tmp_path / "thumbnails", size).prune() == 0
    small = ThumbnailCache(tmp_path / "thumbnails", size // 2)
    assert small.prune() >= 10
    assert sum(file.stat().st_size for file in files(tmp_path)) <= size // 2
    left = {digest for digest in digests if small.get(digest, 64) is not None}
    assert digests[-1] in left and digests[0] in left and digests[-2] not in left
    for number in range(100, 140):  # it stays small by itself
        small.put(f"{number:032x}", 64, noise_HWC)
    assert sum(file.stat().st_size for file in files(tmp_path)) <= size // 2


def test_a_folder_that_cannot_be_written_only_costs_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = ThumbnailCache(tmp_path / "file" / "thumbnails")
    red = photo(tmp_path / "a.png", 200)
    assert cache.of(red, 40).shape == (40, 30, 3)
    assert cache.get(red.digest, 40) is None and cache.prune() == 0


def test_many_come_in_order_with_what_cannot_be_read_until_cancelled(cache: ThumbnailCache, tmp_path: Path) -> None:
    photos = [photo(tmp_path / f"{number}.png", 10 * number) for number in range(6)]
    photos[2] = Pictured(tmp_path / "none.png", "f" * 32)
    control = WorkControl()
    found = list(cache.of_all(photos, 40, control))
    assert [place for place, _ in found] == list(range(6))
    assert [place for place, each in found if isinstance(each, PhotoError)] == [2]
    control.stop()
    with pytest.raises(Cancelled):
        list(cache.of_all(photos, 40, control))


_WRITER = """
import sys
from pathlib import Path
import numpy as np
from fashionlens_gui.catalogue.files.thumbnails import ThumbnailCache
cache = ThumbnailCache(Path(sys.argv[1]), 60_000)
noise = np.random.default_rng(int(sys.argv[2])).integers(0, 255, (48, 48, 3), np.uint8)
for number in range(150):
    digest = f"{number % 40:032x}"
    cache.put(digest, 48, noise)
    found = cache.get(digest, 48)
    assert found is None or found.shape == (48, 48, 3)
"""


def test_two_programs_share_a_folder(tmp_path: Path) -> None:
    """They write, read and delete the same pictures at the same time; none is ever half."""
    command = [sys.executable, "-c", _WRITER, str(tmp_path / "thumbnails")]
    running = [subprocess.Popen([*command, str(number)], cwd=ROOT, stderr=subprocess.PIPE) for number in (1, 2)]
    for each in running:
        _, error = each.communicate(timeout=300)
        assert each.returncode == 0, error.decode()
        assert b"made again" not in error
    thumbnails.ThumbnailCache(tmp_path / "thumbnails", 60_000).prune()
    assert sum(file.stat().st_size for file in files(tmp_path)) <= 60_000
    assert not list(tmp_path.rglob("*.part"))
