"""The context menu of the selected rows."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QPoint, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

from fashionlens_gui.window.shell import icons
from fashionlens_gui.window.shell.file_choice import show_in_folder
from fashionlens_gui.window.shell.keys import delete_keys, native
from fashionlens_gui.window.tag.actions import TagActions
from fashionlens_gui.window.tag.attribute_editor import AttributeEditor
from fashionlens_gui.window.tag.review.review import Review
from fashionlens_gui.window.tag.table.photo_table_model import PhotoTableModel
from fashionlens_gui.window.tag.table.table import ResultsTable
from fashionlens_gui.window.tag.vocabulary import category_choices
from trainer.number_format import photos, whole_percent

_CATEGORIES = 5


class RowMenu(QObject):
    """Opens on a right click. Keys do the same.

    Attributes:
        of_several: Further actions for several rows.
    """

    def __init__(
        self,
        table: ResultsTable,
        model: PhotoTableModel,
        review: Review,
        attribute_editor: AttributeEditor,
        actions: TagActions,
    ) -> None:
        super().__init__(table)
        self._table, self._model = table, model
        self._review, self._attribute_editor, self._actions = review, attribute_editor, actions
        self.of_several: list[QAction] = []
        table.customContextMenuRequested.connect(self._open)

    @Slot(QPoint)
    def _open(self, where: QPoint) -> None:
        if not self._table.selected_count():
            return
        menu = self.build()
        menu.exec(self._table.viewport().mapToGlobal(where))
        menu.deleteLater()

    def build(self) -> QMenu:
        selected = self._table.selected_photos()
        tag = self._model.tag(self._table.current_photo() if self._table.current_photo() in selected else selected[0])
        menu = QMenu(self._table)
        one = len(selected) == 1
        _add(menu, "Open", "zoom", self._review.open_viewer).setEnabled(one)
        menu.addSeparator()
        choices = category_choices(tag, self._review.categories())[:_CATEGORIES] if one else []
        for number, (label, probability) in enumerate(choices, 1):
            item_text = f"{number}   {label}".replace("&", "&&")
            item_text += f"\t{whole_percent(probability)}" if probability is not None else ""
            _add(menu, item_text, "", partial(self._review.set_category, label))
        if not one:
            accept = _add(
                menu,
                f"Accept {photos(len(selected))} as they are\t{native('Ctrl+Return')}",
                "check",
                self._review.accept,
            )
            accept.setEnabled(self._actions.accept.isEnabled())
        _add(menu, "Choose a category…\tF2", "tag", lambda: self._review.open_picker(""))
        of_attributes = menu.addMenu(icons.icon("tag", "text_muted"), "Set an attribute\tF3")
        for name in self._review.attribute_names(selected):
            _add(
                of_attributes,
                f"{self._review.title(name)}…".replace("&", "&&"),
                "",
                partial(self._attribute_editor.open_values, name),
            )
        menu.addSeparator()
        menu.addAction(self._actions.similar)
        menu.addSeparator()
        menu.addAction(self._actions.undo)
        menu.addAction(self._actions.redo)
        menu.addSeparator()
        menu.addAction(self._actions.copy)
        _add(menu, "Show in folder", "folder", lambda: show_in_folder(tag.path)).setEnabled(one)
        if not one:
            menu.addActions(self.of_several)
        menu.addSeparator()
        key = delete_keys()[0].toString(QKeySequence.SequenceFormat.NativeText)
        forget = _add(menu, f"Forget…\t{key}", "trash", self._actions.forget.trigger)
        forget.setEnabled(self._actions.forget.isEnabled())
        return menu


def _add(menu: QMenu, text: str, icon: str, action: Callable[[], object]) -> QAction:
    entry = QAction(text, menu)
    if icon:
        entry.setIcon(icons.icon(icon))
    entry.triggered.connect(lambda _checked=False: action())
    menu.addAction(entry)
    return entry
