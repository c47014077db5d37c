"""The table of “My words”: a row for each category and value, cells that are edited, shipped texts in grey."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from fashionlens_gui.catalogue.own_names import Key
from fashionlens_gui.shops.google_taxonomy import google_id, google_paths
from fashionlens_gui.window.shell import plain_table, theme
from trainer.spelling import spelling_key
from trainer.taxonomy import CATEGORY

_Index = QModelIndex | QPersistentModelIndex
_COLUMNS = (
    ("What", ""),
    ("FashionLens’s name", "The value that is stored; it stays"),
    ("My name", "Shown in the window, in tables and in exports"),
    ("Plural", "Of my name, for titles of exports"),
    ("German", "In exports in German"),
    ("French", "In exports in French"),
    ("Spanish", "In exports in Spanish"),
    ("Google category", "Id or path of Google’s product categories"),
    ("Shop category", "As in your shop, such as Clothing > Dresses"),
    ("Means", "Of a value of your own: the value of FashionLens that it is like"),
)
_FIELDS = ("", "", "name", "plural", "de", "fr", "es", "google", "shop", "meaning")
_OF_CATEGORIES = {"plural", "google", "shop"}
MY_NAME = _FIELDS.index("name")
"""The column of my name."""


@dataclass(frozen=True, slots=True)
class Words:
    """All categories and values with what people gave and what came with the program.

    Attributes:
        values: Attribute or ``category``, and value, in the order to show.
        own: What people gave.
        shipped: What holds where they gave nothing.
        taxonomy: The values of the taxonomy, by attribute: what an own value may mean.
    """

    values: Sequence[tuple[str, str]] = ()
    own: Mapping[Key, str] = field(default_factory=dict)
    shipped: Mapping[Key, str] = field(default_factory=dict)
    taxonomy: Mapping[str, Sequence[str]] = field(default_factory=dict)


class NamesModel(QAbstractTableModel):
    """Those of the words that match the filter."""

    edited = Signal(tuple, str)
    """A key of own names, and the new text; empty to remove it."""
    refused = Signal(str)
    """Why a text was not taken."""

    def __init__(self) -> None:
        super().__init__()
        self.words = Words()
        self.rows: list[tuple[str, str]] = []
        self._attribute, self._text, self._only_mine = "", "", False

    def show_words(self, words: Words) -> None:
        self.words = words
        rows = self._matching()
        if rows != self.rows:
            self.beginResetModel()
            self.rows = rows
            self.endResetModel()
        elif rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, len(_COLUMNS) - 1))

    def filter(self, attribute: str, text: str, only_mine: bool) -> None:
        """Show one attribute, empty for all; words with a text; those with something of people's own."""
        self._attribute, self._text, self._only_mine = attribute, spelling_key(text), only_mine
        self.beginResetModel()
        self.rows = self._matching()
        self.endResetModel()

    def _matching(self) -> list[tuple[str, str]]:
        words, found = self.words, []
        mine = {key[:2] for key in words.own}
        for attribute, value in words.values:
            texts = (value, *(words.own.get((attribute, value, name), "") for name in ("name", "de", "fr", "es")))
            if self._attribute and attribute != self._attribute:
                continue
            if self._only_mine and (attribute, value) not in mine:
                continue
            if self._text and not any(self._text in spelling_key(text) for text in texts):
                continue
            found.append((attribute, value))
        return found

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(_COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        return plain_table.heading(_COLUMNS, section, orientation, role)

    def flags(self, index: _Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsEditable if self._editable(index) else flags

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        attribute, value = self.rows[index.row()]
        name = _FIELDS[index.column()]
        if not name:
            text = attribute.capitalize() if index.column() == 0 else value
            return text if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole) else None
        given, shipped = (texts.get((attribute, value, name), "") for texts in (self.words.own, self.words.shipped))
        if role == Qt.ItemDataRole.EditRole:
            return given
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            text = given or shipped
            return _google(text, role == Qt.ItemDataRole.ToolTipRole) if name == "google" else text
        if role == Qt.ItemDataRole.ForegroundRole and not given:
            return QColor(theme.tokens().text_muted)
        return None

    def setData(self, index: _Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.EditRole or not self._editable(index):
            return False
        (attribute, stored), name = self.rows[index.row()], _FIELDS[index.column()]
        text = " ".join(str(value).split())
        if text and name == "google":
            found = google_id(text)
            if found is None:
                self.refused.emit(f"“{text}” is neither an id nor a path of Google’s product categories for apparel.")
                return False
            text = str(found)
        if text and name == "meaning":
            known = {spelling_key(each): each for each in self.words.taxonomy.get(attribute, ())}
            if spelling_key(text) not in known:
                self.refused.emit(f"“{text}” is no {attribute} of FashionLens.")
                return False
            text = known[spelling_key(text)]
        if text == self.words.shipped.get((attribute, stored, name)):
            text = ""  # what came with the program need not be stored
        if text != self.words.own.get((attribute, stored, name), ""):
            self.edited.emit((attribute, stored, name), text)
        return True

    def _editable(self, index: _Index) -> bool:
        attribute, value = self.rows[index.row()]
        name = _FIELDS[index.column()]
        if not name or (name in _OF_CATEGORIES and attribute != CATEGORY):
            return False
        return name != "meaning" or value not in self.words.taxonomy.get(attribute, ())


class NamesTable(QTableView):
    """Shows a :class:`NamesModel`; a letter, F2 or a double click edits a cell, Delete empties it."""

    def __init__(self) -> None:
        super().__init__()
        self.names = NamesModel()
        self.setModel(self.names)
        plain_table.set_up(self)
        self.setSortingEnabled(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectItems)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked
            | QAbstractItemView.EditTrigger.EditKeyPressed
            | QAbstractItemView.EditTrigger.AnyKeyPressed
        )
        self.setAccessibleName("My words")
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for column, width in enumerate((11, 22, 22, 18, 20, 20, 20, 26, 26, 16)):
            self.setColumnWidth(column, width * theme.SPACE)


def _google(text: str, whole: bool) -> str:
    """An id with the last part of its path, or with the whole path."""
    path = google_paths().get(int(text), "") if text.isdigit() else ""
    if not path:
        return text
    return f"{text}: {path}" if whole else f"{text}: {path.rpartition(' > ')[2]}"
