"""Threads of a tagging job: latency, memory, cancelling, and errors in single photos."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from fashionlens_gui.messages.photos import row_message
from fashionlens_gui.tagging import pipeline
from fashionlens_gui.tagging.job import Finished, JobEvent, Tagged, tag_photos
from tests.tagging.scripted_job import ByShade, Make, run, tagged, threads
from trainer.control import WorkControl
from trainer.preprocessing.photo import Photo


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


def test_a_slow_consumer_limits_the_pipeline(tmp_path: Path, photo: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "_READ_AHEAD", 8)
    monkeypatch.setattr(pipeline, "_BATCH", 4)
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
    assert time.monotonic() - stopped_at < 15
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
    """Like a network drive that no longer responds."""
    predictor = ByShade()
    answer = threading.Event()
    predictor.before_preparing = lambda photo: bool(answer.wait(20)) or None  # type: ignore[func-returns-value]
    control = WorkControl()
    threading.Timer(0.2, control.stop).start()
    began = time.monotonic()
    *_, last = tag_photos([photo("1.png")], predictor, control)
    assert time.monotonic() - began < 15  # the answer takes 20 s
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


def test_an_error_in_one_photo_affects_only_its_row(tmp_path: Path, photo: Make) -> None:
    for number in range(4):
        photo(f"shop/{number}.png")

    def fail(photo: Photo) -> None:
        if photo.path.name == "2.png":
            raise ZeroDivisionError

    predictor = ByShade()
    predictor.before_preparing = fail
    rows = [event.tag for event in tagged(run(tmp_path / "shop", predictor=predictor))]
    assert [row.status for row in rows] == ["ok", "ok", "error", "ok"]
    assert "fault" in row_message(rows[2].notes)


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


@pytest.mark.skipif(os.name == "nt", reason="Windows has no timer that sends signals")
def test_a_stop_by_signal_just_before_a_wait_runs_out_does_not_wait_for_ever(photo: Make, tmp_path: Path) -> None:
    photo("1.png")
    control, gate = WorkControl(), threading.Event()
    came = []

    def handle(number: int, frame: object) -> None:
        came.append(number)
        time.sleep(0.03)  # longer than the timeout of the queue
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
        if thread.name in threads():
            thread.join(5)
