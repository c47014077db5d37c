"""The dialog “My words”: what people call categories and values, and where shops and Google put them."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QLineEdit, QWidget

from fashionlens_gui import paths
from fashionlens_gui.catalogue import operations
from fashionlens_gui.catalogue.catalogue import Catalogue, Changes, Kind
from fashionlens_gui.catalogue.operation_log import OperationKind
from fashionlens_gui.catalogue.own_names import LANGUAGES, Key, own_names, set_names
from fashionlens_gui.messages import sentence
from fashionlens_gui.shops.names import Names, english_plural, read_names, write_names
from fashionlens_gui.shops.translations import translations
from fashionlens_gui.window.shell import file_choice, layouts, responsive_import, theme
from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess
from fashionlens_gui.window.shell.widgets import ChoiceBox
from fashionlens_gui.window.shops.names_table import NamesTable, Words
from fashionlens_gui.window.shops.profile_names import LANGUAGES as LANGUAGE_NAMES
from fashionlens_gui.window.shops.work_dialog import WorkDialog, dialog_button
from trainer import taxonomy
from trainer.control import WorkControl
from trainer.errors import FashionLensError
from trainer.number_format import number
from trainer.taxonomy import CATEGORY, CATEGORY_AND_ATTRIBUTES

if TYPE_CHECKING:
    from fashionlens_gui.settings import Settings

_SIZE = QSize(128 * theme.SPACE, 80 * theme.SPACE)


class NamesDialog(WorkDialog):
    """Edits own names; each edit is one undo.

    Args:
        access: The catalogue.
        settings: The language in which the window shows values.
        parent: The window.
    """

    language_chosen = Signal()
    """The window shows values in another language."""

    def __init__(self, access: CatalogueAccess, settings: Settings, parent: QWidget) -> None:
        super().__init__("My words", access, parent)
        self._settings = settings
        self._stale = False
        self.attribute_choice = ChoiceBox()
        self.attribute_choice.setAccessibleName("Category or attribute")
        self.attribute_choice.addItem("Everything", "")
        for name in CATEGORY_AND_ATTRIBUTES:
            self.attribute_choice.addItem("Categories" if name == CATEGORY else name.capitalize(), name)
        self.attribute_choice.setMinimumContentsLength(10)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search")
        self.search.setAccessibleName("Search in the words")
        self.search.setClearButtonEnabled(True)
        self.mine_box = QCheckBox("Only what I changed")
        self.language_choice = ChoiceBox()
        self.language_choice.setAccessibleName("Language in the window")
        for code, title in LANGUAGE_NAMES.items():
            self.language_choice.addItem(title, code)
        self.language_choice.setMinimumContentsLength(8)
        self.language_choice.setCurrentIndex(max(0, self.language_choice.findData(settings.names_language)))
        self.table = NamesTable()
        self.count = theme.muted("")
        self.undo_button = dialog_button("Undo", "undo")
        self.read_button, self.write_button = (
            dialog_button("Read a table…", "folder"),
            dialog_button("Save as a table…", "save"),
        )
        close = dialog_button("Close")
        close.clicked.connect(self.reject)
        layouts.column(
            self.notice,
            layouts.row(
                self.attribute_choice, (self.search, 1), 1, self.mine_box, 2,
                theme.muted("Shown in"), self.language_choice,
            ),
            (self.table, 1),
            layouts.row(
                self.undo_button, self.read_button, self.write_button, 1, (self.count, 1), close
            ),
            parent=self,
            spacing=1.5,
            margins=3,
        )  # fmt: skip
        self.attribute_choice.activated.connect(self._filter)
        self.search.textChanged.connect(self._filter)
        self.mine_box.toggled.connect(self._filter)
        self.language_choice.activated.connect(self._choose_language)
        self.table.names.edited.connect(self._edit)
        self.table.names.refused.connect(partial(self.notice.show_message, "warning"))
        self.undo_button.clicked.connect(self._undo)
        self.read_button.clicked.connect(self._choose_table)
        self.write_button.clicked.connect(self._save_table)
        access.changed.connect(self._changed)
        access.undo_changed.connect(self.update_buttons)
        self.resize_within(_SIZE)
        self._read()

    # -- what is shown ------------------------------------------------------------------------------------------------
    def _read(self) -> None:
        catalogue = self._access.catalogue
        if catalogue is None:
            return
        if self.busy:
            self._stale = True
            return
        self._stale = False
        self._slot.start(partial(_words, catalogue), self._show)
        self.update_buttons()  # else a click on one of them would be lost

    def _show(self, words: Words) -> None:
        if self._closed:
            return
        self.table.names.show_words(words)
        self._show_count()
        self.update_buttons()

    @Slot()
    def _filter(self, *_: object) -> None:
        attribute = str(self.attribute_choice.currentData())
        self.table.names.filter(attribute, self.search.text(), self.mine_box.isChecked())
        self._show_count()

    def _show_count(self) -> None:
        shown, mine = len(self.table.names.rows), len({key[:2] for key in self.table.names.words.own})
        yours = f", {number(mine)} with something of yours" if mine else ""
        self.count.setText(f"{number(shown)} words{yours}. Grey texts came with FashionLens.")

    @Slot(object)
    def _changed(self, changes: Changes) -> None:
        if changes.kinds & {Kind.VOCABULARY, Kind.VALUES}:
            self._read()

    def update_buttons(self, *_: object) -> None:
        why = self.why_not_writable
        undo = self._access.undo_operation
        mine = undo is not None and undo.kind == OperationKind.SET_NAMES
        self.undo_button.setEnabled(mine and not why)
        self.undo_button.setText(f"Undo “{undo.value}”" if mine and undo is not None and undo.value else "Undo")
        self.undo_button.setToolTip(why)
        self.read_button.setEnabled(not why and not self.busy)
        self.read_button.setToolTip(why or "Take over an edited table, CSV or Excel; one Undo takes it back")
        self.write_button.setEnabled(not self.busy)
        self.write_button.setToolTip("All words, to edit in a spreadsheet")
        if why and not self.notice.has_message:
            self.notice.show_message("info", f"{why} Words can be read, not changed.", closable=False)
        if self._stale and not self.busy:
            self._read()

    # -- changes ------------------------------------------------------------------------------------------------------
    @Slot(tuple, str)
    def _edit(self, key: Key, text: str) -> None:
        if self.why_not_writable:
            return
        self.notice.dismiss()
        self._access.perform(partial(set_names, names={key: text}))

    @Slot()
    def _undo(self) -> None:
        self._access.perform(operations.undo)

    @Slot()
    def _choose_language(self, *_: object) -> None:
        self._settings.names_language = str(self.language_choice.currentData())
        if error := self._settings.save_or_log():
            self.show_error(error)
        self.language_chosen.emit()

    @Slot()
    def _choose_table(self) -> None:
        file = file_choice.open_file(self, self._settings, "A table of words", "Tables (*.csv *.xlsx);;All files (*)")
        if file is not None:
            self._access.perform(lambda catalogue: read_names(file, catalogue), self._table_read, self._not_read)

    def _table_read(self, changes: Changes) -> None:
        if not self._closed:
            text = "Your words are taken over." if changes else "The table changes nothing."
            self.notice.show_message("check", text)

    def _not_read(self, error: FashionLensError) -> None:
        if not self._closed:
            self.notice.show_message("error", sentence(error))

    @Slot()
    def _save_table(self) -> None:
        catalogue = self._access.catalogue
        file = file_choice.save_file(self, self._settings, "Save as a table", "words.csv", "Tables (*.csv)")
        if file is not None and catalogue is not None:
            self.run(lambda _control: write_names(file, catalogue), partial(self._table_saved, file))

    def _table_saved(self, file: Path, rows: int) -> None:
        show = [("Show in folder", lambda: file_choice.show_in_folder(file))]
        self.notice.show_message("check", f"{number(rows)} words saved in {file.name}.", show)


def _words(catalogue: Catalogue, _control: WorkControl) -> Words:
    with responsive_import.frequent_switches():
        known, own, added = taxonomy.load(paths.taxonomy_dir()), own_names(catalogue), catalogue.vocabulary()
        of_taxonomy = {name: tuple(known.names(name)) for name in CATEGORY_AND_ATTRIBUTES}
        pairs = dict.fromkeys((name, value) for name in CATEGORY_AND_ATTRIBUTES for value in of_taxonomy[name])
        pairs |= dict.fromkeys((name, value) for name in CATEGORY_AND_ATTRIBUTES for value in added.get(name, ()))
        pairs |= dict.fromkeys(key[:2] for key in own)
        order = {name: place for place, name in enumerate(CATEGORY_AND_ATTRIBUTES)}
        values = sorted(pairs, key=lambda pair: (order.get(pair[0], len(order)), pair[1].casefold()))
        shipped: dict[Key, str] = {}
        nothing = Names({})
        for attribute, value in values:
            for language in LANGUAGES:
                shipped[attribute, value, language] = translations().names.get((language, attribute, value), "")
            if attribute == CATEGORY:
                google = nothing.google_category(value)
                shipped[attribute, value, "google"] = "" if google is None else str(google)
                shipped[attribute, value, "plural"] = translations().plurals.get(("en", value)) or english_plural(value)
        return Words(values, own, shipped, of_taxonomy)
