"""Importing large libraries in a worker's thread without the window feeling it.

Two things make importing torch stutter, as measured with a 5 ms timer in the window's thread on two busy cores:

* loading torch's main library inside ``import`` holds Python's lock for over a second. Loaded beforehand through a
  foreign function call, which lets go of the lock, the import finds it in memory;
* Python lets threads change every 5 ms only, and collects garbage over everything just imported.

Together: the longest gap fell from 1.26 s to 0.05 s.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from fashionlens_gui.window.shell import gc_control
from trainer import devices

_log = logging.getLogger(__name__)

_SECONDS_BETWEEN_SWITCHES = 0.0005


def import_torch() -> None:
    """Import torch, to be called in a worker's thread; leaves the window a core of its own."""
    if "torch" in sys.modules:
        return
    with quietly():
        _load_beforehand("torch", "libtorch_cpu", "libtorch_python")
        import torch

        torch.set_num_threads(devices.threads_beside_others())


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Let the window's thread in often while something is imported, and collect no garbage."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(_SECONDS_BETWEEN_SWITCHES)
    try:
        with gc_control.resting():
            yield
    finally:
        sys.setswitchinterval(before)


def _load_beforehand(package: str, *libraries: str) -> None:
    """Load a package's shared libraries without holding Python's lock. A mere favour: the import does it otherwise."""
    if sys.platform == "win32":  # there torch itself loads them through foreign function calls
        return
    found = importlib.util.find_spec(package)
    if found is None or not found.origin:
        return
    suffix = ".dylib" if sys.platform == "darwin" else ".so"
    # Not ctypes.CDLL(file): that holds the lock while loading. A call to the C function itself lets go of it.
    load = ctypes.CDLL(None).dlopen
    load.argtypes, load.restype = (ctypes.c_char_p, ctypes.c_int), ctypes.c_void_p
    for library in libraries:
        file = Path(found.origin).parent / "lib" / f"{library}{suffix}"
        if file.is_file() and not load(os.fsencode(file), os.RTLD_NOW):
            _log.info("%s could not be loaded beforehand", file)
            return
