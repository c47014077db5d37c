"""Rows, columns and stacked pages of widgets, built in one call. Measures are in units of :data:`theme.SPACE`."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLayout, QStackedWidget, QVBoxLayout, QWidget

from fashionlens_gui.window.shell import theme

Item = QWidget | QLayout | float | tuple[QWidget | QLayout | None, int] | tuple[QWidget, Qt.AlignmentFlag]
"""What is added: a widget or layout, with or without stretch factor or alignment; empty space; a stretch."""

STRETCH: Item = (None, 0)
"""Empty space that grows where no widget does."""
FILL: Item = (None, 1)
"""Empty space that grows instead of widgets without a stretch factor."""

Margins = float | tuple[float, float, float, float] | None


def row(*items: Item, parent: QWidget | None = None, spacing: float | None = 1, margins: Margins = 0) -> QHBoxLayout:
    """A layout from left to right.

    Args:
        items: What it contains.
        parent: The widget whose layout it becomes.
        spacing: Between items; None for the style's.
        margins: Around them: on all sides, or left, top, right, bottom; None for the style's.
    """
    layout = QHBoxLayout(parent) if parent is not None else QHBoxLayout()
    _fill(layout, items, spacing, margins)
    return layout


def column(*items: Item, parent: QWidget | None = None, spacing: float | None = 1, margins: Margins = 0) -> QVBoxLayout:
    """A layout from top to bottom; arguments as for :func:`row`."""
    layout = QVBoxLayout(parent) if parent is not None else QVBoxLayout()
    _fill(layout, items, spacing, margins)
    return layout


def pages(*widgets: QWidget) -> QStackedWidget:
    """Widgets of which one is shown at a time, the first one at first."""
    stack = QStackedWidget()
    for widget in widgets:
        stack.addWidget(widget)
    return stack


def _fill(layout: QBoxLayout, items: tuple[Item, ...], spacing: float | None, margins: Margins) -> None:
    if margins is not None:
        sides = margins if isinstance(margins, tuple) else (margins,) * 4
        layout.setContentsMargins(*(round(side * theme.SPACE) for side in sides))
    if spacing is not None:
        layout.setSpacing(round(spacing * theme.SPACE))
    for item in items:
        if isinstance(item, float | int):
            layout.addSpacing(round(item * theme.SPACE))
            continue
        content, detail = item if isinstance(item, tuple) else (item, 0)
        if isinstance(content, QWidget):
            layout.addWidget(content, *((0, detail) if isinstance(detail, Qt.AlignmentFlag) else (detail,)))
        elif content is None:
            layout.addStretch(detail)
        else:
            layout.addLayout(content, detail)
