"""The one way to run work: what arrives, in which order, what happens when it fails, floods or will not stop."""

from __future__ import annotations

import gc
import logging
import sys
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from fashionlens_gui.window.shell import workers
from fashionlens_gui.window.shell.workers import Work, running_work
from trainer.control import WorkControl
from trainer.errors import Cancelled, DataError, FashionLensError


class Heard(QObject):
    """Everything a work said, in order."""

    def __init__(self, work: Work) -> None:
        super().__init__()
        self.log: list[tuple[str, Any]] = []
        self.deliveries: list[float] = []
        self.threads: set[int] = set()
        work.events.connect(self.hear_events)
        work.failed.connect(lambda error: self.log.append(("failed", error)))
        work.ended.connect(lambda result: self.log.append(("ended", result)))

    def hear_events(self, events: tuple[Any, ...]) -> None:
        assert isinstance(events, tuple)
        assert events
        self.deliveries.append(time.monotonic())
        self.threads.add(threading.get_ident())
        self.log.extend(("event", event) for event in events)

    @property
    def events(self) -> list[Any]:
        return [value for kind, value in self.log if kind == "event"]


def _count(number: int) -> Any:
    def generate(_control: WorkControl) -> Iterator[int]:
        yield from range(number)
        return "all counted"

    return generate


def _until_stopped(control: WorkControl) -> Iterator[str]:
    while not control.stopped:
        time.sleep(0.002)
    yield "the last thing"
    return "stopped well"


def test_everything_arrives_in_order_in_the_windows_thread_and_ended_comes_last(qtbot: QtBot) -> None:
    work = Work(_count(1000), "counting")
    heard = Heard(work)
    assert not work.running
    with qtbot.waitSignal(work.ended):
        work.start()
        assert work.running
        assert running_work() == [work]
    assert heard.events == list(range(1000))
    assert heard.log[-1] == ("ended", "all counted")
    assert heard.threads == {threading.get_ident()}
    assert not work.running
    assert running_work() == []


def test_work_runs_beside_the_window(qtbot: QtBot) -> None:
    def where(_control: WorkControl) -> Iterator[int]:
        yield threading.get_ident()

    work = Work(where, "looking around")
    heard = Heard(work)
    with qtbot.waitSignal(work.ended):
        work.start()
    assert heard.events != [threading.get_ident()]


def test_a_plain_iterator_will_do(qtbot: QtBot) -> None:
    work = Work(lambda _control: iter("abc"), "spelling")
    heard = Heard(work)
    with qtbot.waitSignal(work.ended):
        work.start()
    assert heard.log == [("event", "a"), ("event", "b"), ("event", "c"), ("ended", None)]


def test_a_known_error_arrives_as_it_is(qtbot: QtBot) -> None:
    def fail(_control: WorkControl) -> Iterator[int]:
        yield 1
        raise DataError("The folder is empty.", "detail")

    work = Work(fail, "reading")
    heard = Heard(work)
    with qtbot.waitSignal(work.ended):
        work.start()
    assert [kind for kind, _ in heard.log] == ["event", "failed", "ended"]
    assert isinstance(heard.log[1][1], DataError)
    assert heard.log[2] == ("ended", None)


def test_a_surprise_is_wrapped_in_plain_words_and_logged(qtbot: QtBot, caplog: pytest.LogCaptureFixture) -> None:
    def fail(_control: WorkControl) -> Iterator[int]:
        yield 1
        raise ZeroDivisionError("not for the user")

    work = Work(fail, "dividing")
    heard = Heard(work)
    with caplog.at_level(logging.ERROR), qtbot.waitSignal(work.ended):
        work.start()
    error = heard.log[1][1]
    assert isinstance(error, FashionLensError)
    assert "dividing" in error.sentence
    assert "not for the user" not in error.sentence
    assert "ZeroDivisionError" in error.detail
    assert "ZeroDivisionError" in caplog.text


def test_failing_before_the_first_event_is_failing_too(qtbot: QtBot) -> None:
    def fail(_control: WorkControl) -> Iterator[int]:
        raise SystemExit(3)

    work = Work(fail, "leaving")
    heard = Heard(work)
    with qtbot.waitSignal(work.ended):
        work.start()
    assert [kind for kind, _ in heard.log] == ["failed", "ended"]


def test_stopping_when_asked_is_no_failure(qtbot: QtBot) -> None:
    def give_up(control: WorkControl) -> Iterator[int]:
        while not control.stopped:
            time.sleep(0.002)
            yield 1
        raise Cancelled()

    work = Work(give_up, "waiting")
    heard = Heard(work)
    work.start()
    qtbot.waitUntil(lambda: len(heard.events) > 0)
    with qtbot.waitSignal(work.ended):
        work.stop()
    assert heard.log[-1] == ("ended", None)
    assert "failed" not in [kind for kind, _ in heard.log]


def test_stop_and_wait_hands_over_the_rest_before_it_returns(qtbot: QtBot) -> None:
    work = Work(_until_stopped, "waiting")
    heard = Heard(work)
    work.start()
    assert work.stop_and_wait()
    assert heard.log == [("event", "the last thing"), ("ended", "stopped well")]
    qtbot.wait(80)
    assert len(heard.log) == 2, "nothing is said twice"
    assert work.stop_and_wait(), "again, without effect"


def test_stop_and_wait_wakes_paused_work() -> None:
    def rest(control: WorkControl) -> Iterator[int]:
        control.wait_while_paused()
        yield 1

    work = Work(rest, "resting")
    work.control.pause()
    work.start()
    assert work.stop_and_wait()


def test_work_that_does_not_stop_in_time_is_held_and_said(caplog: pytest.LogCaptureFixture) -> None:
    release = threading.Event()

    def stubborn(_control: WorkControl) -> Iterator[int]:
        release.wait()
        yield 1

    work = Work(stubborn, "sulking")
    work.start()
    assert not work.stop_and_wait(50)
    assert "sulking" in caplog.text
    assert running_work() == [work]
    release.set()
    assert work.stop_and_wait()


def test_work_starts_once() -> None:
    work = Work(_count(1), "counting")
    work.start()
    with pytest.raises(RuntimeError):
        work.start()
    assert work.stop_and_wait()


def test_nobody_needs_to_hold_it(qtbot: QtBot) -> None:
    done: list[int] = []

    def slow(_control: WorkControl) -> Iterator[int]:
        time.sleep(0.1)
        done.append(1)
        yield 1

    Work(slow, "going on alone").start()
    gc.collect()
    qtbot.waitUntil(lambda: not running_work())
    assert done == [1]


def test_destroying_the_owner_stops_the_work_and_crashes_nothing(qtbot: QtBot) -> None:
    owner = QWidget()
    work = Work(_until_stopped, "waiting", owner)
    work.start()
    owner.deleteLater()
    qtbot.waitUntil(lambda: not running_work() and not workers._running, timeout=3000)


def test_new_work_may_begin_where_the_old_one_ended(qtbot: QtBot) -> None:
    results: list[str] = []
    first, second = Work(_count(1), "first"), Work(_count(2), "second")
    first.ended.connect(lambda _result: second.start())
    second.ended.connect(results.append)
    first.start()
    qtbot.waitUntil(lambda: results == ["all counted"])


def test_a_flood_is_delivered_whole_at_most_twenty_times_a_second_and_freezes_nothing(qtbot: QtBot) -> None:
    work = Work(_count(100_000), "flooding")
    heard = Heard(work)
    beats: list[float] = []
    heart = QTimer()
    heart.setTimerType(Qt.TimerType.PreciseTimer)
    heart.timeout.connect(lambda: beats.append(time.monotonic()))
    heart.start(5)
    with qtbot.waitSignal(work.ended, timeout=30_000):
        work.start()
    heart.stop()
    assert heard.events == list(range(100_000))
    pauses = [after - before for before, after in pairwise(heard.deliveries[:-1])]
    assert all(pause >= 0.045 for pause in pauses), f"deliveries too close: {min(pauses):.3f} s"
    gaps = sorted(after - before for before, after in pairwise(beats))
    assert gaps[int(len(gaps) * 0.9)] < 0.1, f"the window stood still: {gaps[-5:]}"


def test_a_window_that_falls_behind_makes_the_work_wait(qtbot: QtBot) -> None:
    ahead: list[int] = []

    def count(_control: WorkControl) -> Iterator[int]:
        for number in range(30_000):
            ahead.append(number)
            yield number

    work = Work(count, "running ahead")
    heard = Heard(work)
    work.start()
    time.sleep(0.5)  # the window is busy with something else
    assert len(ahead) < 10_000, "memory is not bounded"
    with qtbot.waitSignal(work.ended, timeout=20_000):
        pass
    assert heard.events == list(range(30_000))


def test_stop_all_ends_everything() -> None:
    works = [Work(_until_stopped, f"waiting {number}") for number in range(3)]
    for work in works:
        work.start()
    assert workers.stop_all()
    assert not any(work.running for work in works)


def test_signals_take_no_reference_away() -> None:
    """PySide6 6.12 on Python below 3.12 lost one reference to True with each emit, until the interpreter died."""

    class Bell(QObject):
        rung = Signal(bool)

    bell = Bell()
    bell.rung.connect(lambda _yes: None)
    before = sys.getrefcount(True)
    for _ in range(1000):
        bell.rung.emit(True)
    QCoreApplication.processEvents()
    assert sys.getrefcount(True) > before - 50
