"""Importing large libraries in a worker's thread while the window stays responsive.

Two things block the window while torch is imported, as measured with a 5 ms timer in its thread on two busy cores:

* loading torch's main library inside ``import`` holds the GIL for over a second. Loaded first through a foreign
  function call, which releases the GIL, the import finds it in memory;
* Python switches between threads every 5 ms only, and collects garbage over everything just imported.

Together: the longest gap fell from 1.26 s to 0.05 s.

And one thing crashes it: since 6.8 PySide creates a class at its first use, and two threads that do so at once crash
the program, as when a worker's thread imports pyqtgraph, which uses every class, while the window handles events. So
all are created here, a few at a time after the first paint, before any worker imports pyqtgraph.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import logging
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from PySide6 import QtCore, QtGui, QtSvg, QtWidgets

from fashionlens_gui.window.shell import gc_control
from trainer import devices

_log = logging.getLogger(__name__)

_SWITCH_INTERVAL_SECONDS = 0.0005

_lock = threading.Lock()
_uses = 0
_interval_before = 0.0


def import_torch() -> None:
    """Import torch, to be called in a worker's thread; leaves one core to the window."""
    if "torch" in sys.modules:
        return
    with frequent_switches():
        _load_beforehand("torch", "libtorch_cpu", "libtorch_python")
        import torch

        torch.set_num_threads(devices.threads_leaving_one_core())


@contextlib.contextmanager
def frequent_switches() -> Iterator[None]:
    """Let the window's thread run often while a worker runs Python code at a stretch, and collect no garbage.

    For any thread. Uses may overlap: the last to end restores the switch interval.
    """
    global _uses, _interval_before
    with _lock:
        _uses += 1
        if _uses == 1:
            _interval_before = sys.getswitchinterval()
            sys.setswitchinterval(_SWITCH_INTERVAL_SECONDS)
    try:
        with gc_control.paused():
            yield
    finally:
        with _lock:
            _uses -= 1
            if not _uses:
                sys.setswitchinterval(_interval_before)


def _load_beforehand(package: str, *libraries: str) -> None:
    """Load a package's shared libraries without the GIL. Where this fails, the import loads them."""
    if sys.platform == "win32":  # there torch itself loads them through foreign function calls
        return
    found = importlib.util.find_spec(package)
    if found is None or not found.origin:
        return
    suffix = ".dylib" if sys.platform == "darwin" else ".so"
    # Not ctypes.CDLL(file), which holds the GIL while loading; a call of the C function releases it.
    load = ctypes.CDLL(None).dlopen
    load.argtypes, load.restype = (ctypes.c_char_p, ctypes.c_int), ctypes.c_void_p
    for library in libraries:
        file = Path(found.origin).parent / "lib" / f"{library}{suffix}"
        if file.is_file() and not load(os.fsencode(file), os.RTLD_NOW):
            _log.info("%s could not be loaded early", file)
            return


_SECONDS_AT_A_TIME = 0.01


def _created_classes() -> Iterator[None]:
    for module in (QtCore, QtGui, QtWidgets, QtSvg):
        for name in dir(module):
            getattr(module, name)
            yield


_creating = _created_classes()


def make_qt_classes() -> None:
    """Create all classes, in a tenth of a second at most; call it before a worker imports pyqtgraph."""
    for _ in _creating:
        pass


class QtClassMaker(QtCore.QObject):
    """Creates the classes while the window is idle."""

    def __init__(self, parent: QtCore.QObject) -> None:
        super().__init__(parent)
        self._timer = QtCore.QTimer(self)
        self._timer.timeout.connect(self._make_some)

    def start(self) -> None:
        """Start; it ends by itself."""
        self._timer.start()

    @QtCore.Slot()
    def _make_some(self) -> None:
        until = time.monotonic() + _SECONDS_AT_A_TIME
        for _ in _creating:
            if time.monotonic() >= until:
                return
        self._timer.stop()
