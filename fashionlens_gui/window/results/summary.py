"""Accuracy with its confidence interval, calibration, the most frequent mistakes, and the photos left out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QDialog,
    QHeaderView,
    QLabel,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from fashionlens_gui import messages
from fashionlens_gui.messages.data import decision_counts
from fashionlens_gui.window.shell import layouts, theme
from fashionlens_gui.window.shell.painting import paint_line_with_figure
from fashionlens_gui.window.shell.widgets import SideColumn
from trainer import number_format
from trainer.evaluation.evaluation import Evaluation

if TYPE_CHECKING:
    from trainer.data.photo_files import Unreadable

WIDTH = 30 * theme.SPACE
_MISTAKES = 6


class Summary(SideColumn):
    """A column beside the matrix; scrolls where the window is low."""

    mistake_chosen = Signal(int, int)
    """(actual, predicted) of a frequent mistake."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(WIDTH, parent)
        self.accuracy = QLabel()
        self.accuracy.setObjectName("accuracy")
        self.accuracy.setProperty("role", "title")
        self.accuracy.setStyleSheet("font-size: 32pt; font-weight: 600;")
        self._right = theme.plain("")
        self._interval = theme.muted("")
        self.remark = theme.muted("")
        self._calibration = theme.muted("")
        self._mean_f1 = theme.muted("")
        self.unreadable = _Row("", "")
        self._frequent = theme.heading("Most frequent mistakes")
        self._mistakes = QVBoxLayout()
        self._mistakes.setSpacing(0)
        self._rows: list[_Row] = []
        layout = self.column
        layout.setContentsMargins(0, theme.SPACE, theme.SPACE, 0)
        layout.addWidget(theme.heading("Accuracy"))
        layout.addWidget(self.accuracy)
        for widget in (self._right, self.remark, self._interval, self.unreadable):
            layout.addWidget(widget)
        layout.addWidget(self._frequent)
        layout.addLayout(self._mistakes)
        layout.addWidget(self._calibration)
        layout.addWidget(self._mean_f1)
        layout.addStretch(1)

    def show_evaluation(self, evaluation: Evaluation) -> None:
        right = int(np.diag(evaluation.confusion_KK).sum())
        self.accuracy.setText(number_format.percent(evaluation.accuracy, 1 if evaluation.n < 5000 else 2))
        self.accuracy.setAccessibleName(f"Accuracy {self.accuracy.text()} on {number_format.photos(evaluation.n)}")
        self._right.setText(number_format.accuracy_sentence(right, evaluation.n))
        decided = decision_counts(evaluation.decisions)
        remarks = [number_format.ambiguous_folders_sentence(evaluation.ambiguous_folders)]
        remarks.append(f"Your decisions on these photos: {decided}." if decided else "")
        self.remark.setText(" ".join(filter(None, remarks)))
        self.remark.setVisible(any(remarks))
        self._interval.setText(number_format.interval_sentence(right, evaluation.n))
        self._calibration.setText(number_format.calibration_sentence(evaluation.expected_calibration_error()))
        seen = [each for each in evaluation.per_class() if each.support]
        mean = sum(each.f1 for each in seen) / max(len(seen), 1)
        self._mean_f1.setText(f"Mean F1 of the categories: {number_format.percent(mean)}.")
        count = len(evaluation.unreadable)
        self.unreadable.setVisible(bool(count))
        self.unreadable.set_texts(f"{number_format.number(count)} photo{'' if count == 1 else 's'} skipped", "Show")
        self._fill_mistakes(evaluation)

    def _fill_mistakes(self, evaluation: Evaluation) -> None:
        for old in self._rows:
            self._mistakes.removeWidget(old)
            old.hide()
            old.deleteLater()
        self._rows = []
        mistakes_KK = evaluation.confusion_KK - np.diag(np.diag(evaluation.confusion_KK))
        size = len(evaluation.classes)
        order = np.argsort(-mistakes_KK, axis=None, kind="stable")[:_MISTAKES]
        support_K = evaluation.confusion_KK.sum(axis=1)
        for actual, predicted in ((int(flat // size), int(flat % size)) for flat in order):
            count = int(mistakes_KK[actual, predicted])
            if not count:
                break
            names = evaluation.classes[actual], evaluation.classes[predicted]
            row = _Row(f"{names[0]} → {names[1]}", number_format.number(count))
            text = number_format.cell_sentence(*names, count, int(support_K[actual]))
            row.setToolTip(text)
            row.setAccessibleName(text)
            row.clicked.connect(partial(self.mistake_chosen.emit, actual, predicted))
            self._mistakes.addWidget(row)
            self._rows.append(row)
        self._frequent.setVisible(bool(self._rows))


class _Row(QToolButton):
    """A line of text with a figure at its end, as a button."""

    def __init__(self, text: str, figure: str) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setProperty("role", "row")
        self.set_texts(text, figure)

    def set_texts(self, text: str, figure: str) -> None:
        self._text, self._figure = text, figure
        self.setText(text)
        self.setAccessibleName(f"{text} {figure}")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(WIDTH - 2 * theme.SPACE, 4 * theme.SPACE)

    def minimumSizeHint(self) -> QSize:
        return QSize(10 * theme.SPACE, 4 * theme.SPACE)

    def paintEvent(self, _event: object) -> None:
        tokens = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = self.rect()
        if self.underMouse() or self.hasFocus():
            painter.setBrush(QColor(tokens.hover))
            painter.setPen(QColor(tokens.accent) if self.hasFocus() else Qt.PenStyle.NoPen)
            painter.drawRoundedRect(area.adjusted(0, 1, -1, -1), theme.SPACE / 2, theme.SPACE / 2)
        inner = area.adjusted(theme.SPACE, 0, -theme.SPACE, 0)
        paint_line_with_figure(painter, inner, self._text, self._figure, (tokens.text, tokens.accent))


class UnreadablePhotos(QDialog):
    """A table of files and reasons."""

    def __init__(self, photos: Sequence[Unreadable], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Skipped photos")
        self.table = QTableWidget(len(photos), 2)
        self.table.setHorizontalHeaderLabels(["Photo", "Problem"])
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.setWordWrap(True)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.table.setColumnWidth(0, 30 * theme.SPACE)
        for row, photo in enumerate(photos):
            reason = messages.sentence(photo.error)
            for column, text in enumerate((Path(photo.file).name, reason)):
                item = QTableWidgetItem(text)
                item.setToolTip(photo.file if column == 0 else reason)
                self.table.setItem(row, column, item)
        self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        close = theme.quiet_button("Close")
        close.clicked.connect(self.accept)
        layouts.column(
            theme.muted("These photos are not included in the results."),
            (self.table, 1),
            layouts.row(layouts.FILL, close, spacing=None),
            parent=self,
            spacing=2,
            margins=3,
        )
        self.resize(90 * theme.SPACE, 50 * theme.SPACE)
