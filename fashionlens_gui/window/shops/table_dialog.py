"""The dialog “Apply an edited table”: what would change, conflicts, unknown values, then one operation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QTabWidget, QWidget

from fashionlens_gui.catalogue.catalogue import Catalogue, Changes
from fashionlens_gui.messages import sentence
from fashionlens_gui.shops import returned_table
from fashionlens_gui.shops.catalogue_products import product_rows
from fashionlens_gui.shops.returned_table import TableChanges, ValueChange
from fashionlens_gui.tagging.tag import printable
from fashionlens_gui.window.shell import layouts, responsive_import, theme
from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess
from fashionlens_gui.window.shops.text_table import TextTable
from fashionlens_gui.window.shops.work_dialog import WorkDialog
from trainer.control import WorkControl
from trainer.errors import FashionLensError
from trainer.number_format import number, photos

_SIZE = QSize(104 * theme.SPACE, 72 * theme.SPACE)
_CHANGE_COLUMNS = ("Row", "Product", "What", "Now", "In the table", "Photos")
CHANGES, CONFLICTS, UNKNOWN, UNMATCHED = range(4)
"""Indices of the tabs."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What a table would change, with the cells to show."""

    changes: TableChanges
    rows: list[tuple[str, ...]]
    conflicts: list[tuple[str, ...]]


class TableDialog(WorkDialog):
    """Shows what a table would change, and applies it.

    Args:
        access: The catalogue.
        file: The table.
        parent: The window.

    Attributes:
        found: What would change; None until that is known.
    """

    photos_asked = Signal(list)
    """Show these photos, ids, in the Tag tab."""

    def __init__(self, access: CatalogueAccess, file: Path, parent: QWidget) -> None:
        super().__init__("Apply an edited table", access, parent)
        self._file = file
        self.found: TableChanges | None = None
        self._applying = False
        self.summary = theme.plain("")
        self.new_values_box = QCheckBox("Take unknown texts as new values")
        self.new_values_box.setToolTip("Else they change nothing")
        self.tables = (
            TextTable("What would change", stretched=4),
            TextTable("Changed in the table and in the catalogue", stretched=4),
            TextTable("Texts that are no known value", stretched=3),
            TextTable("Products that the catalogue does not have", stretched=1),
        )
        self._explanations = (
            "These values change. Empty cells of the table change nothing.",
            "Changed in the table and in the catalogue, or twice in the table. They are not applied.",
            "No value, none of your names and no translation. They change nothing, unless you take them as new values.",
            "The catalogue has no product or photo of this name.",
        )
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        for table, text in zip(self.tables, self._explanations, strict=True):
            page = QWidget()
            layouts.column(theme.muted(text), (table, 1), parent=page, margins=(0, 1, 0, 0))
            self.tabs.addTab(page, "")
        self.apply_button = theme.primary_button("Apply", "check")
        close = theme.quiet_button("Close")
        close.clicked.connect(self.reject)
        layouts.column(
            theme.title(printable(file.name), wraps=True),
            self.notice,
            self.summary,
            (self.tabs, 1),
            self.work,
            layouts.row(self.new_values_box, layouts.FILL, close, self.apply_button),
            parent=self,
            spacing=2,
            margins=3,
        )
        self.new_values_box.toggled.connect(self._read)
        self.apply_button.clicked.connect(self._apply)
        self.tables[CHANGES].opened.connect(partial(self._open, CHANGES))
        self.tables[CONFLICTS].opened.connect(partial(self._open, CONFLICTS))
        self._show_tabs(TableChanges())
        self.resize_within(_SIZE)
        self._read()

    @property
    def busy(self) -> bool:
        return super().busy or self._applying

    @Slot()
    def _read(self, *_: object) -> None:
        catalogue = self._access.catalogue
        if catalogue is not None:
            self.summary.setText("Reading the table…")
            self.run(partial(_compare, catalogue, self._file, self.new_values_box.isChecked()), self._show)

    def show_error(self, error: FashionLensError) -> None:
        super().show_error(error)
        if not self._closed:
            self.summary.setText("")

    def _show(self, found: _Found) -> None:
        changes = self.found = found.changes
        self.tables[CHANGES].show_rows(_CHANGE_COLUMNS, found.rows)
        self.tables[CONFLICTS].show_rows(_CHANGE_COLUMNS, found.conflicts)
        unknown = [(str(each.row), each.product, each.attribute.capitalize(), each.text) for each in changes.unknown]
        self.tables[UNKNOWN].show_rows(("Row", "Product", "What", "Text"), unknown)
        unmatched = [(str(row), printable(name)) for row, name in changes.unmatched]
        self.tables[UNMATCHED].show_rows(("Row", "Product"), unmatched)
        self._show_tabs(changes)
        count = len(changes.changes)
        values = "1 value changes" if count == 1 else f"{number(count)} values change"
        self.summary.setText(f"{number(changes.rows)} rows. {values if count else 'Nothing changes'}.")
        self.update_buttons()

    def _show_tabs(self, changes: TableChanges) -> None:
        named: Sequence[tuple[str, int]] = (
            ("Changes", len(changes.changes)),
            ("Conflicts", len(changes.conflicts)),
            ("Unknown values", len(changes.unknown)),
            ("Not in the catalogue", len(changes.unmatched)),
        )
        for place, (text, count) in enumerate(named):
            self.tabs.setTabText(place, f"{text} ({number(count)})" if count else text)

    def update_buttons(self) -> None:
        count = len(self.found.changes) if self.found is not None else 0
        why = self.why_not_writable
        self.apply_button.setText(f"Apply {number(count)} change{'' if count == 1 else 's'}" if count else "Apply")
        self.apply_button.setEnabled(bool(count) and not why and not self.busy)
        self.apply_button.setToolTip(why or "One step, which Undo takes back")
        self.new_values_box.setEnabled(not super().busy)

    @Slot()
    def _apply(self) -> None:
        found = self.found
        if found is None:
            return
        self._applying = True
        self.update_buttons()
        self._access.perform(partial(returned_table.apply, found=found), self._applied, self._not_applied)

    def _applied(self, changes: Changes) -> None:
        self._applying = False
        if not self._closed:
            self._read()
            self.notice.show_message("check", f"{photos(len(changes.ids))} changed. Undo takes it back.")

    def _not_applied(self, error: FashionLensError) -> None:
        self._applying = False
        if not self._closed:
            self.notice.show_message("error", sentence(error))
            self.update_buttons()

    def _open(self, tab: int, row: int) -> None:
        """Show the photos of a row."""
        if self.found is not None:
            rows: Sequence[ValueChange] = self.found.changes if tab == CHANGES else self.found.conflicts
            self.photos_asked.emit(list(rows[row].photos))


def _compare(catalogue: Catalogue, file: Path, take_new_values: bool, _control: WorkControl) -> _Found:
    with responsive_import.frequent_switches():
        products = product_rows(catalogue)
        found = returned_table.changes_of(catalogue, file, products, take_new_values=take_new_values)
        return _Found(found, [_cells(each) for each in found.changes], [_cells(each) for each in found.conflicts])


def _cells(change: ValueChange) -> tuple[str, ...]:
    what = change.attribute.capitalize()
    before, count = change.before or "–", number(len(change.photos))
    return str(change.row), change.product, what, before, change.after, count
