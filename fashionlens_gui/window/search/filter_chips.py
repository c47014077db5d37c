"""The active filters as chips that remove them, and the reason why no photo matches."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from fashionlens_gui.catalogue.query import Query
from fashionlens_gui.window.search.filter_parts import FilterPart, filter_parts
from fashionlens_gui.window.search.flow_layout import FlowLayout
from fashionlens_gui.window.shell import icons, layouts, theme
from fashionlens_gui.window.shell.painting import paint_dot, paint_line

_HEIGHT = 28
_CROSS = 12
_DOT = 12
_PADDING = 10
_WIDEST = 36 * theme.SPACE


class FilterChip(QAbstractButton):
    """One part of a filter; a click, Enter, Delete or Space removes it."""

    def __init__(self, part: FilterPart) -> None:
        super().__init__()
        self.part = part
        self.setText(part.text)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip(f"{part.kind}: {part.text}. Click to remove this filter.")
        self.setAccessibleName(f"Remove the filter {part.kind}: {part.text}")

    def sizeHint(self) -> QSize:
        dot = _DOT + 6 if self.part.srgb is not None else 0
        text = self.fontMetrics().horizontalAdvance(self.text())
        return QSize(min(_PADDING + dot + text + 8 + _CROSS + _PADDING, _WIDEST), theme.scaled(_HEIGHT))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = Qt.Key
        if event.key() in (keys.Key_Return, keys.Key_Enter, keys.Key_Delete, keys.Key_Backspace):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        colours = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        inset = 1.0 if self.hasFocus() else 0.5
        outline = QRectF(self.rect()).adjusted(inset, inset, -inset, -inset)
        painter.setPen(QPen(QColor(colours.accent), 2 if self.hasFocus() else 1))
        painter.setBrush(QColor(colours.hover if self.underMouse() else colours.selection))
        painter.drawRoundedRect(outline, outline.height() / 2, outline.height() / 2)
        inside = self.rect().adjusted(_PADDING, 0, -_PADDING, 0)
        cross = QRect(inside.right() - _CROSS + 1, (self.height() - _CROSS) // 2, _CROSS, _CROSS)
        icons.icon("close", "text_muted").paint(painter, cross)
        if self.part.srgb is not None:
            paint_dot(painter, QRect(inside.left(), (self.height() - _DOT) // 2, _DOT, _DOT), self.part.srgb)
            inside.adjust(_DOT + 6, 0, 0, 0)
        text = inside.adjusted(0, 0, -_CROSS - 6, 0)
        paint_line(painter, text, self.text(), colours.text, elide=Qt.TextElideMode.ElideMiddle)


class _ChipRow(QWidget):
    """Chips, in as many lines as they need."""

    removed = Signal(object)
    """The filter without the part of the chip that was pressed."""

    def __init__(self, *, centred: bool = False) -> None:
        super().__init__()
        self.chips: list[FilterChip] = []
        self.flow = FlowLayout(self, centred=centred)
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        policy.setVerticalPolicy(QSizePolicy.Policy.Minimum)
        self.setSizePolicy(policy)
        theme.notifier().changed.connect(self.update)

    def show_parts(self, parts: list[FilterPart]) -> None:
        if [chip.part for chip in self.chips] == parts:
            return
        had_focus = any(chip.hasFocus() for chip in self.chips)
        for chip in self.chips:
            self.flow.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self.chips = []
        for part in parts:
            chip = FilterChip(part)
            chip.clicked.connect(lambda _checked=False, part=part: self.removed.emit(part.without))
            self.flow.addWidget(chip)
            self.chips.append(chip)
        if had_focus and self.chips:
            self.chips[-1].setFocus()


class ActiveFilters(QWidget):
    """A line below the filter bar, hidden where it has nothing to say. What has a control of its own is not repeated.

    Attributes:
        save_button: Saves the search under a name.
        clear_button: Removes all filters.
    """

    wanted = Signal(object)
    """The filter, a Query, that is left when a part is removed."""

    def __init__(self) -> None:
        super().__init__()
        self._row = _ChipRow()
        self._row.removed.connect(self.wanted)
        self.save_button = _text_button("Save search…", "save")
        self.save_button.setToolTip("Keep these filters under a name in the sidebar")
        self.clear_button = _text_button("Clear filters", "close")
        self.clear_button.clicked.connect(lambda: self.wanted.emit(Query()))
        buttons = QHBoxLayout()
        for button in (self.save_button, self.clear_button):
            buttons.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        layouts.row((self._row, 1), buttons, parent=self)
        self.hide()

    @property
    def chips(self) -> list[FilterChip]:
        return self._row.chips

    def show_filter(self, wanted: Query, titles: Mapping[str, str]) -> None:
        parts = filter_parts(wanted, titles)
        self._row.show_parts([part for part in parts if not part.beside])
        self.setVisible(bool(parts))


class NoMatches(QWidget):
    """Shown in place of an empty list: which filters leave nothing, and chips that remove them."""

    wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._title = theme.plain("No photos match these filters.")
        self._title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._hint = theme.muted("Remove one of them:")
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._row = _ChipRow(centred=True)
        self._row.removed.connect(self.wanted)
        self.button: QPushButton = theme.quiet_button("Show all photos", "close")
        self.button.clicked.connect(lambda: self.wanted.emit(Query()))
        centre = Qt.AlignmentFlag.AlignHCenter
        layouts.column(
            layouts.FILL,
            self._title,
            self._hint,
            self._row,
            (self.button, centre),
            layouts.FILL,
            parent=self,
            spacing=2,
            margins=None,
        )

    @property
    def chips(self) -> list[FilterChip]:
        return self._row.chips

    def show_filter(self, wanted: Query, titles: Mapping[str, str]) -> None:
        parts = filter_parts(wanted, titles)
        self._row.show_parts(parts)
        self._row.setVisible(len(parts) > 1)
        self._hint.setVisible(len(parts) > 1)
        only = f"No photos match {parts[0].kind.lower()}: {parts[0].text}." if len(parts) == 1 else ""
        self._title.setText(only or "No photos match all of these filters.")


def _text_button(text: str, icon: str) -> QPushButton:
    button = theme.quiet_button(text, icon)
    button.setStyleSheet("padding: 4px 10px;")
    return button
