"""A list of photos with its table, without the rest of the Tag tab."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from fashionlens_gui.catalogue import operations, photos
from fashionlens_gui.catalogue.catalogue import Catalogue, Changes
from fashionlens_gui.catalogue.model_identity import ModelIdentity
from fashionlens_gui.catalogue.query import Query
from fashionlens_gui.tagging.job_events import Tagged
from fashionlens_gui.tagging.tag import Tag
from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess
from fashionlens_gui.window.tag.corrections import Corrections
from fashionlens_gui.window.tag.photo_list import PhotoList
from fashionlens_gui.window.tag.table.cells import Column
from fashionlens_gui.window.tag.table.photo_table_model import PhotoTableModel
from fashionlens_gui.window.tag.table.table import ResultsTable
from fashionlens_gui.window.tag.table.thumbnails import Thumbnails

MODEL = ModelIdentity("shop", "f" * 32, "1.0", "onnx", "int8")
Role = Qt.ItemDataRole


class ListedPhotos:
    """The user's catalogue, a list of it and its table. Photos are named by the order in which they were added."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self._owner = QObject()
        self.access, self.model, self.thumbnails = CatalogueAccess(), PhotoTableModel(), Thumbnails()
        self.tester = QAbstractItemModelTester(self.model)
        self.list = PhotoList(self.access, self.model)
        self.corrections = Corrections(self.access, self.model)
        self.view = ResultsTable(self.model, self.thumbnails)
        qtbot.addWidget(self.view)
        self.view.resize(1250, 400)
        with qtbot.waitExposed(self.view):
            self.view.show()
        self.ids: list[int] = []
        self.access.open()
        qtbot.waitUntil(lambda: self.list.ready)

    def close(self) -> None:
        self.list.shutdown()
        self.thumbnails.shutdown()
        self.access.shutdown()

    def settle(self) -> None:
        """Wait until the catalogue has all changes and the table shows them."""
        self.qtbot.waitUntil(lambda: not (self.access.busy or self.list.busy))

    def change(self, operation: Callable[[Catalogue], Changes]) -> None:
        """Change the catalogue, and wait."""
        self.access.perform(operation)
        self.settle()

    def add(self, *tags: Tag) -> None:
        def store(catalogue: Catalogue) -> Changes:
            rows = [Tagged(tag, digest=f"digest of {tag.file}") for tag in tags]
            batch = operations.begin_import(catalogue, [Path("/photos")])
            changes, stored = photos.store(catalogue, batch, rows, MODEL)
            operations.finish_import(catalogue, batch)
            self.ids += [row.photo for row in stored if row.photo is not None]
            return changes

        if not self.ids:
            from fashionlens_gui.catalogue.lists.current_list import begin_list

            self.access.perform(begin_list)
        self.change(store)

    def set(self, rows: Sequence[int], name: str, value: str) -> None:
        """Set a value as a person does, and wait."""
        self.corrections.set_values(name, {value: [self.ids[row] for row in rows]})
        self.settle()

    def undo(self) -> None:
        self.corrections.undo()
        self.settle()

    def filter(self, wanted: Query) -> None:
        self.list.set_filter(wanted)
        self.settle()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort as a click on a heading does; -1 for the order of arrival."""
        self.model.sort(column, order)
        self.settle()

    def columns(self) -> list[str]:
        """Headings from left to right, without those that are hidden."""
        shown = [column for column in Column if not self.view.isColumnHidden(column)]
        return [self.model.headerData(column, Qt.Orientation.Horizontal) for column in shown]

    def cell(self, position: int, column: Column, role: Role = Role.DisplayRole) -> object:
        return self.model.index(position, column).data(role)

    def files(self) -> list[str]:
        """Names from top to bottom."""
        return [str(self.cell(position, Column.PHOTO)) for position in range(self.model.rowCount())]
