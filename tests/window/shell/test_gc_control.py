"""Python's collector and imports, kept from disturbing the window."""

from __future__ import annotations

import gc
import sys
import threading

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from fashionlens_gui.window.shell import gc_control, responsive_import


def test_garbage_is_collected_in_the_windows_thread_only(qtbot: QtBot) -> None:
    where: list[int] = []

    class Ring(QObject):
        def __init__(self) -> None:
            super().__init__()
            self.me = self

        def __del__(self) -> None:
            where.append(threading.get_ident())

    collector = gc_control.Collector()
    try:
        assert not gc.isenabled()
        collector.look()

        def make_garbage() -> None:
            for _ in range(3000):
                ring: list[object] = []
                ring.append(ring)

        Ring()
        thread = threading.Thread(target=make_garbage)
        thread.start()
        thread.join()
        assert where == [], "the worker's thread collected"
        qtbot.waitUntil(lambda: where == [threading.get_ident()])
        with gc_control.resting():
            Ring()
            collector.look()
            assert len(where) == 1
    finally:
        collector.stop()
    assert gc.isenabled()


def test_imports_leave_pythons_switching_as_it_was() -> None:
    before = sys.getswitchinterval()
    with responsive_import.quietly():
        assert sys.getswitchinterval() < before
    assert sys.getswitchinterval() == before
