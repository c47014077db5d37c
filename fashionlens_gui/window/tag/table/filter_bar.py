"""Which photos to list, and filters: a chip with its count for each status, the category, and a text search."""

from __future__ import annotations

import re
from collections import Counter

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QKeySequence, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QLineEdit, QPushButton, QSizePolicy, QWidget

from fashionlens_gui.catalogue.list_figures import ListFigures
from fashionlens_gui.catalogue.query import Query, asked_values
from fashionlens_gui.tagging.tag import Status
from fashionlens_gui.window.photos.choice_picker import Choice, ChoicePicker
from fashionlens_gui.window.shell import icons, layouts, theme
from fashionlens_gui.window.shell.keys import native
from fashionlens_gui.window.shell.widgets import ChoiceBox
from fashionlens_gui.window.tag.photo_list import Source
from fashionlens_gui.window.tag.table.painting import STATUS_COLOURS, STATUS_ICONS, STATUS_WORDS
from trainer.number_format import photos
from trainer.taxonomy import CATEGORY

_SOURCES = {
    Source.CURRENT: ("This list", "Photos that were added since the list was cleared"),
    Source.LAST_IMPORT: ("Last import", "Photos that were added last"),
    Source.EVERYTHING: ("All photos", "All photos that FashionLens remembers"),
    Source.FAILED: ("Could not be read", "All photos that FashionLens remembers and could not read"),
}
_ALL_CATEGORIES = "\0all"
_SEARCH_DELAY_MS = 120
_SOURCE_WIDTH = 17 * theme.SPACE
_ICON = 16
_DIGIT = re.compile(r"\d")


class CountChip(QAbstractButton):
    """A checkable rounded button with icon, text and count."""

    def __init__(self, text: str, icon: str = "", colour: str = "text_muted") -> None:
        super().__init__()
        self.setText(text)
        self._icon_name, self._colour, self._count = icon, colour, -1
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.set_count(0)

    @property
    def count(self) -> int:
        return self._count

    def set_count(self, count: int) -> None:
        if count == self._count:
            return
        before, self._count = self.sizeHint(), count
        self.setAccessibleName(f"{self.text()}: {photos(count)}")
        if self.sizeHint() != before:  # a new layout repaints the whole panel
            self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        icon_rect = _ICON + 6 if self._icon_name else 0
        text_width = self.fontMetrics().horizontalAdvance(self.text())
        digits = _DIGIT.sub("0", f"{self._count:,}")  # the same width for all numbers with as many digits
        return QSize(12 + icon_rect + text_width + 8 + self._metrics().horizontalAdvance(digits) + 12, 32)

    def paintEvent(self, _event: QPaintEvent) -> None:
        colours = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        inset = 1.0 if self.hasFocus() else 0.5
        outline = QRectF(self.rect()).adjusted(inset, inset, -inset, -inset)
        fill = colours.selection if self.isChecked() else colours.hover if self.underMouse() else colours.surface
        edge = colours.accent if self.isChecked() or self.hasFocus() else colours.border
        painter.setPen(QPen(QColor(edge), 2 if self.hasFocus() else 1))
        painter.setBrush(QColor(fill))
        painter.drawRoundedRect(outline, outline.height() / 2, outline.height() / 2)
        left = 12
        if self._icon_name:
            icon_rect = QRect(left, (self.height() - _ICON) // 2, _ICON, _ICON)
            icons.icon(self._icon_name, self._colour).paint(painter, icon_rect)
            left += _ICON + 6
        middle = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        painter.setPen(QColor(colours.text))
        painter.drawText(QRect(left, 0, self.width() - left, self.height()), middle, self.text())
        left += self.fontMetrics().horizontalAdvance(self.text()) + 8
        painter.setFont(self._bold())
        painter.setPen(QColor(colours.text if self._count else colours.text_muted))
        painter.drawText(QRect(left, 0, self.width() - left, self.height()), middle, f"{self._count:,}")

    def _bold(self) -> QFont:
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold)
        return font

    def _metrics(self) -> QFontMetrics:
        return QFontMetrics(self._bold())


class FilterBar(QWidget):
    """The lists and the filters."""

    source_chosen = Signal(object)
    """The list that was chosen, a Source."""
    changed = Signal(object)
    """The filter, a Query of status, values, corrected and text."""
    finished = Signal()
    """The search is complete (Return, Down or Escape): focus the table."""

    def __init__(self) -> None:
        super().__init__()
        self._categories: Counter[str] = Counter()
        self._category: str | None = None
        self.source_box = ChoiceBox()
        self.source_box.setAccessibleName("Which photos to list")
        for source, (text, tip) in _SOURCES.items():
            self.source_box.addItem(text, source)
            self.source_box.setItemData(self.source_box.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self.source_box.setFixedWidth(_SOURCE_WIDTH)
        self.source_box.activated.connect(self._source_activated)
        self.all_chip = CountChip("All")
        self.status_chips = {s: CountChip(STATUS_WORDS[s], STATUS_ICONS[s], STATUS_COLOURS[s]) for s in Status}
        self.user_chips = {
            True: CountChip("Corrected", "tag", "accent"),
            False: CountChip("Confirmed", "tag", "accent"),
        }
        self.user_chips[True].setToolTip("Photos of which you changed the category or an attribute")
        self.user_chips[False].setToolTip("Photos of which you confirmed the answers of the model")
        group = QButtonGroup(self)
        for chip in self._chips():
            group.addButton(chip)
        self.all_chip.setChecked(True)
        group.buttonClicked.connect(self._emit_changed)
        self.category_button = QPushButton("All categories")
        self.category_button.setIcon(icons.icon("filter", "text_muted"))
        self.category_button.setAccessibleName("Show one category only")
        self.category_button.setMaximumWidth(26 * theme.SPACE)
        self.category_button.clicked.connect(self._open_categories)
        self.picker = ChoicePicker(self)
        self.picker.picked.connect(self._category_picked)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search")
        self.search.setAccessibleName("Search names, categories and attributes")
        self.search.setToolTip(
            "Every word must be part of the file's name, its category or an attribute, such as “navy dress” "
            f"({native(QKeySequence.StandardKey.Find)})"
        )
        self.search.addAction(icons.icon("search", "text_muted"), QLineEdit.ActionPosition.LeadingPosition)
        self.search.setClearButtonEnabled(True)
        self.search.setMinimumWidth(14 * theme.SPACE)
        self.search.setMaximumWidth(36 * theme.SPACE)
        self._search_timer = QTimer(self)
        self._search_timer.setSingleShot(True)
        self._search_timer.setInterval(_SEARCH_DELAY_MS)
        self._search_timer.timeout.connect(self._emit_changed)
        self.search.textChanged.connect(self._text_edited)
        self.search.installEventFilter(self)
        layouts.row(self.source_box, *self._chips(), layouts.FILL, self.category_button, (self.search, 2), parent=self)
        self._hide_empty_chips()
        theme.notifier().changed.connect(self.update)

    def focus_chain(self) -> tuple[QWidget, ...]:
        """The widgets for Tab, from left to right."""
        return (self.source_box, *self._chips(), self.category_button, self.search)

    def _chips(self) -> tuple[CountChip, ...]:
        return (self.all_chip, *self.status_chips.values(), *self.user_chips.values())

    def filter(self) -> Query:
        status = next((status for status, chip in self.status_chips.items() if chip.isChecked()), None)
        corrected = next((corrected for corrected, chip in self.user_chips.items() if chip.isChecked()), None)
        values = {CATEGORY: self._category} if self._category else {}
        return Query(status, values=values, corrected=corrected, text=self.search.text())

    def show_figures(self, figures: ListFigures) -> None:
        self.all_chip.set_count(figures.photos)
        for status, chip in self.status_chips.items():
            chip.set_count(figures.statuses[status])
        self.user_chips[True].set_count(figures.corrected)
        self.user_chips[False].set_count(figures.confirmed)
        self._hide_empty_chips()
        self._categories = figures.categories

    def show_source(self, source: Source) -> None:
        self.source_box.setCurrentIndex(self.source_box.findData(source))

    @Slot()
    def reset(self) -> None:
        """Show all photos of the list."""
        self.set_filter(Query())

    def set_filter(self, wanted: Query) -> None:
        status, category = (
            next(iter(asked_values(asked or ())), None) for asked in (wanted.status, wanted.values.get(CATEGORY))
        )
        chip = self.status_chips[Status(status)] if status else self.all_chip
        (chip if wanted.corrected is None else self.user_chips[wanted.corrected]).setChecked(True)
        self._set_category(category)
        self.search.setText(wanted.text)
        self._search_timer.stop()
        self._emit_changed()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Return, Down and Escape focus the table; Escape clears the search."""
        if watched is not self.search or not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return super().eventFilter(watched, event)
        if event.key() == Qt.Key.Key_Escape:
            self.search.clear()
        elif event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down):
            return False
        self._search_timer.stop()
        self._emit_changed()
        self.finished.emit()
        return True

    def _hide_empty_chips(self) -> None:
        for chip in (self.status_chips[Status.ERROR], *self.user_chips.values()):
            chip.setVisible(chip.count > 0 or chip.isChecked())

    @Slot(int)
    def _source_activated(self, place: int) -> None:
        self.source_chosen.emit(Source(self.source_box.itemData(place)))

    @Slot()
    def _emit_changed(self) -> None:
        self.changed.emit(self.filter())

    @Slot()
    def _text_edited(self) -> None:
        self._search_timer.start()

    @Slot()
    def _open_categories(self) -> None:
        total = self.all_chip.count
        choices = [Choice(_ALL_CATEGORIES, f"{total:,}", "All categories")]
        by_name = sorted(self._categories.items(), key=lambda entry: entry[0].casefold())
        choices += [Choice(label, f"{n:,}") for label, n in by_name]
        button = self.category_button
        anchor = QRect(button.mapToGlobal(button.rect().topLeft()), button.size())
        self.picker.open_at(anchor, "Show only", choices, current=self._category or _ALL_CATEGORIES)

    @Slot(str)
    def _category_picked(self, label: str) -> None:
        self._set_category(None if label == _ALL_CATEGORIES else label)
        self._emit_changed()

    def _set_category(self, label: str | None) -> None:
        self._category = label
        room = self.category_button.maximumWidth() - 9 * theme.SPACE
        text = self.category_button.fontMetrics().elidedText(
            label or "All categories", Qt.TextElideMode.ElideRight, room
        )
        self.category_button.setText(text.replace("&", "&&"))
        self.category_button.setToolTip(f"Only {label} is shown" if label else "")
        self.category_button.setIcon(icons.icon("filter", "accent" if label else "text_muted"))
