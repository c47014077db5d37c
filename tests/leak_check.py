"""Fails a test that leaves a thread, timer or process running, and prints the stack that started it.

The idea is from napari: most flaky Qt tests are caused by leftovers of earlier tests. Starts are recorded and checked
after the fixtures of the test (windows, folders) are torn down.
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

_GRACE_SECONDS = 2.0
"""Time for threads and processes to end by themselves."""

_HARMLESS_THREADS = ("TMonitor",)
"""tqdm keeps one sleeping thread for all its bars until the process ends."""


@dataclass
class _Started:
    """A started thread, timer or process, and the stack of the call."""

    kind: str
    target: Any
    stack: str
    runs: Callable[[Any], bool]
    end: Callable[[Any], object]

    def running(self) -> bool:
        """Whether it still runs; a deleted object does not."""
        target = self.get()
        if target is None or (isinstance(target, QObject) and not shiboken6.isValid(target)):
            return False
        return self.runs(target)

    def get(self) -> Any:
        """The object, or None when it was deleted."""
        return self.target() if isinstance(self.target, weakref.ref) else self.target


@dataclass
class Watch:
    """Everything that one test started."""

    started: list[_Started] = field(default_factory=list)

    def record(self, kind: str, target: Any, runs: Callable[[Any], bool], end: Callable[[Any], object]) -> None:
        """Record ``target`` and the stack of the call that started it."""
        self.started.append(_Started(kind, target, _stack(), runs, end))

    def leaks(self) -> list[_Started]:
        """What still runs after the grace period."""
        until = time.monotonic() + _GRACE_SECONDS
        while True:
            _process_deferred_events()
            running = [each for each in self.started if each.running()]
            if not any(each.kind != "QTimer" for each in running) or time.monotonic() > until:
                break
            time.sleep(0.01)
        if running:
            gc.collect()  # a timer whose owner waits for garbage collection is no leak
        return [each for each in running if each.running()]


def _stack() -> str:
    """The innermost frames outside this module and the standard library."""
    frames = [
        frame
        for frame in traceback.extract_stack()
        if frame.filename != __file__ and not frame.filename.endswith(("threading.py", "subprocess.py", "process.py"))
    ]
    return "".join(traceback.format_list(frames[-3:]))


def _process_deferred_events() -> None:
    """Process queued calls and deleteLater."""
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
        watch.record("QThread", self, lambda thread: thread.isRunning(), _end_thread)
        return thread_start(self, *arguments)

    def start_timer(self: QTimer, *arguments: Any) -> Any:
        # A weak reference, so that a timer can be deleted with its owner.
        watch.record("QTimer", weakref.ref(self), lambda timer: timer.isActive(), lambda timer: timer.stop())
        return timer_start(self, *arguments)

    def shoot(milliseconds: int, *arguments: Any) -> None:
        """QTimer.singleShot with a recorded timer, which is deleted with the receiver as in Qt."""
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
        timer.start(milliseconds)  # calls start_timer above

    def start_pool(self: QThreadPool, *arguments: Any) -> Any:
        watch.record("QThreadPool", self, lambda pool: pool.activeThreadCount() > 0, lambda pool: pool.clear())
        return pool_start(self, *arguments)

    def start_process(self: QProcess, *arguments: Any) -> Any:
        runs = QProcess.ProcessState.NotRunning
        watch.record("QProcess", self, lambda process: process.state() != runs, lambda process: process.kill())
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
            watch.record("Python thread", self, lambda thread: thread.is_alive(), lambda thread: None)
        thread_start(self)

    def start_process(self: Any, *arguments: Any, **named: Any) -> None:
        process_init(self, *arguments, **named)
        watch.record("child process", self, lambda process: process.poll() is None, lambda process: process.kill())

    def start_multi(self: Any) -> None:
        multi_start(self)
        watch.record("child process", self, lambda process: process.is_alive(), lambda process: process.kill())

    patch.setattr(threading.Thread, "start", start_thread)
    patch.setattr(subprocess.Popen, "__init__", start_process)
    patch.setattr(multiprocessing.process.BaseProcess, "start", start_multi)


@pytest.fixture(autouse=True)
def no_leaks() -> Iterator[Watch]:
    """After each test: no QThread, QTimer, thread pool, Python thread or child process may still run."""
    watch = Watch()
    with pytest.MonkeyPatch.context() as patch:
        _watch_qt(watch, patch)
        _watch_python(watch, patch)
        yield watch
        left = watch.leaks()
    if left:
        for each in left:
            if each.running():
                each.end(each.get())
        places = "\n".join(f"{each.kind} {each.get()!r}, started at\n{each.stack}" for each in left)
        pytest.fail(f"The test left this running:\n{places}", pytrace=False)
