"""Export of rows as a CSV file, and copying of rows for a spreadsheet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QLocale, QObject, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from fashionlens_gui import messages
from fashionlens_gui.window.shell.notice import Notice
from fashionlens_gui.window.shell.workers import WorkerSlot
from fashionlens_gui.window.tag import file_dialogs
from fashionlens_gui.window.tag.export_dialog import ExportDialog, Scope
from fashionlens_gui.window.tag.review.review import Review
from fashionlens_gui.window.tag.table.results_model import ResultsModel
from fashionlens_gui.window.tag.table.table import ResultsTable
from trainer.control import WorkControl
from trainer.number_format import photos

if TYPE_CHECKING:
    from fashionlens_gui.settings import Settings
    from fashionlens_gui.tagging.csv_export import Options, Written


class ExportActions(QObject):
    """Asks for rows, columns and the file, writes it in a thread and reports it.

    Args:
        owner: Parent of the dialogs.
        model: Its rows are exported.
        table: Shows and selects some of them.
        review: Its target rows are copied.
        notice: Reports the saved file, and when later changes are not in it.
        settings: Columns of the file, and the folder of the last one.
    """

    exported = Signal(object, int)
    """The file that was written and its number of rows."""
    copied = Signal(int)
    """Number of rows on the clipboard."""
    failed = Signal(object)
    """A FashionLensError."""

    def __init__(
        self,
        owner: QWidget,
        model: ResultsModel,
        table: ResultsTable,
        review: Review,
        notice: Notice,
        settings: Settings,
    ) -> None:
        super().__init__(owner)
        self._owner, self._model, self._table, self._review = owner, model, table, review
        self._notice, self._settings = notice, settings
        self.dialog: ExportDialog | None = None
        self._worker = WorkerSlot[None, Any]("exporting", self, on_error=self.failed.emit)

    @property
    def busy(self) -> bool:
        return self._worker.busy

    @Slot()
    def export(self) -> None:
        """Ask what to save and where, and save it as it is then."""
        if not self._model.rowCount():
            return
        asked = self.dialog = ExportDialog(self._owner, self._model, self._scopes(), self._settings)
        asked.dialog.accepted.connect(lambda: self._choose_file(asked))
        asked.dialog.open()

    def _scopes(self) -> list[Scope]:
        total, shown, selected = self._model.rowCount(), self._table.shown_rows(), self._table.selected_rows()
        scopes = [Scope(f"All {photos(total)}", None)]
        if len(shown) < total and shown:
            scopes.append(Scope(f"The {photos(len(shown))} shown", shown))
        if 1 < len(selected) < len(shown):
            scopes.append(Scope(f"The {photos(len(selected))} selected", selected))
        return scopes

    def _choose_file(self, asked: ExportDialog) -> None:
        asked.keep()
        rows = asked.scope.rows  # the dialog is gone after the next one
        target = file_dialogs.choose_export_file(self._owner, self._settings)
        if target is not None:
            self._write(rows, target)

    def _write(self, numbers: Sequence[int] | None, target: Path) -> None:
        rows = self._model.tags() if numbers is None else [self._model.tag(row) for row in numbers]
        options = self._options(self._settings.for_excel)

        def write(_control: WorkControl) -> Written:
            from fashionlens_gui.tagging.csv_export import write_csv

            return write_csv(rows, target, options)

        def report(written: Written) -> None:
            show = ("Show in folder", lambda: file_dialogs.show_in_folder(written.file))
            kind, text = "check", f"{photos(written.rows)} saved in {target.name}."
            if written.problem is not None:
                kind, text = "warning", messages.sentence(written.problem)
            self._notice.show_message(kind, text, [show], on_change=outdated)
            self.exported.emit(written.file, written.rows)

        def outdated() -> None:
            again = ("Save again", lambda: self._write(numbers, target))
            self._notice.show_message("info", f"{target.name} does not have your latest changes.", [again])

        self._worker.start(write, report)

    @Slot()
    def copy(self) -> None:
        """Put the target rows on the clipboard, tab-separated with a header."""
        rows, options = [self._model.tag(row) for row in self._review.target_rows()], self._options(for_excel=True)

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

    def _options(self, for_excel: bool) -> Options:
        from fashionlens_gui.tagging.csv_export import Layout, Options, excel_layout

        chosen = self._settings
        layout = excel_layout(QLocale.system().decimalPoint()) if for_excel else Layout()
        return Options(chosen.attributes, chosen.with_confidence, chosen.with_path, chosen.sku_pattern, layout)
