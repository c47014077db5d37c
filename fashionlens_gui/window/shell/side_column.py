"""A column of figures and words beside pictures."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from fashionlens_gui.window.shell import theme


class SideColumn(QScrollArea):
    """Scrolls where the window is low. Keys pass it by.

    Args:
        width: Always the same; pixels.
        parent: Qt parent.

    Attributes:
        column: What stands in it, from the top; room for the scroll bar is left.
    """

    def __init__(self, width: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedWidth(width)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAutoFillBackground(False)
        inner = QWidget()
        inner.setObjectName("column")
        inner.setStyleSheet("#column { background: transparent; }")
        self.column = QVBoxLayout(inner)
        self.column.setContentsMargins(0, 0, theme.SPACE, 0)
        self.column.setSpacing(theme.SPACE)
        self.setWidget(inner)
