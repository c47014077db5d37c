"""Results of a tagging job: rows, counts, reasons."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fashionlens_gui import paths
from fashionlens_gui.messages.photos import row_message
from fashionlens_gui.tagging.job import Finished, ScanProgress, Tagged, tag_photos
from fashionlens_gui.tagging.tag import low_confidence
from tests.tagging.scripted_job import ByShade, Make, run, tagged, threads
from trainer import taxonomy
from trainer.control import WorkControl
from trainer.preprocessing.photo import Photo, PhotoNote


def test_each_photo_gets_a_row_in_order_and_the_counts_add_up(tmp_path: Path, photo: Make) -> None:
    for number in range(1, 13):
        photo(f"shop/{number}.png", shade=40 if number % 2 else 120)
    (tmp_path / "shop" / "5.png").write_bytes(b"")
    (tmp_path / "shop" / "6.png").write_text("<html>")

    def first_is_slow(photo: Photo) -> None:
        time.sleep(0.3 if photo.path.name == "1.png" else 0)

    predictor = ByShade()
    predictor.before_preparing = first_is_slow
    events = run(tmp_path / "shop", predictor=predictor)
    rows = [event.tag for event in tagged(events)]
    assert [row.file for row in rows] == [f"{number}.png" for number in range(1, 13)]
    assert [row.status for row in rows[:6]] == ["ok", "needs review", "ok", "needs review", "error", "error"]
    ok, review, error = rows[0], rows[1], rows[4]
    assert (ok.category, ok.confidence, ok.second_category, ok.second_confidence) == ("Dress", 0.75, "Coat", 0.25)
    assert ok.notes == ()
    assert review.notes == (low_confidence("Coat"),)
    assert review.ranking is not None
    assert review.ranking.labels == ("Dress", "Coat", "Bag")
    assert (error.category, error.confidence, error.ranking) == ("", None, None)
    assert error.notes == (PhotoNote("photo_empty", {"name": "5.png"}),)
    last = events[-1]
    assert isinstance(last, Finished)
    assert not last.cancelled
    counts = last.counts
    assert (counts.found, counts.ok, counts.needs_review, counts.errors, counts.skipped) == (12, 5, 5, 2, 0)
    assert counts.done == counts.found
    scans = [event for event in events if isinstance(event, ScanProgress)]
    assert scans[-1] == ScanProgress(12, True)
    assert threads() == []


def test_notes_of_the_reader_are_in_the_message(tmp_path: Path, photo: Make) -> None:
    path = photo("named wrongly.png", shade=120)
    path.rename(path.with_suffix(".jpg"))
    (row,) = tagged(run(path.with_suffix(".jpg")))
    assert row_message(row.tag.notes) == "Named .jpg but is a PNG file. Unsure: could also be Coat."


def test_a_tiny_photo_needs_review_at_any_confidence(tmp_path: Path) -> None:
    Image.new("RGB", (40, 15)).save(tmp_path / "1.png")
    (row,) = tagged(run(tmp_path))
    assert (row.tag.status, row_message(row.tag.notes)) == ("needs review", "Too small to trust.")


def test_a_damaged_photo_needs_review_at_any_confidence(tmp_path: Path) -> None:
    noise_HWC = np.random.default_rng(1).integers(0, 60, (400, 300, 3), np.uint8)
    noise_HWC[:, :100] += 150
    Image.fromarray(noise_HWC).save(tmp_path / "1.jpg")
    data = (tmp_path / "1.jpg").read_bytes()
    (tmp_path / "2.jpg").write_bytes(data[: len(data) // 2] + bytes(4096) + data[len(data) // 2 + 4096 :])
    whole, damaged = tagged(run(tmp_path))
    assert (whole.tag.status, whole.tag.notes) == ("ok", ())
    assert damaged.tag.status == "needs review"
    assert row_message(damaged.tag.notes).startswith("The file is damaged: part of the picture may be wrong.")


@pytest.mark.parametrize("shade", [0, 50, 96])
def test_a_blank_photo_needs_review_at_any_confidence(tmp_path: Path, shade: int) -> None:
    noise_HWC = np.random.default_rng(1).normal(shade, 1.5, (400, 300, 3)).clip(0, 255).astype(np.uint8)
    Image.fromarray(noise_HWC).save(tmp_path / "1.jpg")
    noise_HWC[200:203, 100:103] = 255  # a speck
    Image.fromarray(noise_HWC).save(tmp_path / "2.jpg")
    for row in tagged(run(tmp_path)):
        assert (row.tag.status, row_message(row.tag.notes)) == ("needs review", "Blank: nothing to see.")


def test_an_animation_with_a_blank_first_frame_is_tagged_by_the_first_frame_that_shows_something(
    tmp_path: Path, photo: Make
) -> None:
    blank, dress = Image.new("RGB", (300, 400), "white"), Image.open(photo("dress/1.png", 60, (300, 400)))
    for name in ("1.gif", "2.webp", "3.png"):
        blank.save(tmp_path / name, save_all=True, append_images=[blank.point(lambda _: 150), dress, blank])
    blank.save(tmp_path / "4.gif", save_all=True, append_images=[blank.point(lambda _: 250)])
    rows = [event.tag for event in tagged(run(*(tmp_path / name for name in ("1.gif", "2.webp", "3.png", "4.gif"))))]
    assert [row.status for row in rows] == ["needs review"] * 4
    assert [row.category for row in rows[:3]] == ["Dress"] * 3 and rows[0].confidence == 0.75
    said = [row_message(row.notes) for row in rows]
    assert said[:3] == ["Animation: first frame is blank, frame 3 used."] * 3
    assert said[3].startswith("Animation: first frame used. Blank: nothing to see.")


@pytest.mark.parametrize(("size", "long"), [((300, 1490), False), ((1490, 300), False), ((300, 1600), True)])
def test_a_very_long_photo_needs_review_at_any_confidence(photo: Make, size: tuple[int, int], long: bool) -> None:
    (row,) = tagged(run(photo("1.png", 60, size)))
    assert row.tag.status == ("needs review" if long else "ok")
    said = "Very long and narrow, 300 × 1600 pixels: perhaps several photos in one."
    assert row_message(row.tag.notes) == (said if long else "")


def test_the_same_content_has_the_same_digest_and_an_unreadable_file_none(tmp_path: Path, photo: Make) -> None:
    one, two = photo("1.png"), photo("2.png")
    (tmp_path / "3.png").write_bytes(b"no")
    rows = tagged(run(one, two, tmp_path / "3.png"))
    assert rows[0].digest == rows[1].digest != ""
    assert rows[2].digest == ""


def test_photos_are_decoded_at_the_size_the_model_needs(photo: Make) -> None:
    predictor, shapes = ByShade(), []
    predictor.decode_short_side = 60
    predictor.before_preparing = lambda each: shapes.append(each.pixels_HWC.shape)
    run(photo("1.png", size=(800, 600)), predictor=predictor)
    assert shapes == [(60, 80, 3)]


def test_thumbnails_only_when_asked_for(photo: Make) -> None:
    path = photo("1.png", size=(800, 600))
    assert tagged(run(path))[0].thumbnail is None
    thumbnail = tagged(run(path, thumbnail_side=100))[0].thumbnail
    assert thumbnail is not None
    assert (thumbnail.shape, thumbnail.dtype) == ((75, 100, 3), np.uint8)


def test_photos_with_a_row_are_skipped_and_counted(tmp_path: Path, photo: Make) -> None:
    paths = [photo(f"shop/{number}.png") for number in range(5)]
    events = run(tmp_path / "shop", skip=paths[:3])
    assert [event.tag.file for event in tagged(events)] == ["3.png", "4.png"]
    last = events[-1]
    assert isinstance(last, Finished)
    assert (last.counts.found, last.counts.known, last.counts.done) == (5, 3, 5)


def test_no_findings_is_a_success(tmp_path: Path) -> None:
    *_, last = run(tmp_path)
    assert isinstance(last, Finished)
    assert last.counts.found == 0
    assert tagged(run()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes with names")
def test_a_pipe_and_a_broken_link_become_rows_without_blocking(tmp_path: Path, photo: Make) -> None:
    photo("shop/1.png")
    os.mkfifo(tmp_path / "shop" / "pipe.jpg")
    (tmp_path / "shop" / "link.jpg").symlink_to("nowhere")
    rows = [event.tag for event in tagged(run(tmp_path / "shop"))]
    assert [(row.file, row.status) for row in rows] == [("1.png", "ok"), ("pipe.jpg", "error"), ("link.jpg", "error")]


def test_with_a_real_model(tmp_path: Path, photo: Make, tiny_model_file: Path) -> None:
    from trainer.data.fashion_mnist import CLASSES
    from trainer.inference.predictor import Predictor

    for number in range(6):
        photo(f"shop/{number}.png", shade=number * 30)
    predictor = Predictor.load(tiny_model_file)
    rows = [e.tag for e in tag_photos([tmp_path / "shop"], predictor, WorkControl()) if isinstance(e, Tagged)]
    assert len(rows) == 6
    for row in rows:
        assert row.ranking is not None
        assert set(row.ranking.labels) == set(CLASSES)
        assert row.category == row.ranking.label
        assert 0 < (row.confidence or 0) < 1


def test_a_hostile_folder_gives_one_row_per_image_and_the_right_reasons(tmp_path: Path, tiny_model_file: Path) -> None:
    from tests.hostile_files import build
    from trainer.inference.predictor import Predictor

    expected = build(tmp_path / "hostile")
    events = list(tag_photos([tmp_path / "hostile"], Predictor.load(tiny_model_file), WorkControl()))
    rows = {event.tag.path.name: event.tag for event in tagged(events)}
    assert len(rows) == len(tagged(events)) == len(expected)
    assert set(rows) == set(expected)
    for name, want in expected.items():
        assert (rows[name].status == "error") == bool(want.code), (name, rows[name])
        assert row_message(rows[name].notes).startswith(want.note), (name, rows[name])
        rows[name].file.encode()
        row_message(rows[name].notes).encode()
    last = events[-1]
    assert isinstance(last, Finished)
    assert last.counts.found == last.counts.done
    assert last.counts.rows == len(expected)
    assert [file.kind for file in last.skipped] == ([] if sys.platform == "win32" else ["link"])
    assert last.counts.errors == sum(bool(want.code) for want in expected.values())


def test_studio_photos_are_tagged(tiny_model_file: Path) -> None:
    from trainer.inference.predictor import Predictor

    data = Path(os.environ.get("FASHIONLENS_DATA") or Path(__file__).parents[3] / "shared" / "data")
    originals = data / "products" / "originals"
    if not originals.is_dir():
        pytest.skip(f"the shared data is not here: {originals}")
    rows = [
        event.tag
        for event in tag_photos([originals], Predictor.load(tiny_model_file), WorkControl())
        if isinstance(event, Tagged)
    ]
    assert len(rows) == len(list(originals.iterdir()))
    assert [row.notes for row in rows if row.status == "error"] == []


def test_the_pixels_colours_are_named_when_a_palette_is_given(tmp_path: Path) -> None:
    image = Image.new("RGB", (120, 160), "white")
    image.paste((20, 40, 150), (30, 30, 90, 130))
    image.save(tmp_path / "blue.png")
    palette = taxonomy.load(paths.taxonomy_dir()).colours
    (row,) = [event.tag for event in run(tmp_path, palette=palette) if isinstance(event, Tagged)]
    assert row.colours[0].share > 0.9
    assert "blue" in row.colours[0].name.lower()
    (row,) = [event.tag for event in run(tmp_path) if isinstance(event, Tagged)]
    assert row.colours == ()
