"""Gaps, numbers, cursor and hover frame over the colours of a matrix, and the canvas that they are drawn on.

Imports pyqtgraph, so import this module late.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QFont, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPen, QTransform

from fashionlens_gui.window.confusion_matrix.cell_style import CellStyle
from fashionlens_gui.window.shell.theme import Tokens

Cell = tuple[int, int]
"""(row, column)"""

_LEAST_FOR_GAPS = 7.0
_LARGE_CELL = 24.0
_SMALLEST_TEXT, _LARGEST_TEXT = 10, 18


class MatrixCells(pg.GraphicsObject):
    """R×K cells; cell (row, column) covers [column, column + 1] × [row, row + 1]."""

    def __init__(self) -> None:
        super().__init__()
        self._rows, self._columns = 0, 0
        self._look: CellStyle | None = None
        self._tokens: Tokens | None = None
        self._font = QFont()
        self._cursor: Cell | None = None
        self._hover: Cell | None = None
        self._longest: dict[tuple[int, int], float] = {}

    def show(self, shape: tuple[int, int], look: CellStyle, tokens: Tokens, font: QFont) -> None:
        self.prepareGeometryChange()
        (self._rows, self._columns), self._look, self._tokens, self._font = shape, look, tokens, QFont(font)
        self._longest = {}
        self.update()

    def set_cursor(self, cell: Cell | None) -> None:
        """Mark the cell of the keyboard; None for none."""
        self._cursor = cell
        self.update()

    def set_hover(self, cell: Cell | None) -> None:
        """Mark the cell under the mouse; None for none."""
        if cell != self._hover:
            self._hover = cell
            self.update()

    def boundingRect(self) -> QRectF:
        return QRectF(0, 0, self._columns, self._rows)

    def paint(self, painter: QPainter, _option: Any, _widget: Any = None) -> None:
        if self._look is None or self._tokens is None or not self._rows:
            return
        to_pixels = painter.worldTransform()
        seen = self.viewRect()
        rows = range(max(int(seen.top()), 0), min(int(np.ceil(seen.bottom())), self._rows))
        columns = range(max(int(seen.left()), 0), min(int(np.ceil(seen.right())), self._columns))
        painter.save()
        painter.resetTransform()
        painter.setClipRect(to_pixels.mapRect(self.boundingRect().intersected(seen)).adjusted(-1, -1, 1, 1))
        self._paint_diagonal(painter, to_pixels, rows)
        self._paint_gaps(painter, to_pixels, rows, columns)
        self._paint_texts(painter, to_pixels, rows, columns)
        if self._hover is not None:
            self._paint_mark(painter, to_pixels, self._hover, 1.0)
        if self._cursor is not None:
            self._paint_mark(painter, to_pixels, self._cursor, 2.0)
        painter.restore()

    def _paint_diagonal(self, painter: QPainter, to_pixels: QTransform, rows: range) -> None:
        """Grey, when only mistakes are coloured."""
        assert self._look is not None and self._tokens is not None
        if not self._look.grey_diagonal:
            return
        for row in rows:
            painter.fillRect(_pixels(to_pixels, (row, row)), QColor(self._tokens.border))

    def _paint_gaps(self, painter: QPainter, to_pixels: QTransform, rows: range, columns: range) -> None:
        assert self._tokens is not None
        cell = _pixels(to_pixels, (0, 0))
        if min(cell.width(), cell.height()) < _LEAST_FOR_GAPS:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        wide = 2.0 if min(cell.width(), cell.height()) >= _LARGE_CELL else 1.0
        painter.setPen(QPen(QColor(self._tokens.surface), wide))
        first, last = _pixels(to_pixels, (rows.start, columns.start)), _pixels(to_pixels, (rows.stop, columns.stop))
        for column in range(columns.start, columns.stop + 1):
            x = _pixels(to_pixels, (0, column)).left()
            painter.drawLine(QPointF(x, first.top()), QPointF(x, last.top()))
        for row in range(rows.start, rows.stop + 1):
            y = _pixels(to_pixels, (row, 0)).top()
            painter.drawLine(QPointF(first.left(), y), QPointF(last.left(), y))

    def _paint_texts(self, painter: QPainter, to_pixels: QTransform, rows: range, columns: range) -> None:
        assert self._look is not None and self._tokens is not None
        cell = _pixels(to_pixels, (0, 0))
        font = QFont(self._font)
        largest = int(np.clip(cell.height() * 0.42, _SMALLEST_TEXT, _LARGEST_TEXT))
        for choice, pixels in product(range(len(self._look.texts)), range(largest, _SMALLEST_TEXT - 1, -1)):
            font.setPixelSize(pixels)
            metrics = QFontMetricsF(font)
            if metrics.height() <= cell.height() and self._widest(choice, font, metrics) + 4 <= cell.width():
                break
        else:
            return
        text_of = self._look.texts[choice]
        inks = tuple(QColor(ink) for ink in self._look.inks)
        painter.setFont(font)
        for row in rows:
            for column in columns:
                if text := text_of(row, column):
                    quiet = self._look.grey_diagonal and row == column
                    ink = QColor(self._tokens.text) if quiet else inks[int(self._look.dark_text_KK[row, column])]
                    painter.setPen(ink)
                    painter.drawText(_pixels(to_pixels, (row, column)), Qt.AlignmentFlag.AlignCenter, text)

    def _widest(self, choice: int, font: QFont, metrics: QFontMetricsF) -> float:
        """Width of the longest text of one kind; by number of letters, since digits are equally wide."""
        key = (choice, font.pixelSize())
        if key not in self._longest:
            assert self._look is not None
            text_of = self._look.texts[choice]
            texts = (text_of(row, column) for row in range(self._rows) for column in range(self._columns))
            longest = max(texts, key=len, default="")
            self._longest[key] = metrics.horizontalAdvance(longest)
        return self._longest[key]

    def _paint_mark(self, painter: QPainter, to_pixels: QTransform, cell: Cell, width: float) -> None:
        """A frame that is visible on every colour: text colour outside, surface colour inside."""
        assert self._tokens is not None
        box = _pixels(to_pixels, cell)
        if min(cell) < 0:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        pen = QPen(QColor(self._tokens.text), width)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        painter.drawRect(box.adjusted(width / 2, width / 2, -width / 2, -width / 2))
        if min(box.width(), box.height()) >= _LARGE_CELL:
            inner = width + 0.5
            painter.setPen(QPen(QColor(self._tokens.surface), 1))
            painter.drawRect(box.adjusted(inner, inner, -inner, -inner))


def _pixels(to_pixels: QTransform, cell: Cell) -> QRectF:
    row, column = cell
    return to_pixels.mapRect(QRectF(column, row, 1, 1))


class MatrixCanvas(pg.GraphicsLayoutWidget):
    """Canvas with signals for mouse, keyboard and focus."""

    key_pressed = Signal(object)
    focus_changed = Signal(bool)
    pointed = Signal(QPointF)
    """Position of the mouse in the scene; pyqtgraph's own signal drops quick moves, even the last one."""
    left = Signal()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self.pointed.emit(self.mapToScene(event.position().toPoint()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.ignore()
        self.key_pressed.emit(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focus_changed.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.focus_changed.emit(False)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self.left.emit()
        return super().viewportEvent(event)
