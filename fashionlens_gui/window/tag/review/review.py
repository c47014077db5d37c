"""Looking at photos and correcting them: what keys, menus, the list of categories and the viewer have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QRect, Signal, Slot
from PySide6.QtWidgets import QWidget

from fashionlens_gui.tagging.tag import Status
from fashionlens_gui.window.photos.category_picker import CategoryPicker, Choice
from fashionlens_gui.window.tag import vocabulary
from fashionlens_gui.window.tag.actions import TagActions
from fashionlens_gui.window.tag.corrections import Corrections
from fashionlens_gui.window.tag.list_summary import shortened
from fashionlens_gui.window.tag.review.viewer import Viewer
from fashionlens_gui.window.tag.review.viewer_head import ViewerPosition
from fashionlens_gui.window.tag.table.results_model import ResultsModel
from fashionlens_gui.window.tag.table.row_order import ReviewOrder
from fashionlens_gui.window.tag.table.table import ResultsTable
from trainer.number_format import photos, whole_percent

if TYPE_CHECKING:
    from fashionlens_gui.settings import Settings
    from fashionlens_gui.tagging.tag import Tag
    from fashionlens_gui.window.shell.active_model import ActiveModel
    from fashionlens_gui.window.tag.unsure_reason import UnsureReason

_LOOKED_AT = 200  # rows of a selection that tell which attributes there are


class Review(QObject):
    """Connects table, viewer and list of categories with the corrections. The table's current row is the place.

    The viewer shows the rows that the table shows. While those are the rows that need review, that is a review: it
    counts what is left and done, begins again with what was passed over, and ends when nothing is left.
    """

    viewer_toggled = Signal(bool)
    """Show the viewer (True) or the list (False)."""

    def __init__(
        self,
        owner: QWidget,
        model: ResultsModel,
        order: ReviewOrder,
        table: ResultsTable,
        viewer: Viewer,
        corrections: Corrections,
        active_model: ActiveModel,
        actions: TagActions,
        settings: Settings,
    ) -> None:
        super().__init__(owner)
        self._model, self._order, self._table, self._viewer = model, order, table, viewer
        self._corrections, self._active_model, self._settings = corrections, active_model, settings
        self._viewing = self._acting = False
        self._reviewed: dict[int, bool] = {}  # row corrected since the viewer opened -> the model's choice was right
        self.picker = CategoryPicker(owner)
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
        viewer.undo.connect(corrections.undo)
        actions.accept.triggered.connect(self.accept)
        corrections.changed.connect(self._corrected)
        for signal in (order.rowsInserted, order.rowsRemoved, order.layoutChanged, order.modelReset):
            signal.connect(self.refresh_viewer)

    @property
    def viewing(self) -> bool:
        """Whether the viewer is shown."""
        return self._viewing

    @property
    def reviewing(self) -> bool:
        """Whether the viewer goes through the rows that need review."""
        return self._viewing and self._order.filter.status == Status.NEEDS_REVIEW

    def classes(self) -> list[str]:
        """Categories one may choose."""
        entry = self._active_model.entry
        return vocabulary.categories(entry.metadata if entry is not None else None, self._model.columns.categories())

    def attributes(self, rows: Sequence[int]) -> list[str]:
        """Attributes one may set: those switched on that the model or one of these rows knows; where none does, all."""
        there = self._known_attributes([self._model.tag(row) for row in rows[:_LOOKED_AT]])
        return there or list(self._settings.attributes)

    def _known_attributes(self, tags: Sequence[Tag]) -> list[str]:
        entry = self._active_model.entry
        said = [each for tag in tags for each in tag.attributes]
        there = vocabulary.attributes_of(entry.metadata if entry is not None else None, said)
        return [name for name in there if name in self._settings.attributes]

    def _unsure_reasons(self, tag: Tag) -> dict[str, UnsureReason | None]:
        """A photo's attributes, and why they are unsure, where they are."""
        said = {each.name: each for each in tag.attributes}
        names = self._known_attributes([tag])
        return {name: self._model.unsure_reason(tag, said[name]) if name in said else None for name in names}

    # -- the viewer ---------------------------------------------------------------------------------------------------
    @Slot()
    def open_viewer(self) -> None:
        """Show the current row, or the first, large."""
        if not self._table.currentIndex().isValid():
            if not self._order.rowCount():
                return
            self._table.select_row(self._order.row_at(0))
        self._reviewed.clear()
        self._viewing = True
        self.viewer_toggled.emit(True)
        self.refresh_viewer()
        self._viewer.setFocus()

    @Slot()
    def close_viewer(self) -> None:
        """Back to the list, at the photo that was shown."""
        if not self._viewing:
            return
        self._viewing = False
        self._viewer.leave()
        self.viewer_toggled.emit(False)
        self._table.select_row(self._table.current_row())
        self._table.setFocus()

    @Slot()
    def refresh_viewer(self) -> None:
        """Show what is known now of the current row."""
        if not self._viewing or self._acting:
            return
        count = self._order.rowCount()
        row = self._table.current_row()
        if not count and self.reviewing:
            confirmed = sum(self._reviewed.values())
            self._viewer.show_end(confirmed, len(self._reviewed) - confirmed)
            return
        if row < 0 and count and self.reviewing:  # an undo brought a photo back
            self._table.select_row(self._order.row_at(0))
            row = self._table.current_row()
        if row < 0:
            self.close_viewer()
            return
        place = self._order.place_of(row)
        following = self._model.tag(self._order.row_at((place + 1) % count)).path if count > 1 else None
        where = ViewerPosition(place, count, len(self._reviewed) if self.reviewing else None)
        tag = self._model.tag(row)
        self._viewer.show_tag(tag, self.classes(), where, self._unsure_reasons(tag), following)

    @Slot(int)
    def _step(self, by: int) -> None:
        place, last = self._table.currentIndex().row(), self._order.rowCount() - 1
        target = {-2: 0, 2: last}.get(by, place + by)
        self._go_to(min(max(0, target), last))

    def _go_to(self, place: int) -> None:
        if 0 <= place < self._order.rowCount():
            self._table.select_row(self._order.row_at(place))
            self.refresh_viewer()

    # -- correcting ---------------------------------------------------------------------------------------------------
    def rows(self) -> list[int]:
        """What a correction is about: the photo in the viewer, or what is selected in the table."""
        if self._viewing:
            return [self._table.current_row()] if self._table.current_row() >= 0 else []
        return self._table.selected_rows()

    @Slot(str)
    def open_picker(self, typed: str = "") -> None:
        """Open the list of categories for the rows in question."""
        rows = self.rows()
        if not rows or self._corrections.busy:
            return
        current = self._table.current_row()
        tag = self._model.tag(current if current in rows else rows[0])
        one = len(rows) == 1
        choices = [
            Choice(label, whole_percent(p) if one else "", words=vocabulary.synonyms(label))
            for label, p in vocabulary.category_choices(tag, self.classes())
        ]
        self.picker.open_at(self.anchor(), f"Category for {self.about(rows)}", choices, typed, numbered=True)

    def about(self, rows: Sequence[int]) -> str:
        """Rows in a few words: a name or a number."""
        if len(rows) != 1:
            return photos(len(rows))
        return shortened(PurePosixPath(self._model.tag(rows[0]).file).name)

    def anchor(self) -> QRect:
        """Where a list opens, in global coordinates: at the viewer's button, or at the current row's category, kept
        inside the table where the row is scrolled away.
        """
        if self._viewing:
            return self._viewer.anchor()
        rect = self._table.row_rect()
        viewport = self._table.viewport()
        inside = QRect(viewport.mapToGlobal(QPoint(0, 0)), viewport.size())
        rect.moveTop(min(max(rect.top(), inside.top()), inside.bottom() - rect.height()))
        return rect

    @Slot(str)
    def set_category(self, category: str) -> None:
        """The rows in question are this."""
        self._act(lambda rows: self._corrections.set_category(rows, category))

    @Slot()
    def accept(self) -> None:
        """The rows in question are what they are shown as; where a photo has no category, ask for it."""
        rows = self.rows()
        if self._viewing and rows and not self._model.tag(rows[0]).category:
            self.open_picker("")
        elif rows:
            self._act(self._corrections.confirm)

    @Slot(int)
    def _number_pressed(self, number: int) -> None:
        self._act(lambda rows: self._corrections.set_ranked_category(rows, number, self.classes()))

    def _act(self, correct: Callable[[Sequence[int]], None]) -> None:
        rows, place = self.rows(), self._table.currentIndex().row()
        self._acting = True  # the viewer turns the page once, when all is settled
        try:
            correct(rows)
        finally:
            self._acting = False
        self._after(rows, place)

    def _after(self, rows: Sequence[int], place: int) -> None:
        """In the viewer go on; where rows left the filtered list, take the one that moved up."""
        count = self._order.rowCount()
        stayed = bool(rows) and self._order.place_of(rows[0]) >= 0
        if self._viewing and not count:
            self.refresh_viewer()
        elif self.reviewing:  # behind the last comes the first of those that were passed over
            self._go_to((place + 1 if stayed else place) % count)
        elif self._viewing:
            self._go_to(min(place + 1, count - 1) if stayed else min(place, count - 1))
        elif not stayed and count and not self._table.selected_rows():
            self._go_to(min(place, count - 1))

    @Slot(list)
    def _corrected(self, rows: list[int]) -> None:
        if self._viewing and len(rows) <= _LOOKED_AT:  # more than a review says at once
            for row in rows:
                tag = self._model.tag(row)
                if tag.source == "user":
                    self._reviewed[row] = tag.ranking is not None and tag.ranking.label == tag.category
                else:  # undone
                    self._reviewed.pop(row, None)
        self._model.refresh(rows)
        if len(rows) == 1 and not self._acting:
            self._table.select_row(rows[0])  # an undo shows what it touched
        self.refresh_viewer()
