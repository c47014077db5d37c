"""The columns of an export profile: their order, names and content; saved as one of the user's own, or as a file."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QLineEdit, QListWidget, QListWidgetItem, QWidget

from fashionlens_gui import paths
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.shops.names import Names, names_of
from fashionlens_gui.shops.product_row import FACTS, ProductRow
from fashionlens_gui.shops.profile import SHIPPED, Column, Profile, delete_profile, read_profile, save_profile
from fashionlens_gui.window.shell import file_choice, layouts, message_box, theme
from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess
from fashionlens_gui.window.shops import export_work
from fashionlens_gui.window.shops.column_form import ColumnForm, is_readable
from fashionlens_gui.window.shops.profile_names import profile_title
from fashionlens_gui.window.shops.work_dialog import WorkDialog, dialog_button
from trainer.control import WorkControl

if TYPE_CHECKING:
    from fashionlens_gui.settings import Settings

_SIZE = QSize(110 * theme.SPACE, 78 * theme.SPACE)
_KINDS = "Export profiles (*.json)"
_BAD_IN_NAMES = '<>:"/\\|?*'


class ProfileEditor(WorkDialog):
    """Edits a copy of a profile; shipped ones stay as they are.

    Args:
        access: The catalogue, for the user's names.
        name: By which the profile is found.
        profile: What is edited.
        products: Of the export; the first one shows what a column gives.
        settings: The folder of the last file dialog.
        parent: The dialog of the export.
    """

    saved = Signal(str)
    """The name by which the saved profile is found; empty after one was deleted."""

    def __init__(
        self,
        access: CatalogueAccess,
        name: str,
        profile: Profile,
        products: Sequence[ProductRow],
        settings: Settings,
        parent: QWidget,
    ) -> None:
        super().__init__("Columns", access, parent)
        self._profile, self._settings, self._products = profile, settings, products[:1]
        self._found_by = name
        self._names = Names({}, profile.language)
        self._build(name)
        self._connect()
        self._show(profile)
        self.resize_within(_SIZE)
        catalogue = access.catalogue
        if catalogue is not None:
            self.run(partial(_read_names, catalogue, profile.language), self._use_names)

    def _build(self, name: str) -> None:
        self.columns = QListWidget()
        self.columns.setAccessibleName("Columns")
        self.columns.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.columns.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.columns.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.columns.setStyleSheet("QListWidget::item { min-height: 26px; padding: 0 8px; }")
        self.columns.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.up_button, self.down_button = dialog_button("Up", "chevron-up"), dialog_button("Down", "chevron-down")
        self.up_button.setToolTip("Alt+Up; or drag the column")
        self.down_button.setToolTip("Alt+Down; or drag the column")
        self.add_button, self.remove_button = dialog_button("Add"), dialog_button("Remove", "trash")
        self.form = ColumnForm(self._result)
        self.name_field = QLineEdit("" if name in SHIPPED else name)
        self.name_field.setPlaceholderText(f"Name, such as My {profile_title(name)}")
        self.name_field.setAccessibleName("Name of the profile")
        self.open_button, self.file_button = dialog_button("Open a file…", "folder"), dialog_button("Save as a file…")
        self.delete_button = dialog_button("Delete my profile…", "trash")
        self.delete_button.setVisible(name not in SHIPPED)
        close = dialog_button("Cancel")
        close.clicked.connect(self.reject)
        self.save_button = theme.primary_button("Save as my profile", "save")
        left = layouts.column(
            (self.columns, 1),
            layouts.row(self.up_button, self.down_button),
            layouts.row(self.add_button, self.remove_button),
        )
        layouts.column(
            self.notice,
            layouts.row((left, 2), (self.form, 3), spacing=3),
            layouts.row(theme.muted("Name"), (self.name_field, 1)),
            layouts.row(self.open_button, self.file_button, self.delete_button, layouts.FILL, close, self.save_button),
            parent=self,
            spacing=2,
            margins=3,
        )

    def _connect(self) -> None:
        self.columns.currentItemChanged.connect(self._show_column)
        self.form.edited.connect(self._column_edited)
        self.name_field.textChanged.connect(self.update_buttons)
        for button, slot in (
            (self.up_button, partial(self._move, -1)),
            (self.down_button, partial(self._move, 1)),
            (self.add_button, self._add),
            (self.remove_button, self._remove),
            (self.open_button, self._open_file),
            (self.file_button, self._save_file),
            (self.delete_button, self._delete),
            (self.save_button, self._save),
        ):
            button.clicked.connect(slot)
        for keys, step in (("Alt+Up", -1), ("Alt+Down", 1)):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.activated.connect(partial(self._move, step))

    @property
    def profile(self) -> Profile:
        """As it is edited."""
        items = (self.columns.item(row) for row in range(self.columns.count()))
        found: list[Column] = [item.data(Qt.ItemDataRole.UserRole) for item in items]
        return msgspec.structs.replace(self._profile, columns=tuple(found))

    def _show(self, profile: Profile) -> None:
        self._profile = profile
        self.columns.clear()
        for column in profile.columns:
            self.columns.addItem(_item(column))
        joined = [name for product in self._products for name in product.fields]
        own = [name for product in self._products for name in product.values if name not in FACTS]
        self.form.show_facts(list(dict.fromkeys((*FACTS, *own, *joined, *profile.constants))))
        self.columns.setCurrentRow(0)
        self.update_buttons()

    def _use_names(self, names: Names) -> None:
        self._names = names
        self._show_column(self.columns.currentItem())

    def _result(self, template: str) -> str:
        product = self._products[0] if self._products else None
        return export_work.result_of_template(template, product, self._profile, self._names)

    # -- columns ------------------------------------------------------------------------------------------------------
    @Slot(QListWidgetItem)
    def _show_column(self, item: QListWidgetItem | None, *_: object) -> None:
        self.form.setEnabled(item is not None)
        if item is not None:
            self.form.show_column(item.data(Qt.ItemDataRole.UserRole))
        self.update_buttons()

    @Slot(object)
    def _column_edited(self, column: Column) -> None:
        item = self.columns.currentItem()
        item.setText(column.name)
        item.setData(Qt.ItemDataRole.UserRole, column)
        self.update_buttons()

    def _move(self, step: int, *_: object) -> None:
        row = self.columns.currentRow()
        if 0 <= row + step < self.columns.count():
            self.columns.insertItem(row + step, self.columns.takeItem(row))
            self.columns.setCurrentRow(row + step)

    @Slot()
    def _add(self) -> None:
        taken = {column.name for column in self.profile.columns}
        name = next(name for number in range(1, 502) if (name := f"Column {number}") not in taken)
        row = self.columns.currentRow() + 1
        self.columns.insertItem(row, _item(Column(name)))
        self.columns.setCurrentRow(row)
        self.form.name_field.setFocus()
        self.form.name_field.selectAll()

    @Slot()
    def _remove(self) -> None:
        if self.columns.count() > 1:
            self.columns.takeItem(self.columns.currentRow())

    # -- files --------------------------------------------------------------------------------------------------------
    @Slot()
    def _open_file(self) -> None:
        file = file_choice.open_file(self, self._settings, "Open an export profile", _KINDS)
        if file is not None:
            self.run(lambda _control: read_profile(file), partial(self._opened, file))

    def _opened(self, file: Path, profile: Profile) -> None:
        self._show(profile)
        self.name_field.setText(file.stem)
        self.notice.show_message("check", f"{file.name} is opened. “Save as my profile” keeps it.")

    @Slot()
    def _save_file(self) -> None:
        file = file_choice.save_file(self, self._settings, "Save as a file", f"{self._name or 'profile'}.json", _KINDS)
        if file is not None:
            profile = self.profile
            self.run(lambda _control: save_profile(profile, file), lambda _none: self._file_saved(file))

    def _file_saved(self, file: Path) -> None:
        show = [("Show in folder", lambda: file_choice.show_in_folder(file))]
        self.notice.show_message("check", f"Saved as {file.name}. Others can open it here.", show)

    @property
    def _name(self) -> str:
        return self.name_field.text().strip()

    @Slot()
    def _save(self) -> None:
        name, file = self._name, paths.profiles_dir() / f"{self._name}.json"
        if file.exists() and not message_box.ask(self, f"Replace your profile “{name}”?", "Replace", "Cancel"):
            return
        profile = msgspec.structs.replace(self.profile, name=name)

        self.run(lambda _control: save_profile(profile, file), lambda _none: self._leave(name))

    def _leave(self, saved: str) -> None:
        self.saved.emit(saved)
        self.accept()

    @Slot()
    def _delete(self) -> None:
        name = self._found_by
        question = f"Delete your profile “{name}”? The history of exports stays. There is no undo."
        if message_box.ask(self, question, "Delete", "Cancel"):
            self.run(lambda _control: delete_profile(name), lambda _none: self._leave(""))

    def update_buttons(self, *_: object) -> None:
        """Enable what can be done; say why a profile cannot be saved."""
        columns = self.profile.columns
        names = [column.name for column in columns]
        wrong = ""
        if self._name.casefold() in SHIPPED:
            wrong = "A profile that came with FashionLens has this name."
        elif any(sign in _BAD_IN_NAMES for sign in self._name):
            wrong = f"A name cannot have any of {_BAD_IN_NAMES}"
        elif len(set(names)) < len(names):
            wrong = f"Two columns are called “{next(name for name in names if names.count(name) > 1)}”."
        elif not all(map(is_readable, columns)):
            wrong = f"“{next(column.name for column in columns if not is_readable(column))}” cannot be read."
        elif not self._name:
            wrong = "Give it a name."
        self.save_button.setEnabled(not wrong and not self.busy)
        self.save_button.setToolTip(wrong or "Keep it in FashionLens, for you")
        self.file_button.setEnabled((not wrong or wrong == "Give it a name.") and not self.busy)
        for button in (self.open_button, self.delete_button):
            button.setEnabled(not self.busy)
        self.remove_button.setEnabled(len(columns) > 1)
        self.up_button.setEnabled(self.columns.currentRow() > 0)
        self.down_button.setEnabled(0 <= self.columns.currentRow() < len(columns) - 1)


def _item(column: Column) -> QListWidgetItem:
    item = QListWidgetItem(column.name)
    item.setData(Qt.ItemDataRole.UserRole, column)
    return item


def _read_names(catalogue: Catalogue, language: str, _control: WorkControl) -> Names:
    return names_of(catalogue, language)
