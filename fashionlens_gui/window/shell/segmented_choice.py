"""A few alternatives side by side, one of them chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QPushButton, QWidget

# Shapes only; the colours are the theme's.
_LEFT = "border-top-right-radius: 0; border-bottom-right-radius: 0;"
_INNER = "border-left-width: 0; border-top-left-radius: 0; border-bottom-left-radius: 0;"


class SegmentedChoice(QWidget):
    """Joined buttons of which one is down; arrow keys move between them.

    Args:
        choices: (text, value) of each.
        name: What is chosen, for screen readers.
    """

    chosen = Signal(object)
    """The value of the button that was pressed."""

    def __init__(self, choices: Sequence[tuple[str, Any]], name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._values = [value for _, value in choices]
        self._group = QButtonGroup(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for place, (text, _) in enumerate(choices):
            button = QPushButton(text)
            button.setCheckable(True)
            button.setChecked(place == 0)
            button.setAccessibleName(f"{name}: {text}")
            shape = (_INNER if place else "") + (_LEFT if place < len(choices) - 1 else "")
            button.setStyleSheet(f"QPushButton {{ {shape} }}")
            self._group.addButton(button, place)
            layout.addWidget(button)
        self._group.buttonClicked.connect(self._clicked)

    def button(self, value: Any) -> QAbstractButton:
        """The button of a value."""
        return self._group.button(self._values.index(value))

    @Slot(QAbstractButton)
    def _clicked(self, button: QAbstractButton) -> None:
        self.chosen.emit(self._values[self._group.id(button)])
