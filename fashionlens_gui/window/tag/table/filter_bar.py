"""Filters of the list: a chip with its count for each status, the category, and a text search."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QLineEdit, QPushButton, QSizePolicy, QWidget

from fashionlens_gui.catalogue.lists.list_figures import ListFigures
from fashionlens_gui.catalogue.query import Query
from fashionlens_gui.tagging.tag import Status
from fashionlens_gui.window.photos.choice_picker import Choice, ChoicePicker
from fashionlens_gui.window.search.filter_parts import as_list
from fashionlens_gui.window.shell import icons, layouts, theme
from fashionlens_gui.window.shell.keys import native
from fashionlens_gui.window.shell.shown_names import shown
from fashionlens_gui.window.tag.table.painting import STATUS_COLOURS, STATUS_ICONS, STATUS_WORDS
from trainer.number_format import photos
from trainer.taxonomy import CATEGORY

_ALL_CATEGORIES = "\0all"
_SEARCH_DELAY_MS = 120
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
    """Some filters as buttons, and the search box; it holds the whole filter, whoever sets it."""

    changed = Signal(object)
    """The filter, a Query."""
    finished = Signal()
    """The search is complete (Return, Down or Escape): focus the table."""

    def __init__(self) -> None:
        super().__init__()
        self._categories: Counter[str] = Counter()
        self._filter = Query()
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
        group.buttonClicked.connect(self._chip_clicked)
        self.category_button = QPushButton("All categories")
        self.category_button.setIcon(icons.icon("filter", "text_muted"))
        self.category_button.setAccessibleName("Show one category only")
        self.category_button.setMaximumWidth(26 * theme.SPACE)
        self.category_button.clicked.connect(self._open_categories)
        self.picker = ChoicePicker(self)
        self.picker.picked.connect(self._category_picked)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search")
        self.search.setAccessibleName("Search names, categories, attributes, notes and tables")
        self.search.setToolTip(
            "Photos with all of these words in their name, category, attributes, notes, SKU or tables of your shop, "
            "such as “navy dress”. The beginning of a word is enough; words in quotation marks must follow each other "
            f"({native(QKeySequence.StandardKey.Find)})"
        )
        self.search.addAction(icons.icon("search", "text_muted"), QLineEdit.ActionPosition.LeadingPosition)
        self.search.setClearButtonEnabled(True)
        self.search.setMinimumWidth(14 * theme.SPACE)
        self.search.setMaximumWidth(36 * theme.SPACE)
        self._search_timer = QTimer(self)
        self._search_timer.setSingleShot(True)
        self._search_timer.setInterval(_SEARCH_DELAY_MS)
        self._search_timer.timeout.connect(self._take_text)
        self.search.textChanged.connect(self._text_edited)
        self.search.installEventFilter(self)
        layouts.row(*self._chips(), layouts.FILL, self.category_button, (self.search, 2), parent=self)
        self._hide_empty_chips()
        theme.notifier().changed.connect(self.update)

    def focus_chain(self) -> tuple[QWidget, ...]:
        """The widgets for Tab, from left to right."""
        return (*self._chips(), self.category_button, self.search)

    def _chips(self) -> tuple[CountChip, ...]:
        return (self.all_chip, *self.status_chips.values(), *self.user_chips.values())

    def filter(self) -> Query:
        """The filter, with the text that is being typed."""
        return replace(self._filter, text=self.search.text())

    def show_figures(self, figures: ListFigures) -> None:
        self.all_chip.set_count(figures.photos)
        for status, chip in self.status_chips.items():
            chip.set_count(figures.statuses[status])
        self.user_chips[True].set_count(figures.corrected)
        self.user_chips[False].set_count(figures.confirmed)
        self._hide_empty_chips()
        self._categories = figures.categories

    @Slot()
    def reset(self) -> None:
        """Show all photos of the list."""
        self.set_filter(Query())

    def set_filter(self, wanted: Query) -> None:
        self._filter = wanted
        statuses, categories = as_list(wanted.status), as_list(wanted.values.get(CATEGORY))
        chip = self.status_chips[Status(statuses[0])] if len(statuses) == 1 else self.all_chip
        (chip if wanted.corrected is None else self.user_chips[wanted.corrected]).setChecked(True)
        self._hide_empty_chips()
        self._show_categories(categories)
        if self.search.text() != wanted.text:
            self.search.setText(wanted.text)
        self._search_timer.stop()
        self.changed.emit(wanted)

    def set_category_shown(self, shown: bool) -> None:
        """Whether the category has its button; the sidebar has all categories, too."""
        self.category_button.setVisible(shown)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Return, Down and Escape focus the table; Escape clears the search."""
        if watched is not self.search or not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return super().eventFilter(watched, event)
        if event.key() == Qt.Key.Key_Escape:
            self.search.clear()
        elif event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down):
            return False
        self._take_text()
        self.finished.emit()
        return True

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._hide_empty_chips()

    def _hide_empty_chips(self) -> None:
        """Hide chips that filter nothing, and those of what people did where there is no room for all."""
        shown = {chip: chip.isChecked() or chip.count > 0 for chip in self._chips()}
        shown |= dict.fromkeys(
            (self.all_chip, self.status_chips[Status.OK], self.status_chips[Status.NEEDS_REVIEW]), True
        )
        others = [self.search] if self.category_button.isHidden() else [self.search, self.category_button]
        needed = sum(chip.sizeHint().width() + theme.SPACE for chip, is_shown in shown.items() if is_shown)
        needed += sum(max(other.minimumWidth(), other.minimumSizeHint().width()) + theme.SPACE for other in others)
        if needed > self.width() and self.isVisible():
            shown |= {chip: chip.isChecked() for chip in self.user_chips.values()}
        for chip, is_shown in shown.items():
            chip.setVisible(is_shown)

    @Slot()
    def _chip_clicked(self) -> None:
        status = next((status for status, chip in self.status_chips.items() if chip.isChecked()), None)
        corrected = next((corrected for corrected, chip in self.user_chips.items() if chip.isChecked()), None)
        self.set_filter(replace(self.filter(), status=status, corrected=corrected))

    @Slot()
    def _take_text(self) -> None:
        self.set_filter(self.filter())

    @Slot()
    def _text_edited(self) -> None:
        self._search_timer.start()

    @Slot()
    def _open_categories(self) -> None:
        total = self.all_chip.count
        choices = [Choice(_ALL_CATEGORIES, f"{total:,}", "All categories")]
        by_name = sorted(self._categories.items(), key=lambda entry: shown(CATEGORY, entry[0]).casefold())
        choices += [Choice(label, f"{n:,}", shown(CATEGORY, label), (label,)) for label, n in by_name]
        button = self.category_button
        anchor = QRect(button.mapToGlobal(button.rect().topLeft()), button.size())
        chosen = as_list(self._filter.values.get(CATEGORY))
        self.picker.open_at(anchor, "Show only", choices, current=chosen[0] if chosen else _ALL_CATEGORIES)

    @Slot(str)
    def _category_picked(self, label: str) -> None:
        values = {name: asked for name, asked in self._filter.values.items() if name != CATEGORY}
        if label != _ALL_CATEGORIES:
            values[CATEGORY] = label
        self.set_filter(replace(self.filter(), values=values))

    def _show_categories(self, chosen: Sequence[str]) -> None:
        room = self.category_button.maximumWidth() - 9 * theme.SPACE
        name = "All categories" if not chosen else chosen[0] if len(chosen) == 1 else f"{len(chosen)} categories"
        text = self.category_button.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, room)
        self.category_button.setText(text.replace("&", "&&"))
        self.category_button.setToolTip(f"Only {', '.join(chosen)} is shown" if chosen else "")
        self.category_button.setIcon(icons.icon("filter", "accent" if chosen else "text_muted"))
