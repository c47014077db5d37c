"""Export of photos as a CSV file, and copying of rows for a spreadsheet; rows are read in pages in a thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QLocale, QObject, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from fashionlens_gui import messages
from fashionlens_gui.catalogue.catalogue import Changes
from fashionlens_gui.catalogue.own_attributes import own_columns
from fashionlens_gui.catalogue.query import find
from fashionlens_gui.window.shell import file_choice, responsive_import
from fashionlens_gui.window.shell.notice import Notice
from fashionlens_gui.window.shell.shown_names import shown_names
from fashionlens_gui.window.shell.workers import WorkerSlot
from fashionlens_gui.window.tag import file_dialogs
from fashionlens_gui.window.tag.export_dialog import ExportDialog, Scope
from fashionlens_gui.window.tag.photo_list import PhotoList, rows_of
from fashionlens_gui.window.tag.review.review import Review
from fashionlens_gui.window.tag.table.photo_table_model import PhotoTableModel
from fashionlens_gui.window.tag.table.table import ResultsTable
from trainer.control import WorkControl
from trainer.number_format import photos

if TYPE_CHECKING:
    from fashionlens_gui.settings import Settings
    from fashionlens_gui.tagging.csv_export import Options, Written
    from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess


class ExportActions(QObject):
    """Asks for rows, columns and the file, writes it in a thread and reports it.

    Args:
        owner: Parent of the dialogs.
        access: The catalogue.
        photo_list: Its photos are exported.
        model: The photos shown.
        table: Selects some of them.
        review: Its targets are copied.
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
        access: CatalogueAccess,
        photo_list: PhotoList,
        model: PhotoTableModel,
        table: ResultsTable,
        review: Review,
        notice: Notice,
        settings: Settings,
    ) -> None:
        super().__init__(owner)
        self._owner, self._access, self._list, self._model = owner, access, photo_list, model
        self._table, self._review = table, review
        self._notice, self._settings = notice, settings
        self.dialog: ExportDialog | None = None
        self._worker = WorkerSlot[None, Any]("exporting", self, on_error=self.failed.emit)

    @property
    def busy(self) -> bool:
        return self._worker.busy

    @Slot()
    def export(self) -> None:
        """Ask what to save and where, and save it as it is then."""
        if not self._list.state.figures.photos:
            return
        asked = self.dialog = ExportDialog(self._owner, self._list, self._model, self.scopes(), self._settings)
        asked.dialog.accepted.connect(lambda: self._choose_file(asked))
        asked.dialog.open()

    def scopes(self) -> list[Scope]:
        """What can be exported, the usual first."""
        total, shown, selected = self._list.state.figures.photos, self._model.ids, self._table.selected_photos()
        scopes = [Scope(f"All {photos(total)}", None)]
        if len(shown) < total and len(shown):
            scopes.append(Scope(f"The {photos(len(shown))} shown", shown))
        if 1 < len(selected) < len(shown):
            ids = np.array(selected, np.int64)
            scopes.append(Scope(f"The {photos(len(selected))} selected", ids))
        return scopes

    def _choose_file(self, asked: ExportDialog) -> None:
        asked.keep()
        ids, by_product = asked.scope.ids, asked.product_rows.isChecked()  # the dialog is gone after the next one
        target = file_dialogs.choose_export_file(self._owner, self._settings)
        if target is not None:
            self._write(ids, target, by_product)

    def _write(self, ids: np.ndarray | None, target: Path, by_product: bool) -> None:
        """Write photos, None for the whole list, or their products, as they are then."""
        catalogue, query = self._access.catalogue, self._list.source_query()
        if catalogue is None:
            return
        options = self._options(self._settings.for_excel)

        def write(_control: WorkControl) -> Written:
            from fashionlens_gui.product_groups.product_csv import write_products_csv
            from fashionlens_gui.product_groups.products import products_of
            from fashionlens_gui.tagging.csv_export import write_csv

            with responsive_import.frequent_switches():
                wanted = find(catalogue, query(catalogue)) if ids is None else ids
                columns = replace(options, own=own_columns(catalogue))
                if by_product:
                    return write_products_csv(catalogue, products_of(catalogue, wanted), target, columns)
                return write_csv((tag for _, tag in rows_of(catalogue, wanted)), target, columns)

        def report(written: Written) -> None:
            show = ("Show in folder", lambda: file_choice.show_in_folder(written.file))
            product = "1 product" if written.rows == 1 else f"{written.rows:,} products"
            kind, text = "check", f"{product if by_product else photos(written.rows)} saved in {target.name}."
            if written.problem is not None:
                kind, text = "warning", messages.sentence(written.problem)
            self._notice.show_message(kind, text, [show], on_change=outdated)
            self.exported.emit(written.file, written.rows)

        def outdated() -> None:
            again = ("Save again", lambda: self._write(ids, target, by_product))
            self._notice.show_message("info", f"{target.name} does not have your latest changes.", [again])

        self._when_written(lambda: self._worker.start(write, report))

    def _when_written(self, act: Callable[[], object]) -> None:
        """Call this once all that the user changed is in the catalogue."""
        self._access.perform(lambda _catalogue: Changes.none(), lambda _none: act())

    @Slot()
    def copy(self) -> None:
        """Put the targets on the clipboard, tab-separated with a header."""
        selected, options = self._review.targets(), self._options(for_excel=True)
        catalogue = self._access.catalogue
        if catalogue is None or not selected:
            return

        def render(_control: WorkControl) -> str:
            from fashionlens_gui.tagging.csv_export import csv_text

            with responsive_import.frequent_switches():
                columns = replace(options, own=own_columns(catalogue))
                return csv_text((tag for _, tag in rows_of(catalogue, selected)), columns)

        def put(text: str) -> None:
            QGuiApplication.clipboard().setText(text)
            self.copied.emit(len(selected))

        self._when_written(lambda: self._worker.start(render, put))

    def shutdown(self) -> None:
        """Wait until a file that is being written is complete."""
        self._worker.shutdown(60_000)

    def _options(self, for_excel: bool) -> Options:
        from fashionlens_gui.tagging.csv_export import Layout, Options, excel_layout

        chosen = self._settings
        layout = excel_layout(QLocale.system().decimalPoint()) if for_excel else Layout()
        return Options(
            chosen.attributes,
            chosen.with_confidence,
            chosen.with_path,
            chosen.sku_pattern,
            layout,
            shown=shown_names(),
        )
