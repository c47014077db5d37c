"""Uncaught exceptions are logged and shown in a dialog."""

from __future__ import annotations

import logging
import sys
import threading
from types import TracebackType

from PySide6.QtCore import QMessageLogContext, QObject, Qt, QtMsgType, Signal, Slot, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from fashionlens_gui.window.shell import message_box

_log = logging.getLogger(__name__)
_qt_log = logging.getLogger("qt")

_QT_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


class CrashReporter(QObject):
    """Handles uncaught exceptions of all threads until :meth:`remove`.

    One dialog at a time, since an error may repeat with every repaint; all of them are logged.
    """

    _caught = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._showing = False
        self._before = (sys.excepthook, threading.excepthook, sys.unraisablehook)
        # Queued: the hook runs in any thread and within any Qt call; the dialog opens in the window's next round.
        self._caught.connect(self._show, Qt.ConnectionType.QueuedConnection)
        sys.excepthook = self.exception
        threading.excepthook = self.thread_exception
        sys.unraisablehook = self.unraisable
        qInstallMessageHandler(qt_message)

    def remove(self) -> None:
        sys.excepthook, threading.excepthook, sys.unraisablehook = self._before
        qInstallMessageHandler(None)

    def exception(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """An exception left a slot or the main program."""
        if issubclass(kind, KeyboardInterrupt):
            QApplication.exit(0)
            return
        _log.critical("Uncaught exception", exc_info=(kind, error, trace))
        self._caught.emit(error)

    def thread_exception(self, what: threading.ExceptHookArgs) -> None:
        """An exception ended a thread."""
        if what.exc_type is SystemExit or what.exc_value is None:
            return
        _log.critical("Uncaught exception in a thread", exc_info=(what.exc_type, what.exc_value, what.exc_traceback))
        self._caught.emit(what.exc_value)

    def unraisable(self, what: sys.UnraisableHookArgs) -> None:
        """An exception in a destructor: logged only, since the user cannot act on it."""
        _log.error("%s in %r", what.err_msg or "Exception ignored", what.object, exc_info=what.exc_value)

    @Slot(object)
    def _show(self, error: BaseException) -> None:
        if self._showing:
            return
        self._showing = True
        try:
            message_box.error(QApplication.activeWindow(), error)
        finally:
            self._showing = False


def qt_message(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    """Qt's own messages go to the log."""
    _qt_log.log(_QT_LEVELS.get(kind, logging.WARNING), "%s %s", text, context.category or "")
