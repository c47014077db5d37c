"""Long work in threads: a :class:`WorkerSlot` runs functions in QThreads and calls back in the window's thread.

A thread queues its events and signals the first one only. The slot takes all queued events at most every
:data:`DELIVERY_INTERVAL_MS`, or less often where its owner asks for it, so events do not flood the window. With
:data:`_MOST_EVENTS` in the queue the function waits for the window, so memory is bounded.

Every thread is kept in a module-level list until it has ended, because Qt aborts the process when a running QThread is
destroyed.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

import shiboken6
from PySide6.QtCore import QObject, Qt, QThread, QTimer, Signal, Slot

from trainer.control import WorkControl
from trainer.errors import Cancelled, FashionLensError

_log = logging.getLogger(__name__)

DELIVERY_INTERVAL_MS = 50
"""20 deliveries a second look continuous and leave the window time for everything else."""

_MOST_EVENTS = 5_000
_STACK_BYTES = 16 * 1024 * 1024
"""Secondary threads of macOS have 512 KiB otherwise: too little for torch and for deep recursions of decoders."""

Mode = Literal["single", "latest", "queued"]
Event = TypeVar("Event")
Result = TypeVar("Result")


def _ignore(*_: object) -> None:
    pass


def _delivery_interval() -> int:
    return DELIVERY_INTERVAL_MS


@dataclass(frozen=True, slots=True)
class _Start:
    """One call of :meth:`WorkerSlot.start`."""

    function: Callable[[WorkControl], Any]
    on_result: Callable[[Any], object]
    on_error: Callable[[FashionLensError], object]


class _WorkerThread(QThread):
    """Runs one function; holds its events until they are taken."""

    events_ready = Signal()
    """The first event since the last :meth:`take_events` is queued."""

    def __init__(self, slot: WorkerSlot[Any, Any], start: _Start, control: WorkControl) -> None:
        super().__init__()
        self.setObjectName(slot.name)
        self.setStackSize(_STACK_BYTES)
        self.slot = slot
        self.control = control
        self.on_result, self.on_error = start.on_result, start.on_error
        self.result: Any = None
        self.error: BaseException | None = None
        self._function: Callable[[WorkControl], Any] | None = start.function
        self._events: deque[Any] = deque()
        self._changed = threading.Condition()
        self._limited = True

    def run(self) -> None:
        """In the new thread: run the function and report its end or error."""
        try:
            self.result = self._call(self._function)
        except FashionLensError as error:
            if not isinstance(error, Cancelled):
                _log.warning("%s: %s %s", self.objectName(), error, error.detail, exc_info=True)
            self.error = error.with_traceback(None)  # logged; a traceback would keep images and models alive
        except BaseException as error:
            self.error = error
        finally:
            self._function = None  # what it refers to (images, models) is free from here

    def _call(self, function: Any) -> Any:
        steps = function(self.control)
        if not isinstance(steps, Generator):
            return steps
        while True:
            try:
                event = next(steps)
            except StopIteration as end:
                return end.value
            self._add_event(event)

    def _add_event(self, event: Any) -> None:
        with self._changed:
            while self._limited and len(self._events) >= _MOST_EVENTS and not self.control.stopped:
                self._changed.wait(0.05)
            first = not self._events
            self._events.append(event)
        if first:
            self.events_ready.emit()

    def take_events(self) -> tuple[Any, ...]:
        """The events since the last call, oldest first."""
        with self._changed:
            events = tuple(self._events)
            self._events.clear()
            self._changed.notify_all()
        return events

    def limit_events(self, limited: bool) -> None:
        """Whether the function waits for a window that is far behind; not while the window waits for the function."""
        self._limited = limited


_threads: list[_WorkerThread] = []


class WorkerSlot(QObject, Generic[Event, Result]):
    """Runs functions one at a time, each in a QThread that the slot owns.

    A function gets a :class:`WorkControl`, checks it between steps and returns soon after it was stopped. Either it
    returns its result, or it is a generator that yields events and returns its result. All callbacks are called in the
    thread of the slot.

    Args:
        name: What is done, for the log and for messages, such as "tagging".
        parent: Qt parent. When it is destroyed, the running function is asked to stop.
        mode: What :meth:`start` does while a function runs. ``single``: nothing. ``latest``: it stops that function,
            drops its events, result and error, and begins when it has ended; only the newest function waits.
            ``queued``: functions run in the order in which they came.
        on_events: Gets a tuple of the events since its last call, oldest first, never empty.
        interval_ms: Gives the time between two calls of ``on_events``, for one whose work is expensive.
        on_result: Gets what a function returned. Not called after an error, nor when a stopped function raised
            :class:`Cancelled`.
        on_error: Gets a :class:`FashionLensError`. Any other exception goes to ``sys.excepthook`` first and arrives
            here with the code ``worker_failed``.
        on_end: Called after each function, as the last; the slot is no longer busy with it.

    Attributes:
        control: Of the function that runs, or that ran last.
    """

    def __init__(
        self,
        name: str,
        parent: QObject | None = None,
        *,
        mode: Mode = "single",
        on_events: Callable[[tuple[Event, ...]], object] = _ignore,
        interval_ms: Callable[[], int] = _delivery_interval,
        on_result: Callable[[Result], object] = _ignore,
        on_error: Callable[[FashionLensError], object] = _ignore,
        on_end: Callable[[], object] = _ignore,
    ) -> None:
        super().__init__(parent)
        self.name = name
        self.control = WorkControl()
        self._mode, self._interval_ms = mode, interval_ms
        self._on_events, self._on_result, self._on_error, self._on_end = on_events, on_result, on_error, on_end
        self._waiting: deque[_Start] = deque()
        self._thread: _WorkerThread | None = None
        self._closed = False
        self._last_delivery = 0.0
        self._next_delivery = QTimer(self)
        self._next_delivery.setSingleShot(True)
        self._next_delivery.timeout.connect(self._deliver)

    @property
    def busy(self) -> bool:
        return self._thread is not None or bool(self._waiting)

    def start(
        self,
        function: Callable[[WorkControl], Generator[Event, None, Result] | Result],
        on_result: Callable[[Result], object] | None = None,
        on_error: Callable[[FashionLensError], object] | None = None,
    ) -> bool:
        """Run a function now or, as the mode says, later.

        Args:
            function: What to run.
            on_result: In place of the slot's own callback.
            on_error: In place of the slot's own callback.

        Returns:
            False when the call was ignored: the slot is ``single`` and busy, or shut down.
        """
        if self._closed or (self._mode == "single" and self.busy):
            return False
        if self._mode == "latest":
            self.stop()
        self._waiting.append(_Start(function, on_result or self._on_result, on_error or self._on_error))
        self._begin_next()
        return True

    def stop(self) -> None:
        """Ask the running function to end and forget those that wait."""
        self._waiting.clear()
        self.control.stop()

    def wait(self, milliseconds: int = 5000) -> bool:
        """Block until everything that was started has ended and the callbacks were called. False when out of time."""
        until = time.monotonic() + milliseconds / 1000
        while self._thread is not None:
            self._thread.limit_events(False)
            if not self._thread.wait(max(0, int((until - time.monotonic()) * 1000))):
                _log.error("“%s” did not end within %d ms", self.name, milliseconds)
                self._thread.limit_events(True)
                return False
            self._finish()
        return True

    def shutdown(self, milliseconds: int = 5000) -> bool:
        """Stop, start nothing more, and :meth:`wait`."""
        self._closed = True
        self.stop()
        return self.wait(milliseconds)

    def _begin_next(self) -> None:
        if self._thread is not None or not self._waiting:
            return
        _forget_orphans()
        self.control = WorkControl()
        thread = self._thread = _WorkerThread(self, self._waiting.popleft(), self.control)
        self.destroyed.connect(self.control.stop)
        thread.events_ready.connect(self._schedule_delivery, Qt.ConnectionType.QueuedConnection)
        thread.finished.connect(self._thread_finished, Qt.ConnectionType.QueuedConnection)
        _threads.append(thread)
        thread.start()

    @Slot()
    def _schedule_delivery(self) -> None:
        """Deliver the queued events now, or when the interval since the last delivery is over."""
        if self._thread is None or self._next_delivery.isActive():
            return
        wait_ms = self._interval_ms() - (time.monotonic() - self._last_delivery) * 1000
        if wait_ms <= 0:
            self._deliver()
        else:
            self._next_delivery.start(int(wait_ms) + 1)

    @Slot()
    def _deliver(self) -> None:
        events = self._thread.take_events() if self._thread is not None else ()
        if events and not self._overtaken:
            self._on_events(events)
        self._last_delivery = time.monotonic()  # from the end, so that a slow callback leaves the window its time

    @property
    def _overtaken(self) -> bool:
        return self._mode == "latest" and bool(self._waiting)

    @Slot()
    def _thread_finished(self) -> None:
        if self._thread is not None and self._thread.isFinished():  # else wait() was quicker
            self._finish()

    def _finish(self) -> None:
        """The thread has ended, or is about to: deliver the rest, report, begin what waits."""
        thread = self._thread
        if thread is None:
            return
        thread.wait()
        self._next_delivery.stop()
        try:
            self._deliver()
        finally:
            self._thread = None
            _threads.remove(thread)
            self.destroyed.disconnect(thread.control.stop)
        try:
            if not self._overtaken:
                self._report(thread)
        finally:
            if shiboken6.isValid(self):  # a callback may have closed the parent
                self._begin_next()

    def _report(self, thread: _WorkerThread) -> None:
        try:
            if isinstance(thread.error, FashionLensError):
                if not (isinstance(thread.error, Cancelled) and thread.control.stopped):
                    thread.on_error(thread.error)
            elif thread.error is not None:
                sys.excepthook(type(thread.error), thread.error, thread.error.__traceback__)
                thread.on_error(FashionLensError("worker_failed", repr(thread.error), work=self.name))
            else:
                thread.on_result(thread.result)
        finally:
            if shiboken6.isValid(self):
                self._on_end()


def busy_slots() -> list[WorkerSlot[Any, Any]]:
    """All slots with a function that runs or whose end has not been reported yet."""
    _forget_orphans()
    return [thread.slot for thread in _threads if shiboken6.isValid(thread.slot)]


def stop_all(milliseconds: int = 5000) -> bool:
    """Stop everything in all slots, then wait for all together. False when something did not end in time."""
    until = time.monotonic() + milliseconds / 1000
    threads = list(_threads)
    for thread in threads:
        thread.control.stop()
    in_time = True
    for thread in threads:
        left = max(0, int((until - time.monotonic()) * 1000))
        if shiboken6.isValid(thread.slot):
            thread.slot.stop()
            in_time &= thread.slot.wait(left)
        else:
            in_time &= thread.wait(left)
    return in_time


def _forget_orphans() -> None:
    """Let go of threads that have ended and whose slot was destroyed."""
    _threads[:] = [thread for thread in _threads if shiboken6.isValid(thread.slot) or thread.isRunning()]
