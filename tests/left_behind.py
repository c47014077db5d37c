"""Fails a test that leaves a thread, timer or process running, and names the line that started it.

The idea is napari's; one flaky test in ten years of Qt is nearly always the leftover of another. Everything is noted
when it starts and looked at after the test's own fixtures (windows, folders) are gone.
"""

from __future__ import annotations

import concurrent.futures.thread  # noqa: F401 - its exit hook must exist before threads are counted
import gc
import multiprocessing
import subprocess
import threading
import time
import traceback
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QProcess, QThread, QThreadPool, QTimer

_PATIENCE_SECONDS = 2.0
"""What is ending by itself may take this long."""

_HARMLESS_THREADS = ("TMonitor",)
"""tqdm keeps one sleeping thread for all its bars until the process ends."""


@dataclass
class _Started:
    """Something that was started, and from where."""

    kind: str
    thing: Any
    place: str
    runs: Callable[[Any], bool]
    end: Callable[[Any], object]

    def running(self) -> bool:
        """Whether it is still going; what was deleted is not."""
        thing = self.here()
        if thing is None or (isinstance(thing, QObject) and not shiboken6.isValid(thing)):
            return False
        return self.runs(thing)

    def here(self) -> Any:
        """The thing itself, or None when it is gone."""
        return self.thing() if isinstance(self.thing, weakref.ref) else self.thing


@dataclass
class Watch:
    """What one test started."""

    started: list[_Started] = field(default_factory=list)

    def note(self, kind: str, thing: Any, runs: Callable[[Any], bool], end: Callable[[Any], object]) -> None:
        """Remember ``thing`` and the line of the test or program that started it."""
        self.started.append(_Started(kind, thing, _place(), runs, end))

    def left_running(self) -> list[_Started]:
        """What goes on although it was given time to end."""
        until = time.monotonic() + _PATIENCE_SECONDS
        while True:
            _let_qt_clean_up()
            running = [each for each in self.started if each.running()]
            if not any(each.kind != "QTimer" for each in running) or time.monotonic() > until:
                break
            time.sleep(0.01)
        if running:
            gc.collect()  # a timer whose owner is only waiting for Python's collector is no leftover
        return [each for each in running if each.running()]


def _place() -> str:
    """The innermost line outside this module and the standard library's starters."""
    frames = [
        frame
        for frame in traceback.extract_stack()
        if frame.filename != __file__ and not frame.filename.endswith(("threading.py", "subprocess.py", "process.py"))
    ]
    return "".join(traceback.format_list(frames[-3:]))


def _let_qt_clean_up() -> None:
    """Carry out what was put off: queued calls, deleteLater, closed windows."""
    if QCoreApplication.instance() is not None:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QCoreApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def _end_thread(thread: QThread) -> None:
    from fashionlens_gui.window.shell import workers

    workers.stop_all(1000)
    if shiboken6.isValid(thread):
        thread.requestInterruption()
        thread.quit()
        thread.wait(1000)


def _watch_qt(watch: Watch, patch: pytest.MonkeyPatch) -> None:
    thread_start, timer_start, single_shot = QThread.start, QTimer.start, QTimer.singleShot
    pool_start, process_start = QThreadPool.start, QProcess.start
    shots: list[QTimer] = []

    def start_thread(self: QThread, *arguments: Any) -> Any:
        watch.note("QThread", self, lambda thread: thread.isRunning(), _end_thread)
        return thread_start(self, *arguments)

    def start_timer(self: QTimer, *arguments: Any) -> Any:
        # Held weakly: a timer that dies with its owner must be free to do so.
        watch.note("QTimer", weakref.ref(self), lambda timer: timer.isActive(), lambda timer: timer.stop())
        return timer_start(self, *arguments)

    def shoot(milliseconds: int, *arguments: Any) -> None:
        """As Qt's own, through a timer that can be seen; it dies with the receiver, as Qt's does."""
        target = arguments[-1]
        owner = arguments[-2] if len(arguments) > 1 and isinstance(arguments[-2], QObject) else None
        if isinstance(target, str | bytes):
            single_shot(milliseconds, *arguments)
            return
        owner = owner or (target.__self__ if isinstance(getattr(target, "__self__", None), QObject) else None)
        timer = QTimer(owner)
        timer.setSingleShot(True)
        timer.timeout.connect(target)
        shots.append(timer)
        timer.start(milliseconds)  # goes through start_timer above

    def start_pool(self: QThreadPool, *arguments: Any) -> Any:
        watch.note("QThreadPool", self, lambda pool: pool.activeThreadCount() > 0, lambda pool: pool.clear())
        return pool_start(self, *arguments)

    def start_process(self: QProcess, *arguments: Any) -> Any:
        runs = QProcess.ProcessState.NotRunning
        watch.note("QProcess", self, lambda process: process.state() != runs, lambda process: process.kill())
        return process_start(self, *arguments)

    patch.setattr(QThread, "start", start_thread)
    patch.setattr(QTimer, "start", start_timer)
    patch.setattr(QTimer, "singleShot", staticmethod(shoot))
    patch.setattr(QThreadPool, "start", start_pool)
    patch.setattr(QProcess, "start", start_process)


def _watch_python(watch: Watch, patch: pytest.MonkeyPatch) -> None:
    thread_start, process_init = threading.Thread.start, subprocess.Popen.__init__
    multi_start = multiprocessing.process.BaseProcess.start

    def start_thread(self: threading.Thread) -> None:
        if type(self).__name__ not in _HARMLESS_THREADS:
            watch.note("Python thread", self, lambda thread: thread.is_alive(), lambda thread: None)
        thread_start(self)

    def start_process(self: Any, *arguments: Any, **named: Any) -> None:
        process_init(self, *arguments, **named)
        watch.note("child process", self, lambda process: process.poll() is None, lambda process: process.kill())

    def start_multi(self: Any) -> None:
        multi_start(self)
        watch.note("child process", self, lambda process: process.is_alive(), lambda process: process.kill())

    patch.setattr(threading.Thread, "start", start_thread)
    patch.setattr(subprocess.Popen, "__init__", start_process)
    patch.setattr(multiprocessing.process.BaseProcess, "start", start_multi)


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[Watch]:
    """After each test: no QThread, QTimer, thread pool, Python thread or child process may still run."""
    watch = Watch()
    with pytest.MonkeyPatch.context() as patch:
        _watch_qt(watch, patch)
        _watch_python(watch, patch)
        yield watch
        left = watch.left_running()
    if left:
        for each in left:
            if each.running():
                each.end(each.here())
        places = "\n".join(f"{each.kind} {each.here()!r}, started at\n{each.place}" for each in left)
        pytest.fail(f"The test left something running:\n{places}", pytrace=False)
