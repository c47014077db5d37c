"""Saving the rows for a shop and copying them for a spreadsheet, without holding up the window."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QProcess, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from fashionlens_gui.window.shell.workers import WorkerSlot
from fashionlens_gui.window.tag.file_dialogs import last_folder, remember_folder
from trainer.control import WorkControl

if TYPE_CHECKING:
    from fashionlens_gui.settings import Settings
    from fashionlens_gui.tagging.export import Options
    from fashionlens_gui.tagging.tag import Tag

_FILE_NAME = "tags.csv"


def ask_where(parent: QWidget, settings: Settings) -> Path | None:
    """Ask for the file to write; asks by itself before replacing one. None when the user thinks better of it."""
    kind = "Table for shops and spreadsheets (*.csv)"
    dialog = QFileDialog(parent, "Export CSV", last_folder(settings), kind)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix("csv")
    dialog.selectFile(_FILE_NAME)
    chosen = dialog.selectedFiles() if dialog.exec() else []
    dialog.deleteLater()
    if not chosen:
        return None
    remember_folder(settings, Path(chosen[0]).parent)
    return Path(chosen[0])


def show_in_folder(file: Path) -> None:
    """Open the system's file browser at a file; selects the file where the system can."""
    if sys.platform == "win32":
        QProcess.startDetached("explorer", [f"/select,{file}"])
    elif sys.platform == "darwin":
        QProcess.startDetached("open", ["-R", str(file)])
    else:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(file.parent)))


def options_of(settings: Settings) -> Options:
    """What the user's settings say of files and of the clipboard."""
    from fashionlens_gui.tagging.export import Options

    return Options(settings.attributes, settings.with_confidence)


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
        self._slot = WorkerSlot[None, Any]("exporting", self, on_error=self.failed.emit)

    @property
    def busy(self) -> bool:
        """A file is being written."""
        return self._slot.busy

    def export(self, tags: Sequence[Tag], target: Path, options: Options | None = None) -> None:
        """Write all of ``tags`` as they are now; :attr:`exported` tells when the file is whole.

        Args:
            tags: The rows.
            target: The file.
            options: Such as :func:`options_of` gives; None for everything but confidences.
        """
        rows = list(tags)

        def write(_control: WorkControl) -> int:
            from fashionlens_gui.tagging.export import EVERYTHING, write_csv

            return write_csv(rows, target, options or EVERYTHING)

        self._slot.start(write, lambda count: self.exported.emit(target, count))

    def copy(self, tags: Sequence[Tag], options: Options | None = None) -> None:
        """Put rows on the clipboard, tab-separated with a header; ``options`` as for :meth:`export`."""
        rows = list(tags)

        def render(_control: WorkControl) -> str:
            from fashionlens_gui.tagging.export import EVERYTHING, csv_text

            return csv_text(rows, options or EVERYTHING)

        def put(text: str) -> None:
            QGuiApplication.clipboard().setText(text)
            self.copied.emit(len(rows))

        self._slot.start(render, put)

    def shutdown(self) -> None:
        """Let a file that is being written become whole."""
        self._slot.shutdown(60_000)
