"""A status as a label: sign, word and colour."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from fashionlens_gui.window.shell import theme
from fashionlens_gui.window.tag.table.painting import paint_status
from fashionlens_gui.window.tag.wording import STATUS_WORDS


class StatusChip(QWidget):
    """The same chip as in the table, for use in a layout."""

    def __init__(self) -> None:
        super().__init__()
        self._status = "ok"
        self.setFixedHeight(3 * theme.SPACE)
        theme.notifier().changed.connect(self.update)

    def show_status(self, status: str) -> None:
        """``ok``, ``needs review`` or ``error``."""
        self._status = status
        self.setAccessibleName(f"Status: {STATUS_WORDS[status]}")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(18 * theme.SPACE, 3 * theme.SPACE)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_status(painter, self.rect(), self._status, theme.tokens().surface)
