"""The one way to run long work beside the window.

A :class:`Work` takes a function that gives a generator, runs it in a QThread of its own and hands over what it yields.

How events travel: the worker puts them into a mailbox and rings once; the window empties the whole mailbox at most
20 times a second. So however fast the work yields, at most one notice is under way and the window is never flooded.
When the window falls far behind, the worker waits for it, so that memory stays bounded.

Life of the thread: everything that runs is held in a module-level record until its thread has ended, because a QThread
that is dropped while running takes the whole process down.
"""

from __future__ import annotations

import logging
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any

import shiboken6
from PySide6.QtCore import QObject, Qt, QThread, QTimer, Signal, Slot

from trainer.control import WorkControl
from trainer.errors import Cancelled, FashionLensError

_log = logging.getLogger(__name__)

MILLISECONDS_BETWEEN_DELIVERIES = 50
"""At most 20 deliveries a second: quicker than the eye needs, slow enough to leave the window its time."""

_MAILBOX_ROOM = 5_000
"""Events that may wait before the worker waits for the window."""

Generate = Callable[[WorkControl], Generator[Any, None, Any] | Iterator[Any]]


class _Mailbox:
    """Events on their way from the worker's thread to the window's."""

    def __init__(self) -> None:
        self._events: deque[Any] = deque()
        self._changed = threading.Condition()
        self._rung = False

    def put(self, event: Any, control: WorkControl) -> bool:
        """Add an event, waiting for room unless the work was asked to stop. True when the window must be told."""
        with self._changed:
            while len(self._events) >= _MAILBOX_ROOM and not control.stopped:
                self._changed.wait(0.05)
            self._events.append(event)
            ring, self._rung = not self._rung, True
            return ring

    def take(self) -> tuple[Any, ...]:
        """Everything that waits, oldest first."""
        with self._changed:
            events = tuple(self._events)
            self._events.clear()
            self._rung = False
            self._changed.notify_all()
            return events


class _Worker(QObject):
    """Lives in the work's thread and turns the generator's handle."""

    ring = Signal()

    def __init__(self, generate: Generate, control: WorkControl, mailbox: _Mailbox, name: str) -> None:
        super().__init__()
        self._generate = generate
        self._control = control
        self._mailbox = mailbox
        self._name = name
        self.result: Any = None
        self.error: FashionLensError | None = None

    @Slot()
    def run(self) -> None:
        """Run the generator to its end; whatever happens, the thread ends afterwards."""
        try:
            self.result = self._exhaust()
        except Cancelled as error:
            # Having stopped when asked to is no failure.
            if not self._control.stopped:
                self.error = error.with_traceback(None)
        except FashionLensError as error:
            _log.warning("%s: %s %s", self._name, error.sentence, error.detail, exc_info=True)
            # Logged above; from here on the traceback would only keep images and models alive.
            self.error = error.with_traceback(None)
        except BaseException as error:  # the border: whatever it is, the window must hear of it
            _log.exception("%s failed unexpectedly", self._name)
            self.error = FashionLensError(
                f"Something unexpected went wrong while {self._name} was running, and it has stopped. "
                "What was saved before is kept. The log file (Help menu) says more.",
                detail="".join(traceback.format_exception(error)),
            )
        finally:
            self._generate = _nothing  # what the function holds on to (images, models) is free from here
            QThread.currentThread().quit()

    def _exhaust(self) -> Any:
        steps = iter(self._generate(self._control))
        while True:
            try:
                event = next(steps)
            except StopIteration as end:
                return end.value
            if self._mailbox.put(event, self._control):
                self.ring.emit()


def _nothing(_control: WorkControl) -> Iterator[Any]:
    return iter(())


@dataclass(eq=False)
class _Running:
    """What must not be dropped while its thread runs."""

    work: Work
    thread: QThread
    worker: _Worker
    control: WorkControl


_running: list[_Running] = []


class Work(QObject):
    """A handle, living in the window's thread, on work that runs in a thread of its own. Runs once.

    Args:
        generate: Called in the new thread with the control; gives a generator or iterator. It must look at
            ``control`` between steps and return soon after being stopped, having saved what matters.
        name: What the work is, as the log and messages shall call it, such as "tagging".
        parent: Qt parent. When it is destroyed the work is asked to stop.
    """

    events = Signal(object)
    """A tuple of what was yielded since last time, oldest first, never empty."""
    failed = Signal(object)
    """A :class:`FashionLensError`; anything unexpected has been wrapped and logged."""
    ended = Signal(object)
    """Always last and always sent, after the thread has ended: what the generator returned, or None when it failed."""

    def __init__(self, generate: Generate, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.control = WorkControl()
        self.name = name
        self._mailbox = _Mailbox()
        self._worker: _Worker | None = _Worker(generate, self.control, self._mailbox, name)
        self._thread: QThread | None = None
        self._started = False
        self._ended = False
        self._last_delivery = 0.0
        self._next_delivery = QTimer(self)
        self._next_delivery.setSingleShot(True)
        self._next_delivery.timeout.connect(self._deliver)
        self.destroyed.connect(self.control.stop)

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended yet."""
        return self._started and not self._ended

    def start(self) -> None:
        """Begin. May be called once; raises RuntimeError otherwise."""
        if self._started or self._worker is None:
            raise RuntimeError(f"“{self.name}” was started before; make a new Work for new work")
        self._started = True
        thread = QThread()
        thread.setObjectName(self.name)
        self._thread = thread
        self._worker.moveToThread(thread)
        self._worker.ring.connect(self._rung, Qt.ConnectionType.QueuedConnection)
        thread.started.connect(self._worker.run, Qt.ConnectionType.QueuedConnection)
        thread.finished.connect(self._thread_ended, Qt.ConnectionType.QueuedConnection)
        _forget_orphans()
        _running.append(_Running(self, thread, self._worker, self.control))
        thread.start()

    def stop(self) -> None:
        """Ask the work to end; :attr:`ended` tells when it has."""
        self.control.stop()

    def stop_and_wait(self, milliseconds: int = 5000) -> bool:
        """Stop and block until the thread has ended; then the last events, ``failed`` and ``ended`` have been sent.

        Returns:
            False when the work did not end in time; it is still held and still asked to stop.
        """
        self.control.stop()
        if self._thread is None or self._ended:
            return True
        if not self._thread.wait(milliseconds):
            _log.error("“%s” did not stop within %d ms", self.name, milliseconds)
            return False
        self._finish()
        return True

    @Slot()
    def _rung(self) -> None:
        """The mailbox has something: deliver now, or as soon as the last delivery is long enough ago."""
        if self._ended or self._next_delivery.isActive():
            return
        waited = (time.monotonic() - self._last_delivery) * 1000
        if waited >= MILLISECONDS_BETWEEN_DELIVERIES:
            self._deliver()
        else:
            self._next_delivery.start(int(MILLISECONDS_BETWEEN_DELIVERIES - waited) + 1)

    @Slot()
    def _deliver(self) -> None:
        events = self._mailbox.take()
        if events:
            self.events.emit(events)
        # Counted from the end: slow listeners get their pause too.
        self._last_delivery = time.monotonic()

    @Slot()
    def _thread_ended(self) -> None:
        self._finish()

    def _finish(self) -> None:
        """Once, in the window's thread: hand over the rest and say how it ended."""
        if self._ended or self._thread is None or self._worker is None:
            return
        self._thread.wait()  # "finished" is sent a moment before the thread is really gone
        self._next_delivery.stop()
        self._deliver()
        self._ended = True
        result, error = self._worker.result, self._worker.error
        _running[:] = [entry for entry in _running if entry.work is not self]
        self._worker = None
        self._thread = None
        if error is not None:
            self.failed.emit(error)
        self.ended.emit(None if error is not None else result)
        if shiboken6.isValid(self):  # a listener may have closed the parent
            self.setParent(None)  # from here on it lives as long as somebody holds it


def running_work() -> list[Work]:
    """All work that was started and whose end has not been told yet."""
    _forget_orphans()
    return [entry.work for entry in _running if shiboken6.isValid(entry.work)]


def stop_all(milliseconds: int = 5000) -> bool:
    """Ask all work to stop, then wait for all of it together. False when some did not end in time."""
    entries = list(_running)
    for entry in entries:
        entry.control.stop()
    until = time.monotonic() + milliseconds / 1000
    in_time = True
    for entry in entries:
        rest = max(0, int((until - time.monotonic()) * 1000))
        owned = shiboken6.isValid(entry.work)
        in_time &= entry.work.stop_and_wait(rest) if owned else entry.thread.wait(rest)
    return in_time


def _forget_orphans() -> None:
    """Let go of work whose owner was destroyed and whose thread has ended since (nobody is left to be told)."""
    _running[:] = [entry for entry in _running if shiboken6.isValid(entry.work) or entry.thread.isRunning()]
