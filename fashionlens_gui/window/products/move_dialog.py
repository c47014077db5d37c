"""Asks for the product that photos are moved to: one that is there, found while one types, or a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QStringListModel, Qt, Signal, Slot
from PySide6.QtWidgets import QCompleter, QDialog, QLineEdit, QWidget

from fashionlens_gui.product_groups.arranging import sku_key
from fashionlens_gui.product_groups.products import all_skus
from fashionlens_gui.tagging.tag import printable
from fashionlens_gui.window.shell import layouts, theme
from fashionlens_gui.window.shell.workers import WorkerSlot
from trainer.number_format import photos

if TYPE_CHECKING:
    from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess

_WIDTH = 52 * theme.SPACE
_LONGEST = 200


class MoveDialog(QDialog):
    """Deleted when it is closed.

    Args:
        access: The catalogue, whose products are offered.
        count: Number of photos.
        parent: The page.
    """

    chosen = Signal(str)
    """The SKU."""

    def __init__(self, access: CatalogueAccess, count: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Move photos")
        self._keys: frozenset[str] = frozenset()
        self.sku = QLineEdit()
        self.sku.setMaxLength(_LONGEST)
        self.sku.setPlaceholderText("SKU")
        self.sku.setAccessibleName("SKU of the product")
        self.hint = theme.muted("Type a SKU. A product that is not there yet is made.")
        self.move_button = theme.primary_button("Move", "check")
        self.move_button.setDefault(True)
        cancel = theme.quiet_button("Cancel")
        cancel.setAutoDefault(False)
        layouts.column(
            theme.heading(f"Move {photos(count)} to"), self.sku, self.hint,
            layouts.row(layouts.FILL, cancel, self.move_button), parent=self, spacing=1.5, margins=3,
        )  # fmt: skip
        self.setFixedWidth(theme.scaled(_WIDTH))
        self._skus = QStringListModel(self)
        completer = QCompleter(self._skus, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.sku.setCompleter(completer)
        self.sku.textChanged.connect(self._update)
        cancel.clicked.connect(self.reject)
        self.move_button.clicked.connect(self._choose)
        self._slot = WorkerSlot[None, list[str]]("reading the SKUs", self, on_result=self._offer)
        catalogue = access.catalogue
        if catalogue is not None:
            self._slot.start(lambda _control: all_skus(catalogue))
        self._update()

    def done(self, result: int) -> None:
        self._slot.shutdown()
        super().done(result)

    def _offer(self, skus: list[str]) -> None:
        self._keys = frozenset(map(sku_key, skus))
        self._skus.setStringList([printable(sku) for sku in skus])
        self._update()

    @Slot()
    def _update(self) -> None:
        sku = self.sku.text().strip()
        known = sku_key(sku) in self._keys
        self.move_button.setEnabled(bool(sku))
        self.move_button.setText("Move" if known or not sku else "Move to a new product")
        self.hint.setText(
            "Type a SKU. A product that is not there yet is made."
            if not sku
            else "This product is there; the photos come after its own."
            if known
            else "There is no such product yet; it is made."
        )

    @Slot()
    def _choose(self) -> None:
        self.chosen.emit(self.sku.text().strip())
        self.accept()
