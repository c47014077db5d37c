"""The leak check: a small suite that leaves threads, timers and processes running fails with their origin."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[1]

_LEAKS = """
    import subprocess, sys, threading, time
    from PySide6.QtCore import QRunnable, QThread, QThreadPool, QTimer

    kept = []

    class Sleep(QRunnable):
        def run(self):
            time.sleep(2.5)

    def test_leaves_a_QTimer(qapp):
        kept.append(QTimer())
        kept[-1].start(1000)

    def test_leaves_a_QTimer_single_shot(qapp):
        QTimer.singleShot(60_000, lambda: None)

    def test_leaves_a_QThread(qapp):
        kept.append(QThread())
        kept[-1].start()

    def test_leaves_a_QThreadPool(qapp):
        QThreadPool.globalInstance().start(Sleep())

    def test_leaves_a_Python_thread():
        threading.Thread(target=time.sleep, args=(3,), daemon=True).start()

    def test_leaves_a_child_process():
        kept.append(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(30)"]))
"""
_KINDS = ("QTimer", "QTimer single shot", "QThread", "QThreadPool", "Python thread", "child process")

_CLEAN = """
    import subprocess, sys, threading
    from PySide6.QtCore import QThread, QTimer
    from PySide6.QtWidgets import QWidget
    def test_everything_stops(qapp, qtbot):
        timer = QTimer(); timer.start(1000); timer.stop()
        thread = QThread(); thread.start(); thread.quit(); assert thread.wait(2000)
        own = threading.Thread(target=lambda: None); own.start(); own.join()
        subprocess.run([sys.executable, "-c", "pass"], check=True)
        widget = QWidget(); qtbot.addWidget(widget)
        QTimer(widget).start(1000)  # is deleted with its window
        fired = []
        QTimer.singleShot(1, lambda: fired.append(1))
        qtbot.waitUntil(lambda: fired == [1])
"""


def _run(pytester: pytest.Pytester, source: str) -> subprocess.CompletedProcess[str]:
    pytester.makeconftest('pytest_plugins = ("tests.leak_check",)')
    pytester.makepyfile(source)
    environment = {**os.environ, "PYTHONPATH": str(_ROOT), "QT_QPA_PLATFORM": "offscreen"}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=pytester.path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_leftovers_fail_and_are_named(pytester: pytest.Pytester) -> None:
    result = _run(pytester, _LEAKS)
    assert result.returncode == 1, result.stdout + result.stderr
    assert f"{len(_KINDS)} errors" in result.stdout, result.stdout
    reports = result.stdout.split("ERROR at teardown of ")[1:]
    for kind, report in zip(_KINDS, reports, strict=True):
        assert f"{kind.removesuffix(' single shot')} " in report
        assert f"in test_leaves_a_{kind.replace(' ', '_')}" in report, "where it was started must be said"


def test_a_clean_test_passes(pytester: pytest.Pytester) -> None:
    result = _run(pytester, _CLEAN)
    assert result.returncode == 0, result.stdout + result.stderr
