"""Export of all rows as a CSV file, and copying of rows for a spreadsheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from fashionlens_gui.window.shell.notice import Notice
from fashionlens_gui.window.shell.workers import WorkerSlot
from fashionlens_gui.window.tag import file_dialogs
from fashionlens_gui.window.tag.review.review import Review
from fashionlens_gui.window.tag.table.results_model import ResultsModel
from trainer.control import WorkControl
from trainer.number_format import photos

if TYPE_CHECKING:
    from fashionlens_gui.settings import Settings
    from fashionlens_gui.tagging.csv_export import Options


class ExportActions(QObject):
    """Asks for the file, writes it in a thread and reports it.

    Args:
        owner: Parent of the dialogs.
        model: Its rows are exported.
        review: Its target rows are copied.
        notice: Reports the saved file.
        settings: Columns of the file, and the folder of the last one.
    """

    exported = Signal(object, int)
    """The file that was written and its number of rows."""
    copied = Signal(int)
    """Number of rows on the clipboard."""
    failed = Signal(object)
    """A FashionLensError."""

    def __init__(self, owner: QWidget, model: ResultsModel, review: Review, notice: Notice, settings: Settings) -> None:
        super().__init__(owner)
        self._owner, self._model, self._review = owner, model, review
        self._notice, self._settings = notice, settings
        self._worker = WorkerSlot[None, Any]("exporting", self, on_error=self.failed.emit)

    @property
    def busy(self) -> bool:
        return self._worker.busy

    @Slot()
    def export(self) -> None:
        """Ask for a file and save all rows as they are now."""
        rows, options = self._model.tags(), self._options()
        target = file_dialogs.choose_export_file(self._owner, self._settings) if rows else None
        if target is None:
            return

        def write(_control: WorkControl) -> int:
            from fashionlens_gui.tagging.csv_export import write_csv

            return write_csv(rows, target, options)

        def report(count: int) -> None:
            show = ("Show in folder", lambda: file_dialogs.show_in_folder(target))
            self._notice.show_message("check", f"{photos(count)} saved in {target.name}.", [show])
            self.exported.emit(target, count)

        self._worker.start(write, report)

    @Slot()
    def copy(self) -> None:
        """Put the target rows on the clipboard, tab-separated with a header."""
        rows, options = [self._model.tag(row) for row in self._review.target_rows()], self._options()

        def render(_control: WorkControl) -> str:
            from fashionlens_gui.tagging.csv_export import csv_text

            return csv_text(rows, options)

        def put(text: str) -> None:
            QGuiApplication.clipboard().setText(text)
            self.copied.emit(len(rows))

        if rows:
            self._worker.start(render, put)

    def shutdown(self) -> None:
        """Wait until a file that is being written is complete."""
        self._worker.shutdown(60_000)

    def _options(self) -> Options:
        from fashionlens_gui.tagging.csv_export import Options

        return Options(self._settings.attributes, self._settings.with_confidence)
