"""The groups of duplicates that are listed, and what was decided about each."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from fashionlens_gui.catalogue.files.trash import SettledGroup
from fashionlens_gui.catalogue.search.catalogue_duplicates import CatalogueGroup
from fashionlens_gui.messages.photos import KEEP_REASONS
from trainer.number_format import photos

Index = QModelIndex | QPersistentModelIndex
_PAGE = 200  # groups that are laid out at a time


class DuplicateGroups(QAbstractListModel):
    """Groups; more of them are listed as the view is scrolled.

    Attributes:
        groups: All of them.
        going: How many photos of settled groups do not stay.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.groups: list[CatalogueGroup] = []
        self.going = 0
        self._listed = 0
        self._kept: dict[tuple[int, ...], set[int]] = {}
        self._settled: set[tuple[int, ...]] = set()

    def show(self, groups: Sequence[CatalogueGroup]) -> None:
        """List groups; what was decided about those that are the same as before stays."""
        self.beginResetModel()
        self.groups = list(groups)
        keys = {ids_of(group) for group in groups}
        self._kept = {key: kept for key, kept in self._kept.items() if key in keys}
        self._settled &= keys
        self.going = sum(map(self._going, range(len(self.groups))))
        self._listed = min(_PAGE, len(self.groups))
        self.endResetModel()

    def kept(self, row: int) -> set[int]:
        """The ids of the photos that stay: at first the suggested one."""
        group = self.groups[row]
        return self._kept.get(ids_of(group), {group.photos[group.keep].id})

    def settled(self, row: int) -> bool:
        return ids_of(self.groups[row]) in self._settled

    @property
    def settled_groups(self) -> int:
        """How many are settled."""
        return len(self._settled)

    def toggle(self, row: int, place: int) -> bool:
        """Keep a photo, or no longer; one stays in each group. Returns whether anything changed."""
        photo, kept = self.groups[row].photos[place].id, self.kept(row)
        wanted = kept ^ {photo}
        if not wanted:
            return False
        self.going -= self._going(row)
        self._kept[ids_of(self.groups[row])] = wanted
        self._settled.discard(ids_of(self.groups[row]))
        self._changed(row, row)
        return True

    def settle(self, row: int, settled: bool = True) -> None:
        """Say that the choice is made, or take that back."""
        key = ids_of(self.groups[row])
        self.going -= self._going(row)
        (self._settled.add if settled else self._settled.discard)(key)
        self.going += self._going(row)
        self._changed(row, row)

    def settle_exact(self) -> int:
        """Settle all groups of the same file as they are suggested or chosen; returns how many."""
        rows = [row for row, group in enumerate(self.groups) if group.exact and not self.settled(row)]
        self._settled |= {ids_of(self.groups[row]) for row in rows}
        self.going += sum(map(self._going, rows))
        self._changed(0, self._listed - 1)
        return len(rows)

    def decided(self) -> list[SettledGroup]:
        """The settled groups of which photos go."""
        found = []
        for row, group in enumerate(self.groups):
            kept = self.kept(row)
            if self.settled(row) and len(kept) < len(group.photos):
                found.append(
                    SettledGroup(
                        tuple(photo for photo in group.photos if photo.id in kept),
                        tuple(photo for photo in group.photos if photo.id not in kept),
                    )
                )
        return found

    def headline(self, row: int) -> tuple[str, str]:
        """What a group is, and what is suggested or decided."""
        group, kept = self.groups[row], self.kept(row)
        what = f"{'The same file' if group.exact else 'The same picture'}, {photos(len(group.photos))}"
        going = len(group.photos) - len(kept)
        if self.settled(row):
            return what, f"Settled: {photos(going)} to the trash"
        if kept == {group.photos[group.keep].id}:
            return what, f"Suggestion: keep the marked one, {KEEP_REASONS[group.reason]}"
        return what, f"You keep {len(kept):,}, {going:,} would go" if going else "You keep all"

    # -- Qt -----------------------------------------------------------------------------------------------------------
    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else self._listed

    def canFetchMore(self, parent: Index) -> bool:
        return not parent.isValid() and self._listed < len(self.groups)

    def fetchMore(self, parent: Index) -> None:
        last = min(self._listed + _PAGE, len(self.groups))
        self.beginInsertRows(QModelIndex(), self._listed, last - 1)
        self._listed = last
        self.endInsertRows()

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        if not index.isValid() or role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        names = ", ".join(photo.file.path.name for photo in self.groups[index.row()].photos)
        return f"{'. '.join(self.headline(index.row()))}: {names}"

    def _going(self, row: int) -> int:
        return len(self.groups[row].photos) - len(self.kept(row)) if self.settled(row) else 0

    def _changed(self, first: int, last: int) -> None:
        if self._listed:
            self.dataChanged.emit(self.index(min(first, self._listed - 1)), self.index(min(last, self._listed - 1)))


def ids_of(group: CatalogueGroup) -> tuple[int, ...]:
    """The ids of a group's photos."""
    return tuple(photo.id for photo in group.photos)
