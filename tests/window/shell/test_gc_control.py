"""Garbage collection and imports do not block the window."""

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
        Ring()
        thread = threading.Thread(target=_rings, args=(3000,))
        thread.start()
        thread.join()
        assert where == [], "the worker's thread collected"
        qtbot.waitUntil(lambda: where == [threading.get_ident()])
        with gc_control.paused():
            Ring()
            collector.collect()
            assert len(where) == 1
    finally:
        collector.stop()
    assert gc.isenabled()


def test_garbage_after_the_start_is_always_collected(qtbot: QtBot) -> None:
    """gc.freeze runs once, after all imports; in a user action it would keep its garbage for ever."""
    collector = gc_control.Collector()
    try:
        collector.freeze()
        frozen = gc.get_freeze_count()
        assert frozen > 0
        kept = [[] for _ in range(1000)]  # type: ignore[var-annotated]
        with responsive_import.frequent_switches(), gc_control.paused():
            pass
        collector.freeze()
        assert gc.get_freeze_count() <= frozen
        assert len(kept) == 1000
    finally:
        collector.stop()
        gc.unfreeze()


def test_switching_of_threads_is_as_before_after_an_import() -> None:
    before = sys.getswitchinterval()
    with responsive_import.frequent_switches():
        assert sys.getswitchinterval() < before
    assert sys.getswitchinterval() == before


def test_switching_of_threads_is_as_before_after_overlapping_imports() -> None:
    before = sys.getswitchinterval()
    first, second = responsive_import.frequent_switches(), responsive_import.frequent_switches()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert sys.getswitchinterval() < before
    second.__exit__(None, None, None)
    assert sys.getswitchinterval() == before


def test_nothing_is_collected_until_the_last_of_overlapping_pauses_ends() -> None:
    collector = gc_control.Collector()
    try:
        first, second = gc_control.paused(), gc_control.paused()
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        _rings(3000)
        before = gc.get_count()[0]
        collector.collect()
        assert gc.get_count()[0] >= before > 700
        second.__exit__(None, None, None)
        collector.collect()
        assert gc.get_count()[0] < 700
    finally:
        collector.stop()


def _rings(number: int) -> None:
    for _ in range(number):
        ring: list[object] = []
        ring.append(ring)
