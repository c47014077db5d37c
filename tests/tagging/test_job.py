from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fashionlens_gui import paths
from fashionlens_gui.tagging import pipeline
from fashionlens_gui.tagging.job import Finished, JobEvent, Scanned, Tagged, tag_photos
from trainer import taxonomy
from trainer.control import WorkControl
from trainer.inference.prediction import Prediction, Ranking
from trainer.preprocessing.photo import Photo

Make = Callable[..., Path]


class ByShade:
    """Names a photo by how dark its middle is, and remembers what it was asked."""

    def __init__(self) -> None:
        self.prepared: list[str] = []
        self.batches: list[int] = []
        self.before_preparing: Callable[[Photo], None] = lambda photo: None

    def prepare(self, photo: Photo) -> np.ndarray:
        self.before_preparing(photo)
        self.prepared.append(photo.path.name)
        height, width = photo.pixels_HWC.shape[:2]
        return photo.pixels_HWC[height // 2, width // 2]

    def predict(self, images: Sequence[np.ndarray]) -> list[Prediction]:
        self.batches.append(len(images))
        return [self._prediction(int(pixel[0])) for pixel in images]

    def _prediction(self, shade: int) -> Prediction:
        labels = ("Dress", "Coat", "Bag")
        probabilities = (0.75, 0.25, 0.0) if shade < 100 else (0.5, 0.375, 0.125)
        return Prediction(Ranking(labels, probabilities), shade >= 100, np.zeros(1, np.float32))


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("tagging")]


def tagged(events: Sequence[JobEvent]) -> list[Tagged]:
    return [event for event in events if isinstance(event, Tagged)]


def run(*paths: Path, predictor: ByShade | None = None, **options: object) -> list[JobEvent]:
    return list(tag_photos(paths, predictor or ByShade(), WorkControl(), **options))  # type: ignore[arg-type]


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
    assert ok.message == ""
    assert review.message == "Unsure: could also be Coat."
    assert review.ranking is not None
    assert review.ranking.labels == ("Dress", "Coat", "Bag")
    assert (error.category, error.confidence, error.ranking) == ("", None, None)
    assert "5.png" in error.message
    last = events[-1]
    assert isinstance(last, Finished)
    assert not last.cancelled
    counts = last.counts
    assert (counts.found, counts.ok, counts.needs_review, counts.errors, counts.skipped) == (12, 5, 5, 2, 0)
    assert counts.done == counts.found
    scans = [event for event in events if isinstance(event, Scanned)]
    assert scans[-1] == Scanned(12, True)
    assert threads() == []


def test_what_was_noted_while_reading_stands_in_the_message(tmp_path: Path, photo: Make) -> None:
    path = photo("named wrongly.png", shade=120)
    path.rename(path.with_suffix(".jpg"))
    (row,) = tagged(run(path.with_suffix(".jpg")))
    assert row.tag.message == "Named .jpg but is a PNG file. Unsure: could also be Coat."


def test_a_photo_too_small_to_trust_needs_review_however_sure_the_model_is(tmp_path: Path) -> None:
    Image.new("RGB", (40, 15)).save(tmp_path / "1.png")
    (row,) = tagged(run(tmp_path))
    assert (row.tag.status, row.tag.message) == ("needs review", "Too small to trust.")


def test_the_same_content_has_the_same_digest_and_an_unreadable_file_none(tmp_path: Path, photo: Make) -> None:
    one, two = photo("1.png"), photo("2.png")
    (tmp_path / "3.png").write_bytes(b"no")
    rows = tagged(run(one, two, tmp_path / "3.png"))
    assert rows[0].digest == rows[1].digest != ""
    assert rows[2].digest == ""


def test_thumbnails_only_when_asked_for(photo: Make) -> None:
    path = photo("1.png", size=(800, 600))
    assert tagged(run(path))[0].thumbnail is None
    thumbnail = tagged(run(path, thumbnail_side=100))[0].thumbnail
    assert thumbnail is not None
    assert (thumbnail.shape, thumbnail.dtype) == ((75, 100, 3), np.uint8)


def test_what_has_a_row_already_is_skipped_and_counted(tmp_path: Path, photo: Make) -> None:
    paths = [photo(f"shop/{number}.png") for number in range(5)]
    events = run(tmp_path / "shop", skip=paths[:3])
    assert [event.tag.file for event in tagged(events)] == ["3.png", "4.png"]
    last = events[-1]
    assert isinstance(last, Finished)
    assert (last.counts.found, last.counts.skipped, last.counts.done) == (5, 3, 5)


def test_nothing_found_is_no_trouble(tmp_path: Path) -> None:
    *_, last = run(tmp_path)
    assert isinstance(last, Finished)
    assert last.counts.found == 0
    assert tagged(run()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes with names")
def test_a_pipe_and_a_broken_link_become_rows_and_nothing_waits(tmp_path: Path, photo: Make) -> None:
    photo("shop/1.png")
    os.mkfifo(tmp_path / "shop" / "pipe.jpg")
    (tmp_path / "shop" / "link.jpg").symlink_to("nowhere")
    rows = [event.tag for event in tagged(run(tmp_path / "shop"))]
    assert [(row.file, row.status) for row in rows] == [("1.png", "ok"), ("link.jpg", "error"), ("pipe.jpg", "error")]


def test_first_row_does_not_wait_for_a_full_batch(tmp_path: Path, photo: Make) -> None:
    for number in range(40):
        photo(f"shop/{number}.png")
    predictor = ByShade()
    predictor.before_preparing = lambda photo: time.sleep(0.05)
    events = tag_photos([tmp_path / "shop"], predictor, WorkControl())
    first = next(event for event in events if isinstance(event, Tagged))
    assert first.tag.file == "0.png"
    assert len(predictor.prepared) < 20
    events.close()


def test_quick_photos_are_predicted_in_batches(tmp_path: Path, photo: Make) -> None:
    for number in range(100):
        photo(f"shop/{number}.png", size=(20, 20))
    predictor = ByShade()
    run(tmp_path / "shop", predictor=predictor)
    assert sum(predictor.batches) == 100
    assert max(predictor.batches) > 4


def test_a_slow_reader_of_rows_holds_the_pipeline_back(
    tmp_path: Path, photo: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "_IN_FLIGHT", 10)
    path = photo("0.png", size=(20, 20))
    for number in range(1, 60):
        (tmp_path / f"{number}.png").write_bytes(path.read_bytes())
    predictor = ByShade()
    events = tag_photos([tmp_path], predictor, WorkControl())
    rows = [next(event for event in events if isinstance(event, Tagged))]
    time.sleep(0.6)
    assert len(predictor.prepared) <= 12
    rows += tagged(list(events))
    assert len(rows) == 60


def test_cancel_ends_within_a_second_and_leaves_no_thread(tmp_path: Path, photo: Make) -> None:
    path = photo("0.png", size=(20, 20))
    for number in range(1, 200):
        (tmp_path / f"{number}.png").write_bytes(path.read_bytes())
    predictor = ByShade()
    predictor.before_preparing = lambda photo: time.sleep(0.02)
    control = WorkControl()
    events = []
    stopped_at = 0.0
    for event in tag_photos([tmp_path], predictor, control):
        events.append(event)
        if len(tagged(events)) == 5 and not stopped_at:
            control.stop()
            stopped_at = time.monotonic()
    assert time.monotonic() - stopped_at < 1.0
    last = events[-1]
    assert isinstance(last, Finished)
    assert last.cancelled
    assert len(tagged(events)) == 5 == last.counts.done
    assert threads() == []


@pytest.mark.parametrize("after", [0, 1, 30])
def test_an_abandoned_job_leaves_no_thread(tmp_path: Path, photo: Make, after: int) -> None:
    path = photo("0.png", size=(20, 20))
    for number in range(1, 200):
        (tmp_path / f"{number}.png").write_bytes(path.read_bytes())
    events = tag_photos([tmp_path], ByShade(), WorkControl())
    for _ in range(after):
        next(events)
    assert bool(threads()) == bool(after)
    events.close()
    assert threads() == []


def test_a_reader_that_hangs_does_not_hold_up_the_cancel(photo: Make) -> None:
    """As a network drive does that no longer answers."""
    predictor = ByShade()
    answer = threading.Event()
    predictor.before_preparing = lambda photo: bool(answer.wait(20)) or None  # type: ignore[func-returns-value]
    control = WorkControl()
    threading.Timer(0.2, control.stop).start()
    began = time.monotonic()
    *_, last = tag_photos([photo("1.png")], predictor, control)
    assert time.monotonic() - began < 2
    assert isinstance(last, Finished)
    assert last.cancelled
    answer.set()


def test_pause_and_resume(tmp_path: Path, photo: Make) -> None:
    path = photo("0.png", size=(20, 20))
    for number in range(1, 100):
        (tmp_path / f"{number}.png").write_bytes(path.read_bytes())
    predictor = ByShade()
    predictor.before_preparing = lambda photo: time.sleep(0.005)
    control = WorkControl()
    events: list[JobEvent] = []
    worker = threading.Thread(target=lambda: events.extend(tag_photos([tmp_path], predictor, control)))
    worker.start()
    while len(predictor.prepared) < 5:
        time.sleep(0.01)
    control.pause()
    time.sleep(0.4)
    rested = len(predictor.prepared)
    time.sleep(0.4)
    assert len(predictor.prepared) == rested < 100
    control.resume()
    worker.join(20)
    assert len(tagged(events)) == 100


def test_stopping_while_paused_ends_it(photo: Make) -> None:
    control = WorkControl()
    control.pause()
    events: list[JobEvent] = []
    worker = threading.Thread(target=lambda: events.extend(tag_photos([photo("1.png")], ByShade(), control)))
    worker.start()
    time.sleep(0.1)
    control.stop()
    worker.join(2)
    assert not worker.is_alive()
    assert isinstance(events[-1], Finished)
    assert threads() == []


def test_a_fault_with_one_photo_costs_one_row(tmp_path: Path, photo: Make) -> None:
    for number in range(4):
        photo(f"shop/{number}.png")

    def fail(photo: Photo) -> None:
        if photo.path.name == "2.png":
            raise ZeroDivisionError

    predictor = ByShade()
    predictor.before_preparing = fail
    rows = [event.tag for event in tagged(run(tmp_path / "shop", predictor=predictor))]
    assert [row.status for row in rows] == ["ok", "ok", "error", "ok"]
    assert "fault" in rows[2].message


def test_a_fault_of_the_model_or_the_scan_reaches_the_caller(photo: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    path = photo("1.png")
    predictor = ByShade()
    predictor.predict = lambda images: 1 / 0  # type: ignore[method-assign, assignment]
    with pytest.raises(ZeroDivisionError):
        run(path, predictor=predictor)
    assert threads() == []

    def scan(*_: object) -> list[object]:
        raise RuntimeError("scan")

    monkeypatch.setattr(pipeline, "scan", scan)
    with pytest.raises(RuntimeError, match="scan"):
        run(path)
    assert threads() == []


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
        assert rows[name].message.startswith(want.note), (name, rows[name])
        rows[name].file.encode()
        rows[name].message.encode()
    last = events[-1]
    assert isinstance(last, Finished)
    assert last.counts.found == last.counts.done == len(expected)
    assert last.counts.errors == sum(bool(want.code) for want in expected.values())


def test_studio_photos_as_staff_drop_them(tiny_model_file: Path) -> None:
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
    assert [row.message for row in rows if row.status == "error"] == []


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


@pytest.mark.skipif(os.name == "nt", reason="Windows has no timer that sends signals")
def test_a_stop_by_signal_just_before_a_wait_runs_out_does_not_wait_for_ever(photo: Make, tmp_path: Path) -> None:
    photo("1.png")
    control, gate = WorkControl(), threading.Event()
    came = []

    def handle(number: int, frame: object) -> None:
        came.append(number)
        time.sleep(0.03)  # past the end of the time that the queue is waited for
        if len(came) > 40:
            raise TimeoutError("the job waits for ever")
        control.stop()

    def hold(_: Photo) -> None:
        gate.wait(20)

    predictor = ByShade()
    predictor.before_preparing = hold
    before = signal.signal(signal.SIGALRM, handle)
    signal.setitimer(signal.ITIMER_REAL, 0.485, 0.1)
    try:
        *_, last = tag_photos([tmp_path], predictor, control)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        gate.set()
    assert isinstance(last, Finished)
    assert last.cancelled
    for thread in threading.enumerate():
        if thread.name.startswith("tagging"):
            thread.join(5)
