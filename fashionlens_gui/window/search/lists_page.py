"""Lists, saved searches, imports and further pages to choose from, with their counts."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtWidgets import QMenu, QWidget

from fashionlens_gui.catalogue.lists.list_sources import (
    Import,
    ListSource,
    NamedQuery,
    Source,
    counts_of,
    last_imports,
    list_counts,
    place_name,
)
from fashionlens_gui.catalogue.query import Query
from fashionlens_gui.window.search.live_answer import LiveAnswer
from fashionlens_gui.window.search.name_dialog import NameDialog
from fashionlens_gui.window.search.side_tree import SideRow, SideTree
from fashionlens_gui.window.shell import icons
from trainer.number_format import day_of

if TYPE_CHECKING:
    from fashionlens_gui.catalogue.catalogue import Catalogue
    from fashionlens_gui.catalogue.search.saved_searches import SavedSearch
    from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess

_LISTS, _SAVED, _IMPORTS, _MORE = "lists", "saved", "imports", "more"
_TITLES = {_LISTS: "Lists", _SAVED: "Saved searches", _IMPORTS: "Imports", _MORE: "More"}
SOURCE_NAMES = {
    Source.CURRENT: "Current list",
    Source.EVERYTHING: "All photos",
    Source.NEEDS_REVIEW: "Needs review",
    Source.CORRECTED: "Changed by you",
    Source.CONFIRMED: "Confirmed by you",
    Source.FAILED: "Could not be read",
    Source.GONE: "File is missing",
}
_ICONS = {
    Source.CURRENT: ("tag", "text_muted"),
    Source.EVERYTHING: ("photos", "text_muted"),
    Source.NEEDS_REVIEW: ("warning", "review"),
    Source.CORRECTED: ("pencil", "text_muted"),
    Source.CONFIRMED: ("check", "ok"),
    Source.FAILED: ("error", "error"),
    Source.GONE: ("missing", "text_muted"),
}
_TIPS = {
    Source.CURRENT: "Photos that were added since the list was cleared",
    Source.EVERYTHING: "All photos that FashionLens remembers",
    Source.NEEDS_REVIEW: "All photos that need review",
    Source.CORRECTED: "All photos of which you changed the category or an attribute",
    Source.CONFIRMED: "All photos of which you confirmed the answers of the model",
    Source.FAILED: "All photos that could not be read",
    Source.GONE: "All photos whose files are no longer where they were",
}
_ALWAYS = (Source.CURRENT, Source.EVERYTHING, Source.NEEDS_REVIEW)
_MOST_IMPORTS = 8


@dataclass(frozen=True, slots=True)
class _Facts:
    counts: dict[Source, int]
    saved: list[SavedSearch]
    saved_counts: list[int]
    imports: list[Import]
    titles: dict[str, str]


class ListsPage(QObject):
    """Shows what there is to choose in a tree, asked again after each change.

    Args:
        access: The catalogue.
        parent: Owner of the tree and of the dialogs.

    Attributes:
        tree: Shows the rows.
        saved: The saved searches.
    """

    source_chosen = Signal(object)
    """A ListSource."""
    saved_chosen = Signal(object)
    """A SavedSearch."""
    page_chosen = Signal(str)
    """The name of a page."""
    titles_found = Signal(dict)
    """Names of attributes that people defined, by code."""
    failed = Signal(object)
    """A FashionLensError."""

    def __init__(self, access: CatalogueAccess, parent: QWidget) -> None:
        super().__init__(parent)
        self._access, self._owner = access, parent
        self.tree = SideTree("Lists, saved searches and imports")
        for key, title in _TITLES.items():
            self.tree.add_section(key, title)
        self.saved: list[SavedSearch] = []
        self._imports: dict[int, Import] = {}
        self._counts: dict[Source, int] = {}
        self._pages: dict[str, str] = {}
        self._source: ListSource = Source.CURRENT
        self.dialog: NameDialog | None = None
        self.answer = LiveAnswer("counting the photos of lists", access, lambda: _read, self._show, self)
        self.answer.failed.connect(self.failed)
        self.tree.chosen.connect(self._chosen)
        self.tree.delete_pressed.connect(self._delete_pressed)
        self.tree.rename_pressed.connect(self._rename_pressed)
        self.tree.menu_asked.connect(self._open_menu)
        self._show_lists()
        self.mark_source(Source.CURRENT)

    def add_page(self, name: str, icon: str) -> None:
        """Offer a page below “More”."""
        self._pages[name] = icon
        rows = [SideRow(each, each, icon=of) for each, of in self._pages.items()]
        self.tree.set_rows(_MORE, rows)

    # -- which one is shown -------------------------------------------------------------------------------------------
    def mark_source(self, source: ListSource) -> None:
        """Show which list is shown."""
        self._source = source
        self._show_lists()
        if isinstance(source, Source):
            self.tree.mark(_LISTS, source)
        else:
            self.tree.mark(_IMPORTS, source.query.batch)

    def mark_saved(self, name: str) -> None:
        """Show that a saved search is shown."""
        self.tree.mark(_SAVED, name)

    def mark_page(self, name: str) -> None:
        """Show that a page is shown."""
        self.tree.mark(_MORE, name)

    # -- saved searches -----------------------------------------------------------------------------------------------
    def save(self, query: Query, name: str = "") -> None:
        """Ask for a name, and save a query under it."""
        from fashionlens_gui.catalogue.search.saved_searches import save_search

        def named(name: str) -> None:
            self._access.perform(partial(save_search, name=name, query=query), lambda _changes: self.mark_saved(name))

        self._ask_name("Save this search", name, named, replaces=True)

    def rename(self, name: str) -> None:
        """Ask for another name of a saved search."""
        from fashionlens_gui.catalogue.search.saved_searches import rename_search

        def named(new_name: str) -> None:
            self._access.perform(partial(rename_search, name=name, new_name=new_name))

        self._ask_name("Rename this search", name, named, replaces=False)

    def delete(self, name: str) -> None:
        """Delete a saved search; undo brings it back."""
        from fashionlens_gui.catalogue.search.saved_searches import delete_search

        self._access.perform(partial(delete_search, name=name))

    def _ask_name(self, title: str, name: str, act: object, *, replaces: bool) -> None:
        taken = [each.name for each in self.saved if replaces or each.name != name]
        self.dialog = NameDialog(self._owner, title, name, taken, replaces=replaces)
        self.dialog.named.connect(act)
        self.dialog.open()

    # -- what the user does -------------------------------------------------------------------------------------------
    def _chosen(self, section: str, key: Hashable) -> None:
        if section == _LISTS:
            self.source_chosen.emit(Source(str(key)))
        elif section == _IMPORTS:
            self.source_chosen.emit(_source_of(self._imports[int(str(key))]))
        elif section == _MORE:
            self.page_chosen.emit(str(key))
        elif search := next((each for each in self.saved if each.name == key), None):
            self.saved_chosen.emit(search)

    def _delete_pressed(self, section: str, key: Hashable) -> None:
        if section == _SAVED and self._access.writable:
            self.delete(str(key))

    def _rename_pressed(self, section: str, key: Hashable) -> None:
        if section == _SAVED and self._access.writable:
            self.rename(str(key))

    def _open_menu(self, section: str, key: Hashable, where: QPoint) -> None:
        if section == _SAVED:
            menu = self.menu(str(key))
            menu.exec(where)
            menu.deleteLater()

    def menu(self, name: str) -> QMenu:
        """What can be done with a saved search."""
        menu = QMenu(self.tree)
        for text, icon, act in (
            ("Show its photos", "search", partial(self.tree.choose, _SAVED, name)),
            ("Rename…\tF2", "pencil", partial(self.rename, name)),
            ("Delete\tDel", "trash", partial(self.delete, name)),
        ):
            action = menu.addAction(icons.icon(icon), text, act)
            action.setEnabled(icon == "search" or self._access.writable)
        return menu

    # -- rows ---------------------------------------------------------------------------------------------------------
    def _show(self, facts: _Facts) -> None:
        self._counts, self.saved = facts.counts, facts.saved
        self._imports = {each.batch: each for each in facts.imports}
        self._show_lists()
        saved = [
            SideRow(each.name, each.name, count if count >= 0 else None, "bookmark")
            for each, count in zip(facts.saved, facts.saved_counts, strict=True)
        ]
        self.tree.set_rows(_SAVED, saved)
        self.titles_found.emit(facts.titles)
        self.tree.set_rows(_IMPORTS, [_import_row(each) for each in facts.imports])

    def _show_lists(self) -> None:
        rows = [
            SideRow(source, name, self._counts.get(source), *_ICONS[source], tooltip=_TIPS[source])
            for source, name in SOURCE_NAMES.items()
            if source in _ALWAYS or self._counts.get(source) or source == self._source
        ]
        self.tree.set_rows(_LISTS, rows)


def _source_of(each: Import) -> NamedQuery:
    return NamedQuery(f"{place_name(each.paths)}, {day_of(each.begun)}", Query(batch=each.batch))


def _import_row(each: Import) -> SideRow:
    when = day_of(each.begun)
    number, month = when.split()[:2] if when else ("", "")
    short = f"{number} {month[:3]}"
    paths = "\n".join(str(path) for path in each.paths[:10])
    note = "\nNot finished" if each.unfinished else ""
    return SideRow(
        each.batch,
        f"{short} · {place_name(each.paths)}",
        each.photos,
        "pause" if each.unfinished else "folder",
        tooltip=f"{when}\n{paths}{note}",
    )


def _read(catalogue: Catalogue) -> _Facts:
    from fashionlens_gui.catalogue.own_columns import own_titles
    from fashionlens_gui.catalogue.search.saved_searches import saved_searches

    with catalogue.database.read() as database:
        titles = own_titles(database)
    saved = saved_searches(catalogue)
    counts = counts_of(catalogue, [each.query for each in saved])
    return _Facts(list_counts(catalogue), saved, counts, last_imports(catalogue, _MOST_IMPORTS), titles)
