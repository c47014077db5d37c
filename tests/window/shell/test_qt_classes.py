"""All Qt classes are created in the GUI thread, before an import in a worker thread needs one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

# In a separate process: earlier tests have created all classes in this one.
MISSING = """
import sys, time
from PySide6 import QtCore, QtGui, QtSvg, QtWidgets
from PySide6.QtWidgets import QApplication
from fashionlens_gui.settings import Settings
from fashionlens_gui.window.shell import responsive_import, workers
from fashionlens_gui.window.shell.active_model import ActiveModel

def missing():
    modules = (QtCore, QtGui, QtWidgets, QtSvg)
    return sum(name not in vars(module) for module in modules for name in dir(module))

application = QApplication([])
before = missing()
{how}
print(before, missing())
"""
BY_THE_WINDOW = """
from fashionlens_gui.window.main_window import MainWindow
settings = Settings()
window = MainWindow(settings, ActiveModel(settings))
window.show()
until = time.monotonic() + 30
while missing() and time.monotonic() < until:
    application.processEvents()
window.destroy_now()
"""
BY_THE_TRAIN_TAB = """
from fashionlens_gui.window.train.panel import TrainPanel
panel = TrainPanel(ActiveModel(Settings()), Settings())
workers.stop_all()
"""


def _counted(how: str) -> tuple[int, int]:
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", MISSING.replace("{how}", how)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    before, after = map(int, done.stdout.split())
    return before, after


def test_the_window_creates_qt_classes_while_idle() -> None:
    before, after = _counted(BY_THE_WINDOW)
    assert before > 300
    assert after == 0


def test_the_train_tab_can_create_qt_classes_first() -> None:
    _, after = _counted(BY_THE_TRAIN_TAB)
    assert after == 0
