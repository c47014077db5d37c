"""Saving the rows for a shop and copying them for a spreadsheet, without holding up the window."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QProcess, QStandardPaths, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from fashionlens_gui.window.workers import Work
from trainer.control import WorkControl
from trainer.errors import SaveError

if TYPE_CHECKING:
    from fashionlens_gui.settings import Settings
    from fashionlens_gui.tagging.tag import Tag

_log = logging.getLogger(__name__)
_FILE_NAME = "tags.csv"


def documents() -> str:
    """Where dialogs open before the user has chosen a folder."""
    return QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation) or str(Path.home())


def remember_folder(settings: Settings, folder: Path) -> None:
    """Dialogs open here next time. That it cannot be remembered is no reason to disturb."""
    settings.last_folder = str(folder)
    try:
        settings.save()
    except SaveError as error:
        _log.warning("The folder is not remembered: %s %s", error.sentence, error.detail)


def ask_where(parent: QWidget, folder: str) -> Path | None:
    """Ask for the file to write; asks by itself before replacing one. None when the user thinks better of it."""
    dialog = QFileDialog(parent, "Export CSV", folder or documents(), "Table for shops and spreadsheets (*.csv)")
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix("csv")
    dialog.selectFile(_FILE_NAME)
    chosen = dialog.selectedFiles() if dialog.exec() else []
    dialog.deleteLater()
    return Path(chosen[0]) if chosen else None


def show_in_folder(file: Path) -> None:
    """Open the system's file browser at a file; selects the file where the system can."""
    if sys.platform == "win32":
        QProcess.startDetached("explorer", [f"/select,{file}"])
    elif sys.platform == "darwin":
        QProcess.startDetached("open", ["-R", str(file)])
    else:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(file.parent)))


class Exporter(QObject):
    """Writes CSV files and fills the clipboard."""

    exported = Signal(object, int)
    """The file that was written and its number of rows."""
    copied = Signal(int)
    """Rows that are on the clipboard."""
    failed = Signal(object)
    """A FashionLensError."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work: Work | None = None
        self._then: Callable[[object], None] | None = None

    @property
    def busy(self) -> bool:
        """A file is being written."""
        return self._work is not None

    def export(self, tags: Sequence[Tag], target: Path) -> None:
        """Write all of ``tags`` as they are now; :attr:`exported` tells when the file is whole."""
        rows = list(tags)

        def write(_control: WorkControl) -> Iterator[object]:
            from fashionlens_gui.tagging.export import write_csv

            yield from ()
            return write_csv(rows, target)

        self._start(write, "exporting", lambda count: self.exported.emit(target, count))

    def copy(self, tags: Sequence[Tag]) -> None:
        """Put rows on the clipboard, tab-separated with a header."""
        rows = list(tags)

        def render(_control: WorkControl) -> Iterator[object]:
            from fashionlens_gui.tagging.export import csv_text

            yield from ()
            return csv_text(rows)

        def put(text: object) -> None:
            QGuiApplication.clipboard().setText(str(text))
            self.copied.emit(len(rows))

        self._start(render, "copying rows", put)

    def shutdown(self) -> None:
        """Let a file that is being written become whole."""
        if self._work is not None:
            self._work.stop_and_wait(60_000)

    def _start(self, run: Callable[[WorkControl], Iterator[object]], name: str, then: Callable[[object], None]) -> None:
        if self.busy:
            return
        self._then = then
        self._work = Work(run, name, self)
        self._work.failed.connect(self.failed)
        self._work.ended.connect(self._ended)
        self._work.start()

    @Slot(object)
    def _ended(self, result: object) -> None:
        then, self._then = self._then, None
        if self._work is not None:
            self._work.deleteLater()
        self._work = None
        if result is not None and then is not None:
            then(result)
