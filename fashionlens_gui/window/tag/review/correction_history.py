"""What people set for the photo in the viewer, newest first, as far as there is room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from fashionlens_gui.messages.photos import history_line
from fashionlens_gui.window.shell import theme
from fashionlens_gui.window.shell.shown_names import shown

if TYPE_CHECKING:
    from fashionlens_gui.catalogue.operation_log import HistoryEntry

_LINE = 3 * theme.SPACE


class CorrectionHistory(QWidget):
    """A heading and a line for each correction. Takes only the room that is left."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[str] = []
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        theme.notifier().changed.connect(self.update)

    def show_entries(self, entries: Sequence[HistoryEntry]) -> None:
        """Show the history of a photo, oldest first as the catalogue gives it; what was undone is left out."""
        self._lines = [history_line(_named(each)) for each in reversed(entries) if not each.undone]
        text = "\n".join(self._lines)
        self.setAccessibleName(f"History of this photo: {text}" if text else "")
        self.setToolTip(text)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(0, 0)

    def paintEvent(self, _event: QPaintEvent) -> None:
        room = self.height() // _LINE - 1
        if not self._lines or room < 1:
            return
        colours, metrics = theme.tokens(), self.fontMetrics()
        painter = QPainter(self)
        line = QRect(0, 0, self.width(), _LINE)
        shown = ["History", *self._lines[:room]]
        if len(self._lines) > room:
            shown[-1] = f"and {len(self._lines) - room + 1:,} more"
        for number, text in enumerate(shown):
            painter.setPen(QColor(colours.text_muted if number == 0 else colours.text))
            elided = metrics.elidedText(text, Qt.TextElideMode.ElideRight, line.width())
            painter.drawText(line, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), elided)
            line.translate(0, _LINE)


def _named(entry: HistoryEntry) -> HistoryEntry:
    """The entry with the names of its values."""
    after = entry.after and shown(entry.attribute, entry.after)
    return replace(entry, before=shown(entry.attribute, entry.before), after=after)
