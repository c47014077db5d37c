"""The dialog “Images for the shop”: photos against the shop's limits, and copies that are within them."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtWidgets import QWidget

from fashionlens_gui import messages
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.shops.image_check import image_limits
from fashionlens_gui.shops.image_copies import ImageCopies, check_images, write_copies
from fashionlens_gui.shops.names import names_of
from fashionlens_gui.shops.problem import Problem, Severity
from fashionlens_gui.shops.product_row import ProductRow
from fashionlens_gui.shops.profile import find_profile
from fashionlens_gui.window.shell import file_choice, layouts, theme
from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess
from fashionlens_gui.window.shell.widgets import ChoiceBox
from fashionlens_gui.window.shops.export_work import VERDICTS, Copies, ProductScope, read_products
from fashionlens_gui.window.shops.image_options import CopyFields
from fashionlens_gui.window.shops.profile_names import PLATFORMS
from fashionlens_gui.window.shops.text_table import TextTable
from fashionlens_gui.window.shops.work_dialog import WorkDialog
from trainer.control import ProgressEvent, WorkControl
from trainer.number_format import number, photos

if TYPE_CHECKING:
    from fashionlens_gui.settings import Settings

_SIZE = QSize(104 * theme.SPACE, 72 * theme.SPACE)
_COLUMNS = ("", "Product", "Photo", "Reason")
_SHOPS = ("shopify", "woocommerce", "google")


@dataclass(frozen=True, slots=True)
class _Result:
    """Problems with the cells to show, the photos of each product, and the copies that were written."""

    problems: list[Problem]
    cells: Sequence[tuple[str, ...]]
    photos_of: dict[str, list[int]]
    photos: int
    copies: ImageCopies | None = None


class ImagesDialog(WorkDialog):
    """Checks the photos of products, and writes copies.

    Args:
        access: The catalogue.
        scopes: Which products there are to choose from, the usual first.
        settings: The last shop, and the folder of the last file dialog.
        parent: The window.
    """

    photos_asked = Signal(list)
    """Show these photos, ids, in the Tag tab."""

    def __init__(
        self, access: CatalogueAccess, scopes: Sequence[ProductScope], settings: Settings, parent: QWidget
    ) -> None:
        super().__init__("Images for the shop", access, parent)
        self._settings, self._scopes = settings, list(scopes)
        self.found: _Result | None = None
        self.shop_choice, self.scope_choice = ChoiceBox(), ChoiceBox()
        self.shop_choice.setAccessibleName("Shop")
        self.scope_choice.setAccessibleName("Products")
        for name in _SHOPS:
            self.shop_choice.addItem(PLATFORMS[name], name)
        self.shop_choice.setCurrentIndex(max(0, self.shop_choice.findData(settings.shop_profile)))
        for scope in self._scopes:
            self.scope_choice.addItem(scope.text)
        self.check_button = theme.quiet_button("Check", "search")
        self.limits = theme.muted("")
        self.summary = theme.plain("Not checked yet.")
        self.table = TextTable("Photos that the shop would refuse or show otherwise", stretched=3)
        self.copies = CopyFields(settings)
        self.write_button = theme.primary_button("Write copies", "save")
        close = theme.quiet_button("Close")
        for button in (self.check_button, close):
            button.setAutoDefault(False)
        layouts.column(
            self.notice,
            layouts.row(
                theme.muted("Shop"), (self.shop_choice, 1), 1, theme.muted("Products"), (self.scope_choice, 2), 1,
                self.check_button,
            ),
            self.limits,
            self.summary,
            (self.table, 1),
            self.work,
            theme.heading("Copies"),
            theme.muted(
                "Photos that fit are copied as they are, others scaled down, in sRGB. Copies do not say where a photo "
                "was taken. Your photos are not touched."
            ),
            self.copies,
            layouts.row(layouts.FILL, close, self.write_button),
            parent=self,
            spacing=1.5,
            margins=3,
        )  # fmt: skip
        self.shop_choice.activated.connect(self._show_limits)
        self.check_button.clicked.connect(self._check)
        self.write_button.clicked.connect(self._write)
        self.copies.changed.connect(self.update_buttons)
        self.table.opened.connect(self._open)
        close.clicked.connect(self.reject)
        self._show_limits()
        self.resize_within(_SIZE)

    @Slot()
    def _show_limits(self, *_: object) -> None:
        limits = image_limits()[self.shop_choice.currentData()]
        self.limits.setText(f"{limits.source}. Formats: {', '.join(limits.formats)}.")
        self.update_buttons()

    @property
    def _scope(self) -> ProductScope:
        return self._scopes[max(0, self.scope_choice.currentIndex())]

    @Slot()
    def _check(self) -> None:
        self._start(None)

    @Slot()
    def _write(self) -> None:
        self._start(self.copies.copies)

    def _start(self, copies: Copies | None) -> None:
        catalogue = self._access.catalogue
        if catalogue is not None:
            shop = self.shop_choice.currentData()
            self.run(partial(_work, catalogue, self._scope, shop, copies), self._show, "starting")

    def _show(self, result: _Result) -> None:
        self.found = result
        tones = ["error" if each.severity == Severity.ERROR else "" for each in result.problems]
        self.table.show_rows(_COLUMNS, result.cells, tones)
        refused = len({(each.sku, each.column) for each in result.problems if each.severity == Severity.ERROR})
        shop = self.shop_choice.currentText()
        fits = "all fit" if not result.problems else f"{shop} would refuse {number(refused)}"
        self.summary.setText(f"{photos(result.photos)}: {fits}.")
        copies = result.copies
        if copies is not None:
            kept = f", {number(copies.kept)} were there already" if copies.kept else ""
            name = next(iter(copies.file_names.values()), "")
            folder = self.copies.copies.folder if name and self.copies.copies is not None else None
            show = [("Show in folder", lambda: file_choice.show_in_folder(folder / name))] if folder else []
            self.summary.setText(f"{photos(len(copies.file_names))} as copies; problems that they have are listed.")
            self.notice.show_message("check", f"{number(copies.written)} copies written{kept}.", show)
        self.update_buttons()

    def update_buttons(self, *_: object) -> None:
        self.check_button.setEnabled(not self.busy)
        self.write_button.setEnabled(not self.busy and self.copies.copies is not None)
        self.write_button.setToolTip("" if self.copies.copies is not None else "Choose a folder for the copies first.")

    @Slot(int)
    def _open(self, row: int) -> None:
        if self.found is not None:
            found = self.found.photos_of.get(self.found.problems[row].sku)
            if found:
                self.photos_asked.emit(found)


def _work(
    catalogue: Catalogue, scope: ProductScope, shop: str, copies: Copies | None, control: WorkControl
) -> Generator[ProgressEvent, None, _Result]:
    """Check the photos of products; where ``copies`` are wanted, write them instead."""
    products = read_products(catalogue, scope)
    profile = find_profile(shop)
    names = names_of(catalogue, profile.language)
    if copies is None:
        found = yield from check_images(products, profile.platform, names, control)
        return _result(found, products)
    made = yield from write_copies(
        products, profile, names, copies.folder, format=copies.format, replace=copies.replace, control=control
    )
    return _result(made.problems, products, made)


def _result(problems: list[Problem], products: list[ProductRow], copies: ImageCopies | None = None) -> _Result:
    problems = sorted(problems, key=lambda each: each.severity != Severity.ERROR)
    cells = []
    for each in problems:
        text = messages.rule_text(each.code, each.parameters)
        cells.append((VERDICTS[each.severity], each.sku, each.column, f"{text[:1].upper()}{text[1:]}"))
    photos_of = {product.sku: [photo.id for photo in product.photos] for product in products}
    return _Result(problems, cells, photos_of, sum(map(len, photos_of.values())), copies)
