"""The start and the end of the window.

The order shows the first window within a second: log, application, theme, lock, window, first paint; only then the
model, which imports torch, and the socket for later starts.
"""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QLocale, QObject, Qt, Slot
from PySide6.QtWidgets import QApplication

from fashionlens_gui import log, messages, paths
from fashionlens_gui.settings import Settings
from fashionlens_gui.window.main_window import MainWindow
from fashionlens_gui.window.shell import icons, message_box, theme, workers
from fashionlens_gui.window.shell.active_model import ActiveModel
from fashionlens_gui.window.shell.crash import CrashReporter
from fashionlens_gui.window.shell.gc_control import Collector

_log = logging.getLogger(__name__)

_MILLISECONDS_TO_END = 1000
_ANY_PROCESS = -1


class Application(QObject):
    """The objects that live as long as the window.

    Args:
        photos: Files and folders to tag at once.
    """

    def __init__(self, photos: Sequence[Path] = ()) -> None:
        super().__init__()
        from fashionlens_gui.window.shell.single_instance import SingleInstance

        self._photos = photos
        self.settings = Settings.load()
        self.active_model = ActiveModel(self.settings, parent=self)
        self.crash_reporter = CrashReporter(self)
        self.collector = Collector(self)
        self.instance = SingleInstance(paths.home(), self)
        self.window: MainWindow | None = None

    def open(self) -> bool:
        """Show the window. False when another one has the lock; that one is brought to the front."""
        if not self.instance.acquire():
            if not self.instance.request_raise(self._photos):
                message_box.info(
                    None, "FashionLens is open already, but does not answer. Close it first, then start it again."
                )
            return False
        self.window = MainWindow(self.settings, self.active_model)
        self.window.first_painted.connect(self._first_painted)
        self.window.started.connect(self.collector.freeze)
        self.instance.raise_requested.connect(self._raise)
        self.window.show()
        return True

    def close(self) -> bool:
        """Stop all work. False when a thread does not end; everything is saved by then."""
        if self.window is not None:
            self.window.shut_down()
        ended = workers.stop_all(_MILLISECONDS_TO_END)
        if self.window is not None and ended:  # running threads may still access it
            self.window.destroy_now()
            self.window = None
        self.instance.release()
        self.collector.stop()
        self.crash_reporter.remove()
        return ended

    @Slot(list)
    def _raise(self, photos: list[Path]) -> None:
        """A later start: come to the front and tag its photos."""
        if self.window is not None:
            self.window.bring_to_front()
            if photos:
                self.window.tag_panel.add_paths(photos)

    @Slot()
    def _first_painted(self) -> None:
        self.active_model.begin()
        self.instance.listen()
        if self._photos and self.window is not None:
            self.window.tag_panel.add_paths(self._photos)
        if not self.instance.writable:
            message_box.info(
                self.window,
                f"FashionLens cannot write to its folder {paths.home()}, so your work cannot be kept when you close "
                "it. Export what you need, or make the folder writable and start again.",
            )
        elif self.settings.notice:
            message_box.info(self.window, messages.sentence(self.settings.notice))


def main(argv: Sequence[str] = ()) -> int:
    """Open the window and run until it is closed.

    Args:
        argv: Files and folders to tag at once.

    Returns:
        The exit status: 0, also when another window was brought forward instead.
    """
    log.start()
    _prepare_desktop(sys.platform)
    qt = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(qt, QApplication)
    qt.setApplicationName("FashionLens")
    qt.setDesktopFileName("fashionlens")
    qt.setWindowIcon(icons.app_icon())
    application = Application([Path(name) for name in argv])
    theme.apply(qt, application.settings.theme)
    _close_on_signals(qt)
    status = qt.exec() if application.open() else 0
    ended = application.close()
    log.stop()
    if not ended:
        # A library is still busy in a thread, most likely importing torch. All is saved; Qt would abort on a
        # running thread, so the process ends here and now.
        os._exit(status)
    return status


def _prepare_desktop(platform: str) -> None:
    """What a desktop wants to know before there is a window."""
    # English words, with the separators and the clock of the country.
    QLocale.setDefault(english_of(QLocale.system()))
    # Menus on a Mac have no icons.
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_DontShowIconsInMenus, platform == "darwin")
    if platform == "win32":
        # Else the task bar shows the window with the windows and the icon of Python.
        ctypes.windll.shell32.SetCurrentProcessExplicitAppUserModelID("FashionLens.FashionLens")  # type: ignore[attr-defined]
        # The first window may come to the front when this start hands its photos over to it.
        ctypes.windll.user32.AllowSetForegroundWindow(_ANY_PROCESS)  # type: ignore[attr-defined]


def english_of(system: QLocale) -> QLocale:
    """The English of a country: the months of a German computer in English, its decimal comma as it is."""
    return QLocale(QLocale.Language.English, system.territory())


def _close_on_signals(qt: QApplication) -> None:
    """Close the window without a question on SIGINT and SIGTERM.

    Python runs this at the next moment that any Python code runs in the window's thread; the collector's timer sees
    to it that there is one.
    """
    for each in (signal.SIGINT, signal.SIGTERM):
        # Not quit(): that does nothing while a dialog is open before the window.
        signal.signal(each, lambda _number, _frame: qt.exit(0))
