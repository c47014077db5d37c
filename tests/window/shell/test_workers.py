"""Worker slots: delivery and order of events, errors, many events and functions that do not stop."""

from __future__ import annotations

import gc
import logging
import sys
import threading
import time
from collections.abc import Callable, Generator
from itertools import pairwise
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QObject, Qt, QThread, QTimer, Signal
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from fashionlens_gui import messages
from fashionlens_gui.window.shell import workers
from fashionlens_gui.window.shell.workers import Mode, WorkerSlot, busy_slots
from trainer.control import WorkControl
from trainer.errors import Cancelled, DataError, FashionLensError


class Recorder:
    """A slot that records its callbacks in order."""

    def __init__(self, mode: Mode = "single", parent: QObject | None = None) -> None:
        self.log: list[tuple[str, Any]] = []
        self.deliveries: list[float] = []
        self.threads: set[int] = set()
        self.slot: WorkerSlot[Any, Any] = WorkerSlot(
            "counting",
            parent,
            mode=mode,
            on_events=self._take_events,
            on_result=lambda result: self.log.append(("result", result)),
            on_error=lambda error: self.log.append(("error", error)),
            on_end=lambda: self.log.append(("end", self.slot.busy)),
        )

    def _take_events(self, events: tuple[Any, ...]) -> None:
        assert isinstance(events, tuple)
        assert events
        self.deliveries.append(time.monotonic())
        self.threads.add(threading.get_ident())
        self.log.extend(("event", event) for event in events)

    @property
    def events(self) -> list[Any]:
        return [value for kind, value in self.log if kind == "event"]

    @property
    def results(self) -> list[Any]:
        return [value for kind, value in self.log if kind == "result"]

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.log]


def _count(number: int) -> Callable[[WorkControl], Generator[int, None, str]]:
    def generate(_control: WorkControl) -> Generator[int, None, str]:
        yield from range(number)
        return "all counted"

    return generate


def _until_stopped(control: WorkControl) -> Generator[str, None, str]:
    while not control.stopped:
        time.sleep(0.002)
    yield "the last event"
    return "stopped"


def _idle(qtbot: QtBot, slot: WorkerSlot[Any, Any], timeout: int = 5000) -> None:
    qtbot.waitUntil(lambda: not slot.busy, timeout=timeout)


def test_events_of_a_generator_arrive_in_order_in_the_windows_thread_and_the_end_comes_last(qtbot: QtBot) -> None:
    recorder = Recorder()
    assert not recorder.slot.busy
    assert recorder.slot.start(_count(1000))
    assert recorder.slot.busy
    assert busy_slots() == [recorder.slot]
    _idle(qtbot, recorder.slot)
    assert recorder.events == list(range(1000))
    assert recorder.log[-2:] == [("result", "all counted"), ("end", False)]
    assert recorder.threads == {threading.get_ident()}
    assert busy_slots() == []


def test_a_plain_function_runs_in_another_thread_and_may_return_none(qtbot: QtBot) -> None:
    threads: list[int] = []
    recorder = Recorder()
    recorder.slot.start(lambda _control: threads.append(threading.get_ident()))
    _idle(qtbot, recorder.slot)
    assert threads and threads != [threading.get_ident()]
    assert recorder.log == [("result", None), ("end", False)]


def test_functions_run_in_a_qthread_with_a_large_stack(qtbot: QtBot) -> None:
    def stack_size(_control: WorkControl) -> int:
        thread = QThread.currentThread()
        assert thread is not None
        return thread.stackSize()

    recorder = Recorder()
    recorder.slot.start(stack_size)
    _idle(qtbot, recorder.slot)
    assert recorder.results == [16 * 1024 * 1024]


def test_callbacks_of_a_start_override_those_of_the_slot(qtbot: QtBot) -> None:
    recorder = Recorder()
    results: list[str] = []
    errors: list[FashionLensError] = []

    def fail(_control: WorkControl) -> str:
        raise DataError("no_photos")

    recorder.slot.start(_count(0), on_result=results.append)
    _idle(qtbot, recorder.slot)
    recorder.slot.start(fail, on_error=errors.append)
    _idle(qtbot, recorder.slot)
    assert results == ["all counted"]
    assert [error.code for error in errors] == ["no_photos"]
    assert recorder.kinds == ["end", "end"]


# -- errors -----------------------------------------------------------------------------------------------------------


def test_a_known_error_arrives_as_it_is(qtbot: QtBot) -> None:
    def fail(_control: WorkControl) -> Generator[int, None, None]:
        yield 1
        raise DataError("no_photos", "detail")

    recorder = Recorder()
    recorder.slot.start(fail)
    _idle(qtbot, recorder.slot)
    assert recorder.kinds == ["event", "error", "end"]
    assert isinstance(recorder.log[1][1], DataError)


@pytest.mark.parametrize("exception", [ZeroDivisionError("for developers"), SystemExit(3)])
def test_any_other_exception_goes_to_the_crash_handler_and_ends_the_waiting(
    exception: BaseException, qtbot: QtBot
) -> None:
    def fail(_control: WorkControl) -> int:
        raise exception

    recorder = Recorder()
    with qtbot.captureExceptions() as caught:
        recorder.slot.start(fail)
        _idle(qtbot, recorder.slot)
    assert [type(each[1]) for each in caught] == [type(exception)]
    assert recorder.kinds == ["error", "end"]
    error = recorder.log[0][1]
    assert error.code == "worker_failed"
    assert "counting" in messages.sentence(error)
    assert "for developers" not in messages.sentence(error)


def test_an_error_in_a_callback_leaves_the_slot_idle(qtbot: QtBot) -> None:
    def fail(_result: object) -> None:
        raise ValueError("in a callback")

    recorder = Recorder()
    with qtbot.captureExceptions() as caught:
        recorder.slot.start(_count(0), on_result=fail)
        _idle(qtbot, recorder.slot)
    assert len(caught) == 1
    assert recorder.log == [("end", False)]
    recorder.slot.start(_count(0))
    _idle(qtbot, recorder.slot)
    assert recorder.results == ["all counted"]


def test_stopping_when_asked_is_no_error(qtbot: QtBot) -> None:
    def give_up(control: WorkControl) -> Generator[int, None, None]:
        while not control.stopped:
            time.sleep(0.002)
            yield 1
        raise Cancelled()

    recorder = Recorder()
    recorder.slot.start(give_up)
    qtbot.waitUntil(lambda: len(recorder.events) > 0)
    recorder.slot.stop()
    _idle(qtbot, recorder.slot)
    assert set(recorder.kinds) == {"event", "end"}


# -- modes ------------------------------------------------------------------------------------------------------------


def test_a_single_slot_ignores_a_start_while_it_is_busy(qtbot: QtBot) -> None:
    recorder = Recorder()
    assert recorder.slot.start(_until_stopped)
    assert not recorder.slot.start(_count(1))
    recorder.slot.stop()
    _idle(qtbot, recorder.slot)
    assert recorder.results == ["stopped"]


def test_the_latest_start_wins_and_earlier_ones_emit_nothing(qtbot: QtBot) -> None:
    recorder = Recorder("latest")
    begun: list[str] = []

    def not_begun(_control: WorkControl) -> str:
        begun.append("the one in the middle")
        return "the one in the middle"

    def fail_when_stopped(control: WorkControl) -> Generator[str, None, None]:
        yield "event"
        while not control.stopped:
            time.sleep(0.002)
        raise DataError("too_late")

    recorder.slot.start(fail_when_stopped)
    recorder.slot.start(not_begun)
    recorder.slot.start(lambda _control: "newest")
    assert recorder.slot.busy
    _idle(qtbot, recorder.slot)
    assert recorder.log == [("result", "newest"), ("end", False)]
    assert begun == []


def test_a_queued_slot_runs_all_in_order_even_after_an_error(qtbot: QtBot) -> None:
    def fail(_control: WorkControl) -> str:
        raise DataError("no_photos")

    recorder = Recorder("queued")
    together: list[int] = []

    def alone(number: int) -> Callable[[WorkControl], int]:
        def run(_control: WorkControl) -> int:
            together.append(number)
            time.sleep(0.01)
            together.append(number)
            return number

        return run

    for function in (alone(1), fail, alone(2), alone(3)):
        recorder.slot.start(function)
    _idle(qtbot, recorder.slot)
    assert recorder.kinds == ["result", "end", "error", "end", "result", "end", "result", "end"]
    assert recorder.results == [1, 2, 3]
    assert together == [1, 1, 2, 2, 3, 3]
    assert [busy for kind, busy in recorder.log if kind == "end"] == [True, True, True, False]


def test_a_callback_may_start_the_next(qtbot: QtBot) -> None:
    recorder = Recorder()
    results: list[str] = []
    recorder.slot.start(_count(1), on_result=lambda _: recorder.slot.start(_count(2), on_result=results.append))
    qtbot.waitUntil(lambda: results == ["all counted"])
    _idle(qtbot, recorder.slot)


# -- ends -------------------------------------------------------------------------------------------------------------


def test_shutdown_delivers_the_rest_before_it_returns_and_nothing_starts_afterwards(qtbot: QtBot) -> None:
    recorder = Recorder("queued")
    recorder.slot.start(_until_stopped)
    recorder.slot.start(_count(1))
    assert recorder.slot.shutdown()
    log = [("event", "the last event"), ("result", "stopped"), ("end", False)]
    assert recorder.log == log
    assert not recorder.slot.start(_count(1))
    qtbot.wait(80)
    assert recorder.log == log
    assert recorder.slot.shutdown(), "again, without effect"


def test_wait_lets_started_work_finish() -> None:
    recorder = Recorder("queued")
    recorder.slot.start(_count(7_000))  # more events than the buffer holds
    recorder.slot.start(_count(1))
    assert recorder.slot.wait()
    assert recorder.results == ["all counted", "all counted"]
    assert len(recorder.events) == 7_001


def test_a_late_notice_of_a_thread_that_was_waited_for_does_not_block_the_next(qtbot: QtBot) -> None:
    recorder = Recorder()
    recorder.slot.start(_count(1))
    assert recorder.slot.wait()
    recorder.slot.start(_until_stopped)  # while the first thread's "finished" is still on its way
    before = time.monotonic()
    qtbot.wait(50)
    assert time.monotonic() - before < 15
    assert recorder.slot.busy
    assert recorder.slot.shutdown()


def test_shutdown_wakes_a_paused_function() -> None:
    def pause(control: WorkControl) -> Generator[int, None, None]:
        control.pause()
        control.wait_while_paused()
        yield 1

    recorder = Recorder()
    recorder.slot.start(pause)
    assert recorder.slot.shutdown()


def test_a_function_that_does_not_stop_in_time_is_logged_and_its_thread_kept(caplog: pytest.LogCaptureFixture) -> None:
    release = threading.Event()
    recorder = Recorder()
    recorder.slot.start(lambda _control: release.wait())
    assert not recorder.slot.shutdown(50)
    assert "counting" in caplog.text
    assert busy_slots() == [recorder.slot]
    release.set()
    assert recorder.slot.wait()


def test_a_running_slot_needs_no_reference(qtbot: QtBot) -> None:
    done: list[int] = []

    def slow(_control: WorkControl) -> None:
        time.sleep(0.1)
        done.append(1)

    WorkerSlot[None, None]("going on alone").start(slow)
    gc.collect()
    qtbot.waitUntil(lambda: not busy_slots())
    assert done == [1]


def test_destroying_the_parent_stops_the_function_and_crashes_nothing(qtbot: QtBot) -> None:
    parent = QWidget()
    recorder = Recorder(parent=parent)
    recorder.slot.start(_until_stopped)
    parent.deleteLater()
    qtbot.waitUntil(lambda: not busy_slots() and not any(each.isRunning() for each in workers._threads), timeout=3000)
    assert recorder.log == []


def test_a_callback_may_destroy_the_parent(qtbot: QtBot) -> None:
    parent = QWidget()
    recorder = Recorder(parent=parent)

    def destroy(_result: str) -> None:
        import shiboken6

        shiboken6.delete(parent)

    recorder.slot.start(_count(1), on_result=destroy)
    qtbot.waitUntil(lambda: not busy_slots())
    assert recorder.kinds == ["event"]


def test_stop_all_ends_everything() -> None:
    recorders = [Recorder() for _ in range(3)]
    for recorder in recorders:
        recorder.slot.start(_until_stopped)
    assert workers.stop_all()
    assert not any(recorder.slot.busy for recorder in recorders)
    assert [recorder.results for recorder in recorders] == [["stopped"]] * 3


# -- floods -----------------------------------------------------------------------------------------------------------


def test_many_events_are_all_delivered_at_most_twenty_times_a_second(qtbot: QtBot) -> None:
    recorder = Recorder()
    beats: list[float] = []
    heart = QTimer()
    heart.setTimerType(Qt.TimerType.PreciseTimer)
    heart.timeout.connect(lambda: beats.append(time.monotonic()))
    heart.start(5)
    recorder.slot.start(_count(100_000))
    _idle(qtbot, recorder.slot, 30_000)
    heart.stop()
    assert recorder.events == list(range(100_000))
    pauses = [after - before for before, after in pairwise(recorder.deliveries[:-1])]
    assert all(pause >= 0.045 for pause in pauses), f"deliveries too close: {min(pauses):.3f} s"
    gaps = sorted(after - before for before, after in pairwise(beats))
    assert gaps[int(len(gaps) * 0.9)] < 0.1, f"the window stood still: {gaps[-5:]}"


def test_the_event_interval_can_be_set(qtbot: QtBot) -> None:
    deliveries: list[float] = []
    slot = WorkerSlot[int, None](
        "ticking", on_events=lambda _: deliveries.append(time.monotonic()), interval_ms=lambda: 200
    )

    def tick(_control: WorkControl) -> Generator[int, None, None]:
        for number in range(100):
            time.sleep(0.005)
            yield number

    slot.start(tick)
    _idle(qtbot, slot)
    assert all(after - before > 0.19 for before, after in pairwise(deliveries[:-1]))  # the rest comes at the end


def test_a_slow_window_makes_the_function_wait(qtbot: QtBot) -> None:
    ahead: list[int] = []

    def count(_control: WorkControl) -> Generator[int, None, None]:
        for number in range(30_000):
            ahead.append(number)
            yield number

    recorder = Recorder()
    recorder.slot.start(count)
    time.sleep(0.5)  # the window is busy with something else
    assert len(ahead) < 10_000, "memory is not bounded"
    _idle(qtbot, recorder.slot, 20_000)
    assert recorder.events == list(range(30_000))


def test_known_errors_are_logged(qtbot: QtBot, caplog: pytest.LogCaptureFixture) -> None:
    def fail(_control: WorkControl) -> None:
        raise DataError("no_photos", "the detail")

    recorder = Recorder()
    with caplog.at_level(logging.WARNING):
        recorder.slot.start(fail)
        _idle(qtbot, recorder.slot)
    assert "no_photos" in caplog.text and "the detail" in caplog.text


def test_signals_take_no_reference_away() -> None:
    """PySide6 6.12 on Python below 3.12 lost a reference to True per emit, until the interpreter aborted."""

    class Bell(QObject):
        rung = Signal(bool)

    bell = Bell()
    bell.rung.connect(lambda _yes: None)
    before = sys.getrefcount(True)
    for _ in range(1000):
        bell.rung.emit(True)
    QCoreApplication.processEvents()
    assert sys.getrefcount(True) > before - 50
