"""Connects the sidebar with the list: lists, saved searches and filters that are chosen there, and further pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from fashionlens_gui.catalogue.lists.list_sources import ListSource, NamedQuery, Source, query_to_keep
from fashionlens_gui.catalogue.query import Query
from fashionlens_gui.window.search.filter_chips import ActiveFilters, NoMatches
from fashionlens_gui.window.search.filter_parts import filter_parts
from fashionlens_gui.window.search.sidebar import Sidebar
from fashionlens_gui.window.shell.widgets import LazyPage

if TYPE_CHECKING:
    from fashionlens_gui.catalogue.search.saved_searches import SavedSearch
    from fashionlens_gui.settings import Settings
    from fashionlens_gui.window.tag.actions import TagActions
    from fashionlens_gui.window.tag.list_actions import ListActions
    from fashionlens_gui.window.tag.photo_list import PhotoList
    from fashionlens_gui.window.tag.table.filter_bar import FilterBar

WIDE_ENOUGH = 1100
"""Width of the window from which on the sidebar is shown, unless the user has chosen."""


class ListBrowser(QObject):
    """Keeps the sidebar, the filter bar and the list in step, whichever of them the user changes.

    Args:
        owner: Qt parent.
        sidebar: Chooses lists and filters.
        filters: Holds the filter.
        active_filters: Shows it as chips.
        no_matches: Shows it where no photo matches.
        photo_list: Shows the photos.
        list_actions: Chooses what is listed.
        actions: The one that shows and hides the sidebar.
        settings: Remember whether it is shown.

    Attributes:
        page: The page that is shown in place of the list; None for the list.
    """

    changed = Signal()
    """Another page is shown, or the sidebar is shown or hidden."""
    page_added = Signal(object)
    """A LazyPage."""

    def __init__(
        self,
        owner: QWidget,
        sidebar: Sidebar,
        filters: FilterBar,
        active_filters: ActiveFilters,
        no_matches: NoMatches,
        photo_list: PhotoList,
        list_actions: ListActions,
        actions: TagActions,
        settings: Settings,
    ) -> None:
        super().__init__(owner)
        self._owner, self._sidebar, self._filters = owner, sidebar, filters
        self._active, self._no_matches = active_filters, no_matches
        self._list, self._list_actions = photo_list, list_actions
        self._action, self._settings = actions.sidebar, settings
        self._fitting = False
        self._pages: dict[str, LazyPage[QWidget]] = {}
        self.page: LazyPage[QWidget] | None = None
        sidebar.source_chosen.connect(self._source_chosen)
        sidebar.saved_chosen.connect(self._saved_chosen)
        sidebar.page_chosen.connect(self.open_page)
        sidebar.wanted.connect(self._values_chosen)
        for part in (active_filters, no_matches):
            part.wanted.connect(filters.set_filter)
        sidebar.filters.titles_changed.connect(self._show_list)
        active_filters.save_button.clicked.connect(self.save_search)
        filters.changed.connect(self._show_list)
        photo_list.source_changed.connect(self._source_changed)
        self._action.toggled.connect(self._toggled)

    # -- pages --------------------------------------------------------------------------------------------------------
    def add_page(self, name: str, icon: str, make: Callable[[], QWidget]) -> None:
        """Offer a page in the sidebar, below “More”; it is shown in place of the list.

        Args:
            name: In the sidebar.
            icon: See :func:`fashionlens_gui.window.shell.icons.icon`.
            make: Makes the page when it is opened for the first time.
        """
        page = self._pages[name] = LazyPage(make)
        self._sidebar.lists.add_page(name, icon)
        self.page_added.emit(page)

    @Slot(str)
    def open_page(self, name: str) -> None:
        """Show a page in place of the list."""
        self.page = self._pages[name]
        self._sidebar.show_page(name)
        self.page.ensure()
        self.changed.emit()

    def close_page(self) -> None:
        """Show the list."""
        if self.page is not None:
            self.page = None
            self._sidebar.show_page("")
            self._show_list()
            self.changed.emit()

    # -- lists --------------------------------------------------------------------------------------------------------
    def show_photos(self, name: str, query: Query) -> None:
        """List the photos that a query finds, such as those behind a point of a chart, under a name."""
        self._source_chosen(NamedQuery(name, query))

    @Slot()
    def save_search(self) -> None:
        """Ask for a name, and keep the filters under it."""
        wanted, titles = self._filters.filter(), self._sidebar.filters.titles
        name = ", ".join(part.text.strip("“”") for part in filter_parts(wanted, titles))
        self._sidebar.lists.save(query_to_keep(self._list.source, wanted), name)

    @Slot(object)
    def _values_chosen(self, wanted: Query) -> None:
        """The words that are being typed are kept."""
        self.close_page()
        self._filters.set_filter(replace(wanted, text=self._filters.filter().text))

    def _source_chosen(self, source: ListSource) -> None:
        self.close_page()
        self._list_actions.choose_source(source)

    def _saved_chosen(self, search: SavedSearch) -> None:
        self.close_page()
        self._list_actions.choose_source(Source.EVERYTHING, search.query)
        self._sidebar.show_saved(search)

    @Slot()
    def _source_changed(self) -> None:
        self.close_page()
        self._show_list()

    @Slot()
    def _show_list(self) -> None:
        source, wanted, titles = self._list.source, self._filters.filter(), self._sidebar.filters.titles
        self._active.show_filter(wanted, titles)
        self._no_matches.show_filter(wanted, titles)
        self._sidebar.show_list(source, wanted)

    # -- the sidebar --------------------------------------------------------------------------------------------------
    def fit(self, possible: bool) -> None:
        """Show the sidebar where the user wants it, or else where there is room for it and something to choose.

        Args:
            possible: A list is shown, not one photo of it.
        """
        wanted = self._settings.sidebar
        wide = self._owner.window().width() >= WIDE_ENOUGH and self._list.state.in_catalogue > 0
        shown = wide if wanted is None else wanted
        self._fitting = True
        self._action.setChecked(shown)
        self._fitting = False
        visible = shown and possible
        if self._sidebar.isHidden() == visible:
            self._sidebar.setVisible(visible)
            self._filters.set_category_shown(not visible)

    @Slot(bool)
    def _toggled(self, shown: bool) -> None:
        if self._fitting:
            return
        self._settings.sidebar = shown
        self._settings.save_or_log()
        self.changed.emit()
        if shown:
            self._sidebar.take_focus()
