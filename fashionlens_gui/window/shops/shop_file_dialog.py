"""The dialog “Start from the shop's file”: products matched, empty fields filled, differences, categories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtWidgets import QTabWidget, QWidget

from fashionlens_gui import paths
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.messages import sentence
from fashionlens_gui.shops.catalogue_products import product_rows
from fashionlens_gui.shops.names import names_of
from fashionlens_gui.shops.profile import find_profile
from fashionlens_gui.shops.shop_file import ShopFile, read_shop_file
from fashionlens_gui.shops.shop_update import (
    FieldDifference,
    Matches,
    category_labels,
    differences,
    labels_text,
    match,
    update_file,
)
from fashionlens_gui.tagging.tag import printable
from fashionlens_gui.window.shell import file_choice, layouts, responsive_import, theme
from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess
from fashionlens_gui.window.shell.widgets import ChoiceBox
from fashionlens_gui.window.shops.profile_names import LANGUAGES, PLATFORMS
from fashionlens_gui.window.shops.text_table import TextTable
from fashionlens_gui.window.shops.ticked_table import TickedTable
from fashionlens_gui.window.shops.work_dialog import WorkDialog
from trainer.atomic_write import write_or_rescue, write_text
from trainer.control import WorkControl
from trainer.errors import FashionLensError, SaveError
from trainer.number_format import number, photos

if TYPE_CHECKING:
    from fashionlens_gui.settings import Settings

_SIZE = QSize(104 * theme.SPACE, 72 * theme.SPACE)
_FIELD_COLUMNS = ("Product", "Column", "In the shop", "In FashionLens")
EMPTY, OTHER, ONLY_SHOP, ONLY_HERE = range(4)
"""Indices of the tabs."""


@dataclass(frozen=True, slots=True)
class _Compared:
    """A shop's file beside the catalogue."""

    shop: ShopFile
    matches: Matches
    fills: list[FieldDifference]
    others: list[FieldDifference]
    labels: dict[Path, str]


class ShopFileDialog(WorkDialog):
    """Compares a file that the shop has exported with the catalogue, and writes an update file in its format.

    Args:
        access: The catalogue, which is only read.
        file: Of the shop.
        settings: The folder of the last file dialog.
        parent: The window.
    """

    photos_asked = Signal(list)
    """Show these photos, ids, in the Tag tab."""
    training_asked = Signal(object)
    """Train on the photos of this table, a path."""

    def __init__(self, access: CatalogueAccess, file: Path, settings: Settings, parent: QWidget) -> None:
        super().__init__("Start from the shop’s file", access, parent)
        self._file, self._settings = file, settings
        self.compared: _Compared | None = None
        self.summary = theme.plain("")
        self.language_choice = ChoiceBox()
        self.language_choice.setAccessibleName("Language of names")
        for code, name in LANGUAGES.items():
            self.language_choice.addItem(name, code)
        self.language_choice.setMinimumContentsLength(8)
        self.fills = TickedTable("Fields that are empty in the shop", stretched=3)
        self.others = TickedTable("Fields in which the shop has something else", stretched=3)
        self.only_shop = TextTable("Products that the catalogue does not have", stretched=1)
        self.only_here = TextTable("Products that the shop does not have", stretched=0)
        texts = (
            "Fields that are empty in the shop. Those with a tick are filled.",
            "The shop has something else. With a tick, FashionLens’s text replaces it.",
            "Products of the file that FashionLens does not know by SKU or by the name of an image.",
            "Products of FashionLens that are not in the file. “Export to a shop” makes them new there.",
        )
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        for table, text in zip((self.fills, self.others, self.only_shop, self.only_here), texts, strict=True):
            page = QWidget()
            layouts.column(theme.muted(text), (table, 1), parent=page, margins=(0, 1, 0, 0))
            self.tabs.addTab(page, "")
        self.all_button, self.none_button = theme.quiet_button("Tick all"), theme.quiet_button("Tick none")
        self.train_button = theme.quiet_button("Train with the shop’s categories…", "train")
        self.save_button = theme.primary_button("Save update file…", "save")
        close = theme.quiet_button("Close")
        for button in (self.all_button, self.none_button, self.train_button, close):
            button.setAutoDefault(False)
        title = theme.title(printable(file.name), wraps=True)
        layouts.column(
            layouts.row((title, 1), theme.muted("Language"), self.language_choice),
            self.notice,
            self.summary,
            (self.tabs, 1),
            self.work,
            layouts.row(
                self.all_button, self.none_button, self.train_button, layouts.FILL, close, self.save_button
            ),
            parent=self,
            spacing=2,
            margins=3,
        )  # fmt: skip
        self.language_choice.activated.connect(self._read)
        self.tabs.currentChanged.connect(self.update_buttons)
        for table in (self.fills, self.others):
            table.boxes.changed.connect(self.update_buttons)
            table.opened.connect(partial(self._open, table))
        self.all_button.clicked.connect(partial(self._tick_all, True))
        self.none_button.clicked.connect(partial(self._tick_all, False))
        self.train_button.clicked.connect(self._train)
        self.save_button.clicked.connect(self._save)
        close.clicked.connect(self.reject)
        self.resize_within(_SIZE)
        self._read()

    @Slot()
    def _read(self, *_: object) -> None:
        catalogue = self._access.catalogue
        if catalogue is not None:
            self.summary.setText("Reading the file…")
            self.run(partial(_compare, catalogue, self._file, self.language_choice.currentData()), self._show)

    def show_error(self, error: FashionLensError) -> None:
        super().show_error(error)
        if not self._closed:
            self.summary.setText("")

    def _show(self, found: _Compared) -> None:
        self.compared = found
        for table, rows in ((self.fills, found.fills), (self.others, found.others)):
            table.show_rows(_FIELD_COLUMNS, [(each.sku, each.column, each.theirs, each.ours) for each in rows])
        self.fills.boxes.tick(range(len(found.fills)), True)
        matches = found.matches
        self.only_shop.show_rows(("SKU", "Title"), [(each.sku, each.title) for each in matches.only_shop])
        self.only_here.show_rows(("SKU",), [(each.sku,) for each in matches.only_catalogue])
        named = (
            ("Empty fields", len(found.fills)),
            ("Differences", len(found.others)),
            ("Only in the shop", len(matches.only_shop)),
            ("Only here", len(matches.only_catalogue)),
        )
        for place, (text, count) in enumerate(named):
            self.tabs.setTabText(place, f"{text} ({number(count)})" if count else text)
        by_image = f", {number(matches.by_image)} of them by the name of an image" if matches.by_image else ""
        self.summary.setText(
            f"A file of {PLATFORMS[found.shop.platform]} with {number(len(found.shop.products))} products; "
            f"{number(len(matches.pairs))} are in FashionLens{by_image}."
        )
        self.update_buttons()

    @property
    def changes(self) -> list[FieldDifference]:
        """The fields with a tick."""
        found = self.compared
        if found is None:
            return []
        return [
            *(found.fills[row] for row in self.fills.boxes.ticked),
            *(found.others[row] for row in self.others.boxes.ticked),
        ]

    def update_buttons(self, *_: object) -> None:
        found = self.compared
        products = len({each.row for each in self.changes})
        self.save_button.setEnabled(bool(products) and not self.busy)
        self.save_button.setText(f"Save update of {number(products)} products…" if products else "Save update file…")
        labels = len(found.labels) if found is not None else 0
        self.train_button.setEnabled(labels > 0 and not self.busy)
        self.train_button.setToolTip(f"The file has the category of {photos(labels)}")
        ticks = self.tabs.currentIndex() in (EMPTY, OTHER)
        self.all_button.setEnabled(ticks)
        self.none_button.setEnabled(ticks)

    def _tick_all(self, on: bool, *_: object) -> None:
        table = self.fills if self.tabs.currentIndex() == EMPTY else self.others
        table.boxes.tick(range(table.boxes.rowCount()), on)

    def _open(self, table: TickedTable, row: int) -> None:
        found = self.compared
        if found is None:
            return
        rows: Sequence[FieldDifference] = found.fills if table is self.fills else found.others
        ours = next((each for _, each in found.matches.pairs if each.sku == rows[row].sku), None)
        if ours is not None:
            self.photos_asked.emit([photo.id for photo in ours.photos])

    @Slot()
    def _save(self) -> None:
        found = self.compared
        if found is None:
            return
        suffix = self._file.suffix or f".{found.shop.format}"
        kinds = f"Update file (*{suffix})"
        target = file_choice.save_file(self, self._settings, "Save update file", f"update{suffix}", kinds)
        if target is not None:
            self.run(partial(_write_update, found.shop, self.changes, target), self._saved)

    def _saved(self, result: tuple[Path, SaveError | None]) -> None:
        file, problem = result
        show = [("Show in folder", lambda: file_choice.show_in_folder(file))]
        if problem is None:
            self.notice.show_message("check", f"Saved as {file.name}. Import it into the shop as an update.", show)
        else:
            self.notice.show_message("warning", sentence(problem), show)

    @Slot()
    def _train(self) -> None:
        found = self.compared
        if found is None:
            return
        name = f"{self._file.stem} categories.csv"
        target = file_choice.save_file(self, self._settings, "Labels to train with", name, "Tables (*.csv)")
        if target is not None:
            text = labels_text(found.labels)
            self.run(lambda _control: write_text(target, text), lambda _none: self.training_asked.emit(target))


def _compare(catalogue: Catalogue, file: Path, language: str, _control: WorkControl) -> _Compared:
    with responsive_import.frequent_switches():
        shop = read_shop_file(file)
        profile = msgspec.structs.replace(find_profile(shop.platform), language=language)
        matches = match(shop, product_rows(catalogue))
        found = differences(shop, matches, profile, names_of(catalogue, language))
        fills, others = [each for each in found if each.fills], [each for each in found if not each.fills]
        return _Compared(shop, matches, fills, others, category_labels(matches))


def _write_update(
    shop: ShopFile, changes: Sequence[FieldDifference], target: Path, _control: WorkControl
) -> tuple[Path, SaveError | None]:
    data = update_file(shop, changes)
    return write_or_rescue(target, lambda place: place.write_bytes(data), paths.rescued_dir())
