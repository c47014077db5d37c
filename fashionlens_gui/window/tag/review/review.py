"""Reviewing and correcting: connects the table, the viewer and the list of categories with the corrections."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QRect, Signal, Slot
from PySide6.QtWidgets import QWidget

from fashionlens_gui.tagging.tag import Status
from fashionlens_gui.window.photos.choice_picker import Choice, ChoicePicker
from fashionlens_gui.window.shell.shown_names import shown
from fashionlens_gui.window.tag import vocabulary
from fashionlens_gui.window.tag.actions import TagActions
from fashionlens_gui.window.tag.corrections import Corrections
from fashionlens_gui.window.tag.list_summary import shortened
from fashionlens_gui.window.tag.photo_list import PhotoList
from fashionlens_gui.window.tag.review.viewer import Viewer
from fashionlens_gui.window.tag.review.viewer_head import ViewerPosition
from fashionlens_gui.window.tag.table.photo_table_model import PhotoTableModel
from fashionlens_gui.window.tag.table.table import ResultsTable
from trainer.number_format import photos, whole_percent
from trainer.taxonomy import CATEGORY, OTHER

if TYPE_CHECKING:
    from fashionlens_gui.catalogue.own_columns import OwnAttribute
    from fashionlens_gui.settings import Settings
    from fashionlens_gui.tagging.tag import Tag
    from fashionlens_gui.window.shell.active_model import ActiveModel
    from trainer.model_files.metadata import ModelMetadata

_SAMPLE = 200  # rows of a selection that are searched for attributes


class Review(QObject):
    """Opens the viewer, and corrects the photo in the viewer or the rows selected in the table.

    The viewer goes through the rows that the table shows; the table's current row is the photo in the viewer. While
    the table shows the rows that need review, this is a review: it counts reviewed photos, starts again with skipped
    ones, and ends when no row is left.
    """

    viewer_toggled = Signal(bool)
    """Show the viewer (True) or the list (False)."""

    def __init__(
        self,
        owner: QWidget,
        model: PhotoTableModel,
        photo_list: PhotoList,
        table: ResultsTable,
        viewer: Viewer,
        corrections: Corrections,
        active_model: ActiveModel,
        actions: TagActions,
        settings: Settings,
    ) -> None:
        super().__init__(owner)
        self._model, self._list, self._table, self._viewer = model, photo_list, table, viewer
        self._corrections, self._active_model, self._settings = corrections, active_model, settings
        self._viewing = self._correcting = False
        self._reviewed: dict[int, bool] = {}  # photo reviewed since the viewer opened -> all was correct
        self._undone = -1  # a photo to show once it is in the list again
        self.picker = ChoicePicker(owner)
        self.picker.added.connect(partial(corrections.add_value, CATEGORY))
        self.picker.removed.connect(partial(corrections.remove_value, CATEGORY))
        self.picker.picked.connect(self.set_category)
        table.open_requested.connect(self.open_viewer)
        table.correct_requested.connect(self.open_picker)
        table.choice_requested.connect(self._number_pressed)
        viewer.closed.connect(self.close_viewer)
        viewer.step.connect(self._step)
        viewer.choice.connect(self._number_pressed)
        viewer.accepted.connect(self.accept)
        viewer.picked.connect(self.set_category)
        viewer.correct.connect(self.open_picker)
        actions.accept.triggered.connect(self.accept)
        photo_list.values_changed.connect(self._values_changed)
        photo_list.rows_found.connect(self.refresh_viewer)
        corrections.stepped.connect(self._stepped)
        corrections.not_stored.connect(self._values_changed)
        for signal in (model.rowsInserted, model.rowsRemoved, model.modelReset):
            signal.connect(self.refresh_viewer)

    @property
    def viewing(self) -> bool:
        return self._viewing

    @property
    def reviewing(self) -> bool:
        """Whether the viewer goes through the rows that need review."""
        return self._viewing and self._list.filter.status == Status.NEEDS_REVIEW

    def categories(self) -> list[str]:
        return vocabulary.categories(self._metadata(), {*self._list.state.figures.categories, *self.values(CATEGORY)})

    def values(self, name: str) -> list[str]:
        """Values of ``category`` or an attribute that people added or set."""
        return self._list.state.vocabulary.get(name, [])

    @property
    def own_attributes(self) -> Mapping[str, OwnAttribute]:
        """Attributes that people defined, by code."""
        return self._list.state.own

    def title(self, name: str) -> str:
        """What an attribute is called."""
        own = self.own_attributes.get(name)
        return vocabulary.TITLES.get(name, name) if own is None else own.name

    def removable_values(self, name: str) -> frozenset[str]:
        """Values that people added and that no photo has."""
        return self._list.state.unused.get(name, frozenset())

    def attribute_names(self, rows: Sequence[int]) -> list[str]:
        """Attributes to set: those that are on and that the model or one of the rows has, or all if there are
        none; and those that people defined.
        """
        names = self._attribute_names(self._model.tags(rows[:_SAMPLE]))
        return [*(names or self._settings.attributes), *self.own_attributes]

    def attributes_in_use(self) -> list[str]:
        """Attributes that are on and that the model predicts."""
        return self._attribute_names(())

    def values_of(self, name: str) -> list[str]:
        """Values of an attribute to choose from."""
        choices = vocabulary.value_choices(name, None, self._metadata(), self.values(name))
        return [value for value, _ in choices]

    def _attribute_names(self, tags: Sequence[Tag]) -> list[str]:
        names = vocabulary.attributes_of(self._metadata(), [each for tag in tags for each in tag.attributes])
        return [name for name in names if name in self._settings.attributes]

    def _metadata(self) -> ModelMetadata | None:
        entry = self._active_model.entry
        return entry.metadata if entry is not None else None

    # -- the viewer ---------------------------------------------------------------------------------------------------
    @Slot()
    def open_viewer(self) -> None:
        """Show the current or the first row in the viewer."""
        if not self._table.currentIndex().isValid():
            if not self._model.rowCount():
                return
            self._table.select_position(0)
        self._reviewed.clear()
        self._viewing = True
        self.viewer_toggled.emit(True)
        self.refresh_viewer()
        self._viewer.setFocus()

    @Slot()
    def close_viewer(self) -> None:
        """Back to the list, with the photo's row selected."""
        if not self._viewing:
            return
        self._viewing = False
        self._viewer.clear()
        self.viewer_toggled.emit(False)
        self._table.select_position(self._table.currentIndex().row())
        self._table.setFocus()

    @Slot()
    def refresh_viewer(self) -> None:
        if not self._viewing or self._correcting:
            return
        count = self._model.rowCount()
        if not count and self.reviewing:
            confirmed = sum(self._reviewed.values())
            self._viewer.show_end(confirmed, len(self._reviewed) - confirmed)
            return
        position = self._table.currentIndex().row()
        if position < 0 and count and self.reviewing:  # an undo added a photo to the empty list
            position = 0
            self._table.select_position(position)
        if position < 0:
            self.close_viewer()
            return
        next_path = self._model.tag_at((position + 1) % count).path if count > 1 else None
        tag = self._model.tag_at(position)
        attributes = {each.name: each for each in (*tag.attributes, *tag.own)}
        own = {code: each.name for code, each in self.own_attributes.items()}
        reasons = {
            name: self._model.unsure_reason(tag, attributes[name]) if name in attributes else None
            for name in (*self._attribute_names([tag]), *own)
        }
        self._viewer.details.show_own(own)
        place = ViewerPosition(position, count, len(self._reviewed) if self.reviewing else None)
        self._viewer.show_tag(tag, self.categories(), place, reasons, next_path)
        self._viewer.details.history.show_entries(self._model.history(self._model.id_at(position)))

    @Slot(int)
    def _step(self, step: int) -> None:
        index, last = self._table.currentIndex().row(), self._model.rowCount() - 1
        self._go_to(min(max(0, {-2: 0, 2: last}.get(step, index + step)), last))

    def _go_to(self, position: int) -> None:
        if 0 <= position < self._model.rowCount():
            self._table.select_position(position)
            self.refresh_viewer()

    # -- correcting ---------------------------------------------------------------------------------------------------
    def targets(self) -> list[int]:
        """The photos that a correction changes: the one in the viewer, or those selected in the table."""
        if self._viewing:
            return [self._table.current_photo()] if self._table.current_photo() >= 0 else []
        return self._table.selected_photos()

    @Slot(str)
    def open_picker(self, typed: str = "") -> None:
        """Open the list of categories for the target rows; ``typed`` is searched for."""
        rows = self.targets()
        if not rows:
            return
        current = self._table.current_photo()
        tag = self._model.tag(current if current in rows else rows[0])
        removable = self.removable_values(CATEGORY)
        lines = dict(vocabulary.category_choices(tag, self.categories()))
        lines.setdefault(OTHER, None)
        choices = [
            Choice(
                label,
                whole_percent(probability) if len(rows) == 1 else "",
                f"{OTHER} (none of these)" if label == OTHER else shown(CATEGORY, label),
                (label, *vocabulary.synonyms(label)),
                always=label == OTHER,
                removable=label in removable,
            )
            for label, probability in lines.items()
        ]
        self.picker.open_at(
            self.anchor(), f"Category for {self.describe(rows)}", choices, typed,
            numbered=True, current=tag.category, can_add=True,
        )  # fmt: skip

    def describe(self, rows: Sequence[int]) -> str:
        """The file name of one row, or the number of rows."""
        if len(rows) != 1:
            return photos(len(rows))
        return shortened(PurePosixPath(self._model.tag(rows[0]).file).name)

    def anchor(self) -> QRect:
        """Where a list opens, in global coordinates: over the viewer's choices, or at the current row's category."""
        if self._viewing:
            return self._viewer.anchor()
        rect = self._table.row_rect()
        viewport = self._table.viewport()
        inside = QRect(viewport.mapToGlobal(QPoint(0, 0)), viewport.size())
        rect.moveTop(min(max(rect.top(), inside.top()), inside.bottom() - rect.height()))  # the row may be scrolled out
        return rect

    @Slot(str)
    def set_category(self, category: str) -> None:
        self._correct(lambda ids: self._corrections.set_category(ids, category))

    @Slot()
    def accept(self) -> None:
        """Confirm the target rows; ask for the category of a photo in the viewer that has none."""
        rows = self.targets()
        if self._viewing and rows and not self._model.tag(rows[0]).category:
            self.open_picker("")
        elif rows:
            self._correct(self._corrections.confirm)

    @Slot(int)
    def _number_pressed(self, number: int) -> None:
        self._correct(lambda ids: self._corrections.set_ranked_category(ids, number, self.categories()))

    def _correct(self, correct: Callable[[Sequence[int]], None]) -> None:
        """Correct the targets, then show the next photo in the viewer."""
        if not self._corrections.possible:
            return
        targets, position = self.targets(), self._table.currentIndex().row()
        self._correcting = True  # no refresh of the viewer before the next photo is known
        try:
            correct(targets)
        finally:
            self._correcting = False
        self._count_reviewed(targets)
        count = self._model.rowCount()
        stayed = bool(targets) and self._model.position_of(targets[0]) >= 0  # else the next one is at its position now
        following = position + 1 if stayed else position
        if self._viewing and not count:
            self.refresh_viewer()
        elif self.reviewing:  # after the last photo, continue with the skipped ones
            self._go_to(following % count)
        elif self._viewing or (not stayed and count and not self._table.selected_count()):
            self._go_to(min(following, count - 1))

    def _count_reviewed(self, ids: Sequence[int]) -> None:
        if not self._viewing or len(ids) > _SAMPLE:  # more are no step of a review
            return
        for photo, tag in zip(ids, self._model.tags(ids), strict=True):
            if tag.source == "user":
                self._reviewed[photo] = not tag.corrected
            else:  # undone
                self._reviewed.pop(photo, None)

    @Slot(list)
    def _values_changed(self, ids: list[int]) -> None:
        self._count_reviewed(ids)
        self.refresh_viewer()

    @Slot(list)
    def _stepped(self, ids: list[int]) -> None:
        """An undo of one photo shows it, as soon as it is in the list."""
        if len(ids) == 1:
            self._undone = ids[0]
            self._list.when_found(self._show_undone)

    def _show_undone(self) -> None:
        photo, self._undone = self._undone, -1
        self._table.select_photo(photo)
        self.refresh_viewer()
