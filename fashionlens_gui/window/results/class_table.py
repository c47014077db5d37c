"""Precision, recall, F1 and support of each class as a table that sorts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSortFilterProxyModel,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from fashionlens_gui.window.shell import plain_table, theme
from trainer.evaluation.evaluation import ClassFigures, Evaluation
from trainer.number_format import number, percent, photos

AnyIndex = QModelIndex | QPersistentModelIndex
SortRole = Qt.ItemDataRole.UserRole
ShareRole = Qt.ItemDataRole.UserRole + 1
_WIDEST_FIGURES = {1: "100.0\u00a0%", 2: "100.0\u00a0%", 3: "100.0\u00a0%", 4: "10,000"}


@dataclass(frozen=True, slots=True)
class _Row:
    label: int
    figures: ClassFigures
    confused_with: str
    confused: int


_COLUMNS = (
    ("Category", "The actual category of the photos."),
    ("Correct when\npredicted", "Precision: the share of photos predicted as this that are this."),
    ("Found", "Recall: the share of photos of this category that were predicted as this."),
    ("F1", "The harmonic mean of precision (correct when predicted) and recall (found)."),
    ("Photos", "Test photos of this category."),
    ("Mistaken\nfor", "The wrong category that they were predicted as most often."),
)


class ClassTableModel(QAbstractTableModel):
    """One row per class that has photos, in label order."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[_Row, ...] = ()

    def show(self, evaluation: Evaluation | None) -> None:
        """Replace the figures; None empties the table."""
        self.beginResetModel()
        self._rows = () if evaluation is None else tuple(_rows(evaluation))
        self.endResetModel()

    def label(self, row: int) -> int:
        return self._rows[row].label

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(_COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        return plain_table.heading(_COLUMNS, section, orientation, role)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row, column = self._rows[index.row()], index.column()
        figures = row.figures
        share = (None, figures.precision, figures.recall, figures.f1, None, None)[column]
        if role == ShareRole:
            return share
        if role == SortRole:
            return (
                figures.name.casefold(),
                *(figures.precision, figures.recall, figures.f1, figures.support),
                row.confused,
            )[column]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            if share is not None:
                return percent(share)
            confused = f"{row.confused_with} ({number(row.confused)})" if row.confused else "–"
            if column == 0 and role == Qt.ItemDataRole.ToolTipRole:  # a narrow table does not show how many
                return f"{figures.name}: {photos(figures.support)}, F1 {percent(figures.f1)}"
            return {0: figures.name, 4: number(figures.support), 5: confused}[column]
        return None


class ClassTable(QTableView):
    """Sorted by any column; a click or Enter chooses a class."""

    chosen = Signal(int)
    """Label of the class."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.figures = ClassTableModel(self)
        sorted_figures = QSortFilterProxyModel(self)
        sorted_figures.setSourceModel(self.figures)
        sorted_figures.setSortRole(SortRole)
        self.setModel(sorted_figures)
        self.setAccessibleName("Figures per category")
        plain_table.set_up(self)
        self.sortByColumn(3, Qt.SortOrder.AscendingOrder)  # the weakest first
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        for column in _WIDEST_FIGURES:
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
        self._fit_figures()
        plain_table.keep_names_readable(self, (0, 5), (3, 4))
        header.sortIndicatorChanged.connect(self._fit_figures)
        self._bars = _ShareBar(self)
        for column in (1, 2, 3):
            self.setItemDelegateForColumn(column, self._bars)
        self.clicked.connect(self._choose)
        self.activated.connect(self._choose)

    @Slot()
    def _fit_figures(self) -> None:
        for column, widest in _WIDEST_FIGURES.items():
            self.setColumnWidth(column, plain_table.width_of(self, column, (widest,)))

    @Slot(QModelIndex)
    def _choose(self, index: QModelIndex) -> None:
        model = self.model()
        assert isinstance(model, QSortFilterProxyModel)
        self.chosen.emit(self.figures.label(model.mapToSource(index).row()))


class _ShareBar(QStyledItemDelegate):
    """A figure with a thin bar of its size below it."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        super().paint(painter, option, index)
        share = index.data(ShareRole)
        if share is None:
            return
        rect: QRect = option.rect
        room = min(rect.width() - 3 * theme.SPACE, 12 * theme.SPACE)
        tokens = theme.tokens()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for width, colour in ((room, tokens.border), (room * share, tokens.accent)):
            painter.setBrush(QColor(colour))
            painter.drawRoundedRect(QRectF(rect.left() + theme.SPACE, rect.bottom() - 4, width, 3), 1.5, 1.5)
        painter.restore()


def _rows(evaluation: Evaluation) -> list[_Row]:
    mistakes_KK = evaluation.confusion_KK - np.diag(np.diag(evaluation.confusion_KK))
    worst_K = mistakes_KK.argmax(axis=1)
    return [
        _Row(k, figures, evaluation.classes[worst_K[k]], int(mistakes_KK[k, worst_K[k]]))
        for k, figures in enumerate(evaluation.per_class())
        if figures.support
    ]
