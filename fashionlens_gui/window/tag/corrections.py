"""What people say of photos, as operations on the catalogue; the table shows few photos at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from fashionlens_gui.catalogue import operations
from fashionlens_gui.catalogue.visible_values import review_rule
from fashionlens_gui.tagging.tag import ReviewRule, Tag, printable
from fashionlens_gui.window.tag.photo_list import rows_of
from fashionlens_gui.window.tag.table.photo_table_model import PhotoTableModel
from fashionlens_gui.window.tag.vocabulary import category_choices
from trainer.taxonomy import CATEGORY, CATEGORY_AND_ATTRIBUTES

if TYPE_CHECKING:
    from fashionlens_gui.catalogue.catalogue import Catalogue, Changes
    from fashionlens_gui.settings import Settings
    from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess

_MOST_SHOWN_AT_ONCE = 100  # photos: a few milliseconds in the window's thread


class Corrections(QObject):
    """Corrects photos. Each call is one operation, and one undo.

    All methods return at once; the catalogue is changed in a worker, in their order. Few photos show their new value at
    once, and what was there before if it could not be stored.

    Args:
        access: Changes the catalogue.
        model: Shows values that are being written.
    """

    stepped = Signal(list)
    """Ids of the photos that an undo or a redo changed."""
    ended = Signal(list)
    """Ids of photos whose value could not be stored."""

    def __init__(self, access: CatalogueAccess, model: PhotoTableModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._access, self._model = access, model
        self._last_change = 0
        self._undos_waiting = 0
        self._rules: deque[ReviewRule] = deque(maxlen=1)  # the newest one alone is applied

    @property
    def possible(self) -> bool:
        """Whether the catalogue can be changed."""
        return self._access.writable

    @property
    def can_undo(self) -> bool:
        return self.possible and (self._access.undo_operation is not None or self._access.busy)

    @property
    def can_redo(self) -> bool:
        return self.possible and (self._access.redo_operation is not None or self._undos_waiting > 0)

    def set_category(self, photos: Sequence[int], category: str) -> None:
        self.set_values(CATEGORY, {category: photos})

    def set_attribute(self, photos: Sequence[int], name: str, value: str) -> None:
        """Set an attribute of photos; empty for none."""
        self.set_values(name, {value: photos})

    def set_values(self, name: str, photos_of: Mapping[str, Sequence[int]]) -> None:
        """Set ``category`` or an attribute of the photos of each value."""
        self._correct(name, partial(operations.correct_each, attribute=name, ids_of=photos_of), photos_of)

    def set_ranked_category(self, photos: Sequence[int], rank: int, classes: Sequence[str]) -> None:
        """Set each photo's category to its own ``rank``-th most probable one, from 1; photos with fewer stay."""

        def ranked(rows: Iterable[tuple[int, Tag]]) -> dict[str, list[int]]:
            found: dict[str, list[int]] = {}
            for photo, tag in rows:
                choices = category_choices(tag, classes)
                if rank <= len(choices):
                    found.setdefault(choices[rank - 1][0], []).append(photo)
            return found

        def correct(catalogue: Catalogue) -> Changes:
            return operations.correct_each(catalogue, CATEGORY, ranked(rows_of(catalogue, photos)))

        if len(photos) <= _MOST_SHOWN_AT_ONCE:
            self.set_values(CATEGORY, ranked(zip(photos, self._model.tags(photos), strict=True)))
        else:
            self._correct(CATEGORY, correct, {})

    def confirm(self, photos: Sequence[int]) -> None:
        """Confirm the model's category of photos; those that a person set and those without a category stay."""
        shown: dict[str, list[int]] = {}
        if len(photos) <= _MOST_SHOWN_AT_ONCE:
            for photo, tag in zip(photos, self._model.tags(photos), strict=True):
                if tag.category and tag.source == "model":
                    shown.setdefault(tag.category, []).append(photo)
        self._correct(CATEGORY, partial(operations.confirm, ids=list(photos)), shown)

    def forget(self, photos: Sequence[int]) -> None:
        """Remove photos from the catalogue; an undo brings them back."""
        self._access.perform(partial(operations.forget, ids=list(photos)))

    def add_value(self, name: str, value: str) -> None:
        """Offer a value of ``category`` or an attribute from now on."""
        self._access.perform(partial(operations.keep_values, values={name: [value]}))

    def remove_value(self, name: str, value: str) -> None:
        """Do not offer a value any more that people added; photos keep it."""
        self._access.perform(partial(operations.remove_value, attribute=name, value=value))

    @Slot()
    def undo(self) -> None:
        if self.can_undo:
            self._undos_waiting += 1
            self._access.perform(operations.undo, self._undone, self._undone)

    @Slot()
    def redo(self) -> None:
        if self.can_redo:
            self._access.perform(operations.redo, self._stepped)

    def apply_rule(self, rule: ReviewRule) -> None:
        """Set which photos need review. Not undoable."""
        self._rules.append(rule)
        if self.possible:
            self._access.perform(self._apply_newest_rule)

    def keep_values_of(self, settings: Settings) -> None:
        """Keep the values that people added with an earlier version, which had them in the settings."""
        values = {name: some for name, some in settings.added_values.items() if name in CATEGORY_AND_ATTRIBUTES}
        settings.added_values = {}
        if values and self.possible:
            self._access.perform(
                partial(operations.keep_values, values=values), lambda _changes: settings.save_or_log()
            )

    def _apply_newest_rule(self, catalogue: Catalogue) -> Changes:
        from fashionlens_gui.catalogue.catalogue import Changes

        with catalogue.database.read() as database:
            in_force = review_rule(database)
        rule = self._rules[-1]
        return Changes.none() if rule == in_force else operations.set_review_rule(catalogue, rule)

    def _correct(
        self, name: str, operation: Callable[[Catalogue], Changes], shown: Mapping[str, Sequence[int]]
    ) -> None:
        """Queue an operation. ``shown`` are the photos of each value, to show them at once if they are few."""
        if not self.possible:
            return
        self._last_change += 1
        change = self._last_change
        if sum(map(len, shown.values())) <= _MOST_SHOWN_AT_ONCE:
            for value, photos in shown.items():
                self._model.set_pending(change, photos, name, printable(value.strip()))
        self._access.perform(
            operation,
            lambda _changes: self._model.end_pending(change),
            lambda _error: self.ended.emit(self._model.end_pending(change)),
        )

    def _undone(self, result: object) -> None:
        self._undos_waiting -= 1
        self._stepped(result)

    def _stepped(self, result: object) -> None:
        ids = getattr(result, "ids", ())
        self.stepped.emit([int(id_) for id_ in ids[:2]])
