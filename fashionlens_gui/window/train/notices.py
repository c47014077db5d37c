"""Cards above the charts: what went wrong, what is done, what can go on."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from fashionlens_gui.window.shell import icons, theme


class Picture(QWidget):
    """An icon standing alone, sharp at any scale, in the colours of the moment."""

    def __init__(self, icon: str, colour: str, side: int) -> None:
        super().__init__()
        self._icon = icons.icon(icon, colour)
        self.setFixedSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        self._icon.paint(QPainter(self), self.rect())


class Notice(QFrame):
    """An icon, a heading, plain words, and what can be done about it.

    Args:
        icon: Name of an icon.
        tone: ``error``, ``ok`` or nothing.
        heading: What it is about, in a few words; may hold a name of any length.
        text: What happened and what to do; taken literally.
        buttons: Ready made, most important first.
    """

    def __init__(self, icon: str, tone: str, heading: str, text: str, buttons: Sequence[QPushButton]) -> None:
        super().__init__()
        self.setProperty("role", "card")
        picture = Picture(icon, tone or "accent", 3 * theme.SPACE)
        self.heading = theme.heading(heading)
        self.heading.setWordWrap(True)
        self.heading.setMinimumWidth(1)  # names and paths of any length must not widen the window
        if tone:
            self.heading.setProperty("tone", tone)
        self.text = theme.muted(text)
        self.text.setMinimumWidth(1)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        words = self.words = QVBoxLayout()
        words.setSpacing(theme.SPACE // 2)
        words.addWidget(self.heading)
        words.addWidget(self.text)
        row = QHBoxLayout()
        row.setContentsMargins(0, theme.SPACE // 2, 0, 0)
        row.setSpacing(theme.SPACE)
        for button in buttons:
            row.addWidget(button)
        row.addStretch()
        words.addLayout(row)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(*[2 * theme.SPACE] * 4)
        layout.setSpacing(2 * theme.SPACE)
        layout.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(words, 1)
