"""Names or sums along one edge of a matrix, without overlaps.

Imports pyqtgraph, so import this module late.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Any, Literal

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from fashionlens_gui.window.shell.theme import SPACE, Tokens

Edge = Literal["left", "top", "right", "bottom"]

_GAP = SPACE / 2
_SLANT = 45.0
_SIN = 0.7071


class CategoryAxis(pg.GraphicsWidget):
    """One edge of the matrix: a title and one text per row or column.

    Row texts are horizontal. Column texts are horizontal if all fit, else slanted, else vertical; if even that is too
    narrow, only every second, third, … text is drawn, and always those of marked categories.

    Args:
        edge: Of the matrix.
        view: The matrix; category k is at k + 0.5 in its coordinates.
    """

    def __init__(self, edge: Edge, view: pg.ViewBox) -> None:
        super().__init__()
        self._edge = edge
        self._view = view
        self._texts: tuple[str, ...] = ()
        self._title = ""
        self._font = QFont()
        self._tokens: Tokens | None = None
        self._most = 160.0
        self._marked: tuple[int, ...] = ()
        self._angle = 0.0
        view.sigRangeChanged.connect(self._view_changed)
        view.sigResized.connect(self._view_changed)

    @property
    def along_columns(self) -> bool:
        """Whether it is above or below the matrix."""
        return self._edge in ("top", "bottom")

    def show_texts(self, title: str, texts: Sequence[str]) -> None:
        """Replace the texts. Titles are in the corners: above the left axis, beside the bottom one."""
        self._title, self._texts = title, tuple(texts)
        self.fit()

    def apply_theme(self, tokens: Tokens, font: QFont) -> None:
        self._tokens, self._font = tokens, QFont(font)
        self.fit()

    def set_max_size(self, pixels: float) -> None:
        """Limit the size of the axis across its direction; longer texts are elided."""
        if pixels != self._most:
            self._most = pixels
            self.fit()

    def mark(self, categories: Sequence[int]) -> None:
        """Emphasize these categories and always draw their texts."""
        if tuple(categories) != self._marked:
            self._marked = tuple(categories)
            self.update()

    def fit(self) -> None:
        metrics = QFontMetricsF(self._font)
        longest = max((metrics.horizontalAdvance(text) for text in self._texts), default=0.0)
        self._angle = self._best_angle(longest, metrics.height())
        if not self.along_columns or self._angle == 90:
            depth = longest
        elif self._angle:
            depth = (longest + metrics.height()) * _SIN
        else:
            depth = metrics.height()
        if self._edge == "left":
            depth = max(depth, *(metrics.horizontalAdvance(line) for line in self._title.split("\n")))
        elif self._edge == "top":  # the corner beside it holds two lines
            depth = max(depth, 2 * metrics.height())
        room = ceil(min(depth, self._most) + 2 * _GAP)
        if self.along_columns:
            self.setFixedHeight(room)
        else:
            self.setFixedWidth(room)
        self.update()

    def boundingRect(self) -> QRectF:
        """Slanted texts and titles reach beyond the corners."""
        return super().boundingRect().adjusted(-self._most, -4 * SPACE, self._most, 4 * SPACE)

    def paint(self, painter: QPainter, _option: Any, _widget: Any = None) -> None:
        if self._tokens is None:
            return
        metrics = QFontMetricsF(self._font)
        painter.setFont(self._font)
        self._paint_title(painter, metrics)
        pitch = self._pitch()
        if pitch <= 0:
            return
        across = metrics.height() / (_SIN if self._angle == _SLANT else 1.0)
        step = 1 if self.along_columns and not self._angle else max(1, ceil(across * 0.9 / pitch))
        room = (self.size().height() if self.along_columns else self.size().width()) - 2 * _GAP
        if self._angle == _SLANT:
            room = room / _SIN - metrics.height()
        marked = [k for k in self._marked if 0 <= k < len(self._texts)]
        for k in [*range(0, len(self._texts), step), *marked]:
            crowded = step > 1 and any(abs(k - other) < step and k != other for other in marked)
            if crowded and k not in marked:
                continue
            self._paint_text(painter, metrics, k, room, k in marked)

    def _paint_title(self, painter: QPainter, metrics: QFontMetricsF) -> None:
        """In the free corner beside the axis."""
        assert self._tokens is not None
        width, line = self.size().width(), metrics.height()
        painter.save()
        painter.setPen(QColor(self._tokens.text_muted))
        end = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip
        if self._edge == "left":
            lines = self._title.split("\n")
            for place, text in enumerate(reversed(lines), start=1):
                painter.drawText(QRectF(0, -place * line - _GAP, width - _GAP, line), end, text)
        elif self._edge == "bottom":
            painter.drawText(QRectF(-self._most - _GAP, _GAP, self._most, line), end, self._title)
        painter.restore()

    def _paint_text(self, painter: QPainter, metrics: QFontMetricsF, k: int, room: float, marked: bool) -> None:
        assert self._tokens is not None
        at = self._position(k)
        end = self.size().width() if self.along_columns else self.size().height()
        if not -1 <= at <= end + 1:
            return  # scrolled out of sight
        painter.save()
        painter.setPen(QColor(self._tokens.text if marked else self._tokens.text_muted))
        width = self._pitch() - 2 if self.along_columns and not self._angle else room
        text = metrics.elidedText(self._texts[k], Qt.TextElideMode.ElideRight, width)
        height = metrics.height()
        align = Qt.AlignmentFlag.AlignVCenter
        if self._edge == "left":
            box = QRectF(self.size().width() - _GAP - room, at - height / 2, room, height)
            painter.drawText(box, align | Qt.AlignmentFlag.AlignRight, text)
        elif self._edge == "right":
            box = QRectF(_GAP, at - height / 2, room, height)
            painter.drawText(box, align | Qt.AlignmentFlag.AlignLeft, text)
        else:
            self._paint_column_text(painter, text, at, room, height)
        painter.restore()

    def _paint_column_text(self, painter: QPainter, text: str, at: float, room: float, height: float) -> None:
        top = self._edge == "top"
        edge = self.size().height() - _GAP if top else _GAP
        if not self._angle:
            width = self._pitch()
            box = QRectF(at - width / 2, edge - height if top else edge, width, height)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
            return
        painter.translate(QPointF(at, edge))
        painter.rotate(-self._angle)
        # Above the matrix texts begin at their column, below they end there.
        align = Qt.AlignmentFlag.AlignLeft if top else Qt.AlignmentFlag.AlignRight
        lift = height * 0.25 if self._angle == _SLANT else 0.0
        box = QRectF(0 if top else -room, -height / 2 + (-lift if top else lift), room, height)
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | align, text)

    def _best_angle(self, longest: float, height: float) -> float:
        if not self.along_columns:
            return 0.0
        pitch = self._pitch()
        if longest + _GAP <= pitch:
            return 0.0
        return _SLANT if pitch >= height / _SIN * 0.9 and self._edge == "top" else 90.0

    def _position(self, k: float) -> float:
        """Middle of category k along this axis, in its own pixels."""
        point = self.mapFromItem(self._view, self._view.mapFromView(QPointF(k + 0.5, k + 0.5)))
        return point.x() if self.along_columns else point.y()

    def _pitch(self) -> float:
        """Pixels from one category to the next."""
        return abs(self._position(1) - self._position(0))

    def _view_changed(self, *_: Any) -> None:
        metrics = QFontMetricsF(self._font)
        longest = max((metrics.horizontalAdvance(text) for text in self._texts), default=0.0)
        if self.along_columns and self._best_angle(longest, metrics.height()) != self._angle:
            self.fit()
        self.update()
