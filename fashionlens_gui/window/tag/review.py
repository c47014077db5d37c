"""Looking at photos and correcting them: what keys, menus, the list of categories and the viewer have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QRect, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from fashionlens_gui.window import icons
from fashionlens_gui.window.tag.actions import TagActions
from fashionlens_gui.window.tag.category_picker import CategoryPicker, Choice
from fashionlens_gui.window.tag.choice_bars import choices_of
from fashionlens_gui.window.tag.corrections import Corrections
from fashionlens_gui.window.tag.exporting import show_in_folder
from fashionlens_gui.window.tag.results_model import ResultsModel
from fashionlens_gui.window.tag.review_order import ReviewOrder
from fashionlens_gui.window.tag.table import ResultsTable
from fashionlens_gui.window.tag.viewer import Viewer
from fashionlens_gui.window.tag.wording import percent, photos, shortened

if TYPE_CHECKING:
    from fashionlens_gui.window.active_model import ActiveModel

_IN_MENU = 5
_LONGEST_NAME = 30


class Review(QObject):
    """Connects table, viewer and list of categories with the corrections. The table's current row is the place."""

    viewer_wanted = Signal(bool)
    """Show the viewer (True) or the list (False)."""
    through = Signal()
    """The last photo of a filtered list was dealt with in the viewer."""

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
    ) -> None:
        super().__init__(owner)
        self._model, self._order, self._table, self._viewer = model, order, table, viewer
        self._corrections, self._active_model, self._actions = corrections, active_model, actions
        self._viewing = self._acting = False
        self.picker = CategoryPicker(owner)
        self.picker.picked.connect(self._picked)
        table.open_requested.connect(self.open_viewer)
        table.correct_requested.connect(self.open_picker)
        table.choice_requested.connect(self._number_pressed)
        table.customContextMenuRequested.connect(self._open_menu)
        viewer.closed.connect(self.close_viewer)
        viewer.step.connect(self._step)
        viewer.choice.connect(self._number_pressed)
        viewer.picked.connect(self._picked)
        viewer.correct.connect(self.open_picker)
        corrections.changed.connect(self._corrected)
        for signal in (order.rowsInserted, order.rowsRemoved, order.layoutChanged, order.modelReset):
            signal.connect(self.refresh_viewer)

    @property
    def viewing(self) -> bool:
        """Whether the viewer is shown."""
        return self._viewing

    def classes(self) -> list[str]:
        """Categories one may choose: the active model's, then others that the list holds already."""
        entry = self._active_model.entry
        known = list(entry.metadata.classes) if entry is not None else []
        return known + sorted(set(self._model.columns.categories()) - set(known))

    # -- the viewer ---------------------------------------------------------------------------------------------------
    @Slot()
    def open_viewer(self) -> None:
        """Show the current row, or the first, large."""
        if not self._table.currentIndex().isValid():
            if not self._order.rowCount():
                return
            self._table.select_row(self._order.row_at(0))
        self._viewing = True
        self.viewer_wanted.emit(True)
        self.refresh_viewer()
        self._viewer.setFocus()

    @Slot()
    def close_viewer(self) -> None:
        """Back to the list, at the photo that was shown."""
        if not self._viewing:
            return
        self._viewing = False
        self._viewer.leave()
        self.viewer_wanted.emit(False)
        self._table.select_row(self._table.current_row())
        self._table.setFocus()

    @Slot()
    def refresh_viewer(self) -> None:
        """Show what is known now of the current row."""
        if not self._viewing or self._acting:
            return
        row = self._table.current_row()
        if row < 0:
            self.close_viewer()
            return
        place = self._order.place_of(row)
        count = self._order.rowCount()
        following = self._model.tag(self._order.row_at(place + 1)).path if place + 1 < count else None
        self._viewer.show_tag(self._model.tag(row), self.classes(), place, count, following)

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
    def _rows(self) -> list[int]:
        """What a correction is about."""
        if self._viewing:
            return [self._table.current_row()]
        return self._table.selected_rows()

    @Slot(str)
    def open_picker(self, typed: str = "") -> None:
        """Open the list of categories for the rows in question."""
        rows = self._rows()
        if not rows or self._corrections.busy:
            return
        current = self._table.current_row()
        tag = self._model.tag(current if current in rows else rows[0])
        one = len(rows) == 1
        choices = [Choice(label, percent(p) if one else "") for label, p in choices_of(tag, self.classes())]
        about = shortened(PurePosixPath(tag.file).name, _LONGEST_NAME) if one else photos(len(rows))
        anchor = self._viewer.anchor() if self._viewing else self._row_anchor()
        self.picker.open_at(anchor, f"Category for {about}", choices, typed, numbered=True)

    def _row_anchor(self) -> QRect:
        """The current row's category, kept inside the table where the row is scrolled away."""
        rect = self._table.row_rect()
        viewport = self._table.viewport()
        inside = QRect(viewport.mapToGlobal(QPoint(0, 0)), viewport.size())
        rect.moveTop(min(max(rect.top(), inside.top()), inside.bottom() - rect.height()))
        return rect

    @Slot(str)
    def _picked(self, category: str) -> None:
        self._act(lambda rows: self._corrections.correct(rows, category))

    @Slot(int)
    def _number_pressed(self, number: int) -> None:
        self._act(lambda rows: self._corrections.choose(rows, number, self.classes()))

    def _act(self, correct: Callable[[Sequence[int]], None]) -> None:
        rows, place = self._rows(), self._table.currentIndex().row()
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
            self.close_viewer()
            self.through.emit()
        elif self._viewing:
            self._go_to(min(place + 1, count - 1) if stayed else min(place, count - 1))
        elif not stayed and count and not self._table.selected_rows():
            self._go_to(min(place, count - 1))

    @Slot(list)
    def _corrected(self, rows: list[int]) -> None:
        self._model.refresh(rows)
        if len(rows) == 1 and not self._acting:
            self._table.select_row(rows[0])  # an undo shows what it touched
        self.refresh_viewer()

    # -- the menu -----------------------------------------------------------------------------------------------------
    @Slot(QPoint)
    def _open_menu(self, where: QPoint) -> None:
        if not self._table.selected_rows():
            return
        menu = self.menu()
        menu.exec(self._table.viewport().mapToGlobal(where))
        menu.deleteLater()

    def menu(self) -> QMenu:
        """The context menu of the selected rows."""
        rows = self._table.selected_rows()
        tag = self._model.tag(self._table.current_row() if self._table.current_row() in rows else rows[0])
        menu = QMenu(self._table)
        one = len(rows) == 1
        _add(menu, "Open", "zoom", self.open_viewer).setEnabled(one)
        menu.addSeparator()
        choices = choices_of(tag, self.classes())[:_IN_MENU] if one else []
        for number, (label, probability) in enumerate(choices, 1):
            words = f"{number}   {label}".replace("&", "&&")
            words += f"\t{percent(probability)}" if probability is not None else ""
            _add(menu, words, "", lambda label=label: self._picked(label))
        if not one:
            _add(
                menu, f"Confirm {photos(len(rows))} as they are", "check", lambda: self._act(self._corrections.confirm)
            )
        _add(menu, "Choose a category…\tF2", "tag", lambda: self.open_picker(""))
        menu.addSeparator()
        menu.addAction(self._actions.undo)
        menu.addAction(self._actions.redo)
        menu.addSeparator()
        menu.addAction(self._actions.copy)
        _add(menu, "Show in folder", "folder", lambda: show_in_folder(tag.path)).setEnabled(one)
        return menu


def _add(menu: QMenu, text: str, icon: str, action) -> QAction:  # type: ignore[no-untyped-def]
    entry = QAction(text, menu)
    if icon:
        entry.setIcon(icons.icon(icon))
    entry.triggered.connect(lambda _checked=False: action())
    menu.addAction(entry)
    return entry
