"""Filters by the values that photos have, with counts: several values of one attribute mean any of them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from fashionlens_gui.catalogue.colour_search import NearColour
from fashionlens_gui.catalogue.lists.list_sources import ListSource, Source, filtered, query_of
from fashionlens_gui.catalogue.query import Days, Query
from fashionlens_gui.tagging.tag import printable
from fashionlens_gui.window.search.days_dialog import DaysDialog
from fashionlens_gui.window.search.filter_parts import as_list, days_text, switched, switched_folder, usual_days
from fashionlens_gui.window.search.live_answer import LiveAnswer
from fashionlens_gui.window.search.side_tree import SideRow, SideTree
from fashionlens_gui.window.search.swatches import Srgb, SwatchGrid
from fashionlens_gui.window.shell.shown_names import shown
from trainer.taxonomy import CATEGORY, CATEGORY_AND_ATTRIBUTES

if TYPE_CHECKING:
    from fashionlens_gui.catalogue.catalogue import Catalogue
    from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess

_ADDED, _FOLDER, _COLOUR = "added", "folder", "colour"
_OPEN_AT_FIRST = (CATEGORY, _COLOUR)
_SHOWN = 8
_MORE, _FEWER, _CHOOSE = "\0more", "\0fewer", "\0choose"


@dataclass(frozen=True, slots=True)
class _Asked:
    source: ListSource
    filter: Query
    with_folders: bool


@dataclass(frozen=True, slots=True)
class _Facts:
    """Photos by value, by attribute; names of attributes that people defined, by code; photos by folder."""

    values: dict[str, dict[str, int]]
    titles: dict[str, str]
    folders: dict[Path, int] | None


class FiltersPage(QObject):
    """Shows the values in a tree, asked again after each change.

    Args:
        access: The catalogue.
        parent: Owner of the dialogs.

    Attributes:
        tree: Shows the values.
        swatches: In the tree, above the names of colours.
        titles: Names of attributes that people defined, by code.
    """

    wanted = Signal(object)
    """The filter, a Query, after a value was chosen or no longer is."""
    titles_changed = Signal()
    failed = Signal(object)
    """A FashionLensError."""

    def __init__(self, access: CatalogueAccess, parent: QWidget) -> None:
        super().__init__(parent)
        self._owner = parent
        self._source: ListSource = Source.CURRENT
        self._filter = Query()
        self._facts = _Facts({}, {}, None)
        self._all_values: set[str] = set()  # attributes of which all values are shown
        self.titles: dict[str, str] = {}
        self.dialog: DaysDialog | None = None
        self.tree = SideTree("Filters")
        self.swatches = SwatchGrid()
        for name in CATEGORY_AND_ATTRIBUTES:
            self._add_section(name, name.capitalize())
        for name, title in ((_ADDED, "Added"), (_FOLDER, "Folder")):
            self._add_section(name, title)
        self.answer = LiveAnswer("counting values", access, self._question, self._show, self)
        self.answer.failed.connect(self.failed)
        self.tree.chosen.connect(self._chosen)
        self.tree.opened.connect(self._opened)
        self.swatches.chosen.connect(self._swatch_chosen)
        self._show_days()

    def show_list(self, source: ListSource, wanted: Query) -> None:
        """Count the values of another list, or of one that is filtered in another way."""
        wanted = replace(wanted, sort="arrival", descending=False)
        if (source, wanted) == (self._source, self._filter):
            return
        self._source, self._filter = source, wanted
        self._show_rows()  # the boxes at once, the counts when they are known
        self.answer.ask()

    # -- the question -------------------------------------------------------------------------------------------------
    def _question(self) -> _Read:
        return _Read(_Asked(self._source, self._filter, self.tree.is_open(_FOLDER)))

    def _show(self, facts: _Facts) -> None:
        if facts.folders is None:
            facts = replace(facts, folders=self._facts.folders)
        self._facts = facts
        self.show_titles(facts.titles)
        self._show_rows()

    @Slot(dict)
    def show_titles(self, titles: Mapping[str, str]) -> None:
        """Show the attributes that people defined, by code."""
        if titles == self.titles:
            return
        self.titles = dict(titles)
        for name in self.tree.sections():
            if name not in (*CATEGORY_AND_ATTRIBUTES, _ADDED, _FOLDER, *titles):
                self.tree.remove_section(name)
        for name, title in titles.items():
            if name not in self.tree.sections():
                self.tree.add_section(name, title, is_open=False, before=_ADDED)
            self.tree.set_title(name, title)
        self.titles_changed.emit()

    # -- rows ---------------------------------------------------------------------------------------------------------
    def _add_section(self, name: str, title: str) -> None:
        self.tree.add_section(name, title, is_open=name in _OPEN_AT_FIRST)
        if name == _COLOUR and self.swatches.swatches:
            self.tree.set_widget(_COLOUR, self.swatches)

    def _show_rows(self) -> None:
        for name in (*CATEGORY_AND_ATTRIBUTES, *self.titles):
            self.tree.set_rows(name, self._value_rows(name))
            chosen = len(as_list(self._filter.values.get(name)))
            chosen += name == _COLOUR and self._filter.near_colour is not None
            self.tree.set_note(name, f"{chosen}" if chosen else "")
        near = self._filter.near_colour
        self.swatches.show_chosen(None if near is None else near.srgb)
        self._show_days()
        self._show_folders()

    def _value_rows(self, name: str) -> list[SideRow]:
        counts = self._facts.values.get(name, {})
        chosen = as_list(self._filter.values.get(name))
        title = self.titles.get(name, name)
        found = {value: count for value, count in counts.items() if count}
        found |= {value: counts.get(value, 0) for value in chosen}
        if set(found) == {""} and not chosen:
            return []
        listed = found if name in self._all_values else dict(list(found.items())[:_SHOWN])
        listed |= {value: found[value] for value in chosen}
        colours = {each.name: each.srgb for each in self.swatches.swatches} if name == _COLOUR else {}
        named = _srgb_by_name() if name == _COLOUR else {}
        rows = [
            SideRow(
                value,
                shown(name, value) or f"No {title.lower()}",
                count,
                srgb=named.get(value, colours.get(value)),
                checked=value in chosen,
            )
            for value, count in listed.items()
        ]
        left = len(found) - len(listed)
        if left > 0:
            rows.append(SideRow(_MORE, f"{left:,} more", muted=True))
        elif name in self._all_values and len(found) > _SHOWN:
            rows.append(SideRow(_FEWER, "Show fewer", muted=True))
        return rows

    def _show_days(self) -> None:
        added = self._filter.added
        usual = usual_days()
        rows = [SideRow(text, text, checked=added == days) for text, days in usual.items()]
        if added is not None and added not in usual.values():
            text = days_text(added).removeprefix("Added ")
            rows.append(SideRow(text, text[:1].upper() + text[1:], checked=True))
        rows.append(SideRow(_CHOOSE, "Choose days…", muted=True))
        self.tree.set_rows(_ADDED, rows)
        self.tree.set_note(_ADDED, "1" if added is not None else "")

    def _show_folders(self) -> None:
        counts = self._facts.folders or {}
        chosen = list(self._filter.below)
        listed = counts if _FOLDER in self._all_values else dict(list(counts.items())[:_SHOWN])
        listed = listed | {folder: counts.get(folder, 0) for folder in chosen}
        twice = _names_of_several(listed)
        rows = [
            SideRow(
                folder,
                printable(str(Path(*folder.parts[-2:])) if folder.name in twice else folder.name or str(folder)),
                count or None,
                checked=folder in chosen,
                tooltip=printable(str(folder)),
                is_path=True,
            )
            for folder, count in listed.items()
        ]
        left = len(counts.keys() - listed.keys())
        if left:
            rows.append(SideRow(_MORE, f"{left:,} more", muted=True))
        rows.append(SideRow(_CHOOSE, "Choose a folder…", muted=True))
        self.tree.set_rows(_FOLDER, rows)
        self.tree.set_note(_FOLDER, f"{len(chosen)}" if chosen else "")

    # -- what the user does -------------------------------------------------------------------------------------------
    def _chosen(self, section: str, key: Hashable) -> None:
        if key == _MORE:
            self._all_values.add(section)
            self._show_rows()
        elif key == _FEWER:
            self._all_values.discard(section)
            self._show_rows()
        elif section == _ADDED:
            self._days_chosen(str(key))
        elif section == _FOLDER:
            self._folder_chosen(key)
        else:
            self._want(switched(self._filter, section, str(key)))

    def _days_chosen(self, key: str) -> None:
        if key == _CHOOSE:
            self.dialog = DaysDialog(self._owner, self._filter.added or Days(date.today(), date.today()))
            self.dialog.days_chosen.connect(lambda days: self._want(replace(self._filter, added=days)))
            self.dialog.open()
            return
        days = usual_days().get(key)
        self._want(replace(self._filter, added=None if days == self._filter.added else days))

    def _folder_chosen(self, key: Hashable) -> None:
        if isinstance(key, Path):
            self._want(switched_folder(self._filter, key))
        else:
            dialog = QFileDialog(self._owner, "Photos of a folder")
            dialog.setFileMode(QFileDialog.FileMode.Directory)
            dialog.fileSelected.connect(lambda name: self._want(switched_folder(self._filter, Path(name))))
            dialog.finished.connect(dialog.deleteLater)
            dialog.open()

    def _swatch_chosen(self, srgb: Srgb | None) -> None:
        near = None if srgb is None else NearColour(srgb)
        self._want(replace(self._filter, near_colour=near))

    def _opened(self, section: str) -> None:
        if section == _FOLDER:
            self.answer.ask()

    def _want(self, wanted: Query) -> None:
        self.wanted.emit(wanted)


@dataclass(frozen=True, slots=True)
class _Read:
    """Counts in the thread."""

    asked: _Asked

    def __call__(self, catalogue: Catalogue) -> _Facts:
        from fashionlens_gui.catalogue.files.folders import folders
        from fashionlens_gui.catalogue.own_columns import own_titles
        from fashionlens_gui.catalogue.search.facets import facets

        with catalogue.database.read() as database:
            titles = own_titles(database)
        query = filtered(query_of(self.asked.source, catalogue), self.asked.filter)
        values = facets(catalogue, query, (*CATEGORY_AND_ATTRIBUTES, *titles))
        return _Facts(values, titles, folders(catalogue, query) if self.asked.with_folders else None)


def _srgb_by_name() -> dict[str, Srgb]:
    from fashionlens_gui.bundled_taxonomy import bundled_taxonomy

    taxonomy = bundled_taxonomy()
    return {} if taxonomy is None else {each.name: each.srgb for each in taxonomy.colours if each.srgb is not None}


def _names_of_several(paths: Mapping[Path, int]) -> set[str]:
    """The last names that more than one of the folders has."""
    names = [path.name for path in paths]
    return {name for name in names if names.count(name) > 1}
