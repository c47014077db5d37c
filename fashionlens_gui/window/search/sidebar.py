"""The sidebar at the left of the Tag tab: lists to choose, and filters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Signal
from PySide6.QtGui import QColor, QHideEvent, QPainter, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QWidget

from fashionlens_gui.catalogue.lists.list_sources import ListSource, Source
from fashionlens_gui.catalogue.query import Query
from fashionlens_gui.window.search.filter_parts import filter_parts
from fashionlens_gui.window.search.filters_page import FiltersPage
from fashionlens_gui.window.search.lists_page import ListsPage
from fashionlens_gui.window.shell import layouts, theme
from fashionlens_gui.window.shell.widgets import SegmentedChoice

if TYPE_CHECKING:
    from fashionlens_gui.catalogue.search.saved_searches import SavedSearch
    from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess

NARROWEST, _USUAL = 200, 240
_LISTS, _FILTERS = "lists", "filters"


def beside(sidebar: Sidebar, content: QWidget) -> QSplitter:
    """The sidebar, hidden, at the left of what it is for; its width can be changed."""
    sides = QSplitter()
    sides.setHandleWidth(theme.SPACE)
    sides.setStyleSheet("QSplitter::handle { background: transparent; }")
    sides.setChildrenCollapsible(False)
    for place, side in enumerate((sidebar, content)):
        sides.addWidget(side)
        sides.setStretchFactor(place, place)
    sidebar.hide()
    return sides


class Sidebar(QWidget):
    """Two trees, one shown at a time. It asks the catalogue only while it is visible.

    Attributes:
        lists: Lists, saved searches, imports, and further pages.
        filters: Values with counts.
        choice: Switches between both.
    """

    source_chosen = Signal(object)
    """A ListSource."""
    saved_chosen = Signal(object)
    """A SavedSearch."""
    page_chosen = Signal(str)
    """The name of a page."""
    wanted = Signal(object)
    """The filter, a Query."""
    failed = Signal(object)
    """A FashionLensError."""

    def __init__(self, access: CatalogueAccess) -> None:
        super().__init__()
        self.lists, self.filters = ListsPage(access, self), FiltersPage(access, self)
        self.choice = SegmentedChoice([("Lists", _LISTS), ("Filters", _FILTERS)], "Sidebar")
        self.pages = QStackedWidget()
        self.pages.addWidget(self.lists.tree)
        self.pages.addWidget(self.filters.tree)
        head = layouts.row((self.choice, 1), margins=(1, 1, 1, 0.5))
        layouts.column(
            head,
            (self.pages, 1),
            parent=self,
            spacing=0.5,
            margins=(1 / theme.SPACE, 1 / theme.SPACE, 1 / theme.SPACE, 0.75),
        )
        self.setMinimumWidth(theme.scaled(NARROWEST))
        self._saved: SavedSearch | None = None
        self._page = ""
        self.choice.chosen.connect(self.show_part)
        self.lists.source_chosen.connect(self.source_chosen)
        self.lists.saved_chosen.connect(self.saved_chosen)
        self.lists.page_chosen.connect(self.page_chosen)
        self.lists.titles_found.connect(self.filters.show_titles)
        self.filters.wanted.connect(self.wanted)
        for part in (self.lists, self.filters):
            part.failed.connect(self.failed)
        theme.notifier().changed.connect(self.update)

    @property
    def busy(self) -> bool:
        """Whether counts are still to come."""
        return self.lists.answer.busy or self.filters.answer.busy

    def sizeHint(self) -> QSize:
        return QSize(theme.scaled(_USUAL), super().sizeHint().height())

    def show_part(self, part: str) -> None:
        """Show “lists” or “filters”."""
        self.choice.button(part).setChecked(True)
        self.pages.setCurrentIndex((_LISTS, _FILTERS).index(part))
        self._activate()

    def take_focus(self) -> None:
        (self.lists.tree if self.pages.currentIndex() == 0 else self.filters.tree).setFocus()

    def show_list(self, source: ListSource, wanted: Query) -> None:
        """Show which list is shown, and which filters it has."""
        self.filters.show_list(source, wanted)
        count = len(filter_parts(wanted, {}))
        self.choice.button(_FILTERS).setText(f"Filters ({count})" if count else "Filters")
        if self._saved is not None and (source is not Source.EVERYTHING or wanted != self._saved.query):
            self._saved = None
        if self._page:
            self.lists.mark_page(self._page)
        elif self._saved is not None:
            self.lists.mark_saved(self._saved.name)
        else:
            self.lists.mark_source(source)

    def show_saved(self, search: SavedSearch) -> None:
        """Show that a saved search is listed, until another list or filter is."""
        self._saved = search
        self.lists.mark_saved(search.name)

    def show_page(self, name: str) -> None:
        """Show that a page is shown in place of a list; empty for none."""
        self._page = name
        if name:
            self.lists.mark_page(name)

    def shutdown(self) -> None:
        for part in (self.lists, self.filters):
            part.answer.shutdown()

    def _activate(self) -> None:
        shown = self.pages.currentWidget() if self.isVisible() else None
        self.lists.answer.set_active(shown is self.lists.tree)
        self.filters.answer.set_active(shown is self.filters.tree)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._activate()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._activate()

    def paintEvent(self, _event: QPaintEvent) -> None:
        colours = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colours.border), 1))
        painter.setBrush(QColor(colours.surface))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
