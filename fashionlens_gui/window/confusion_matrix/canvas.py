"""The drawing area of the matrix; emits mouse and keyboard events as signals.

Imports pyqtgraph, so import this module late.
"""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent


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
