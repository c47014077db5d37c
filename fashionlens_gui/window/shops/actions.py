"""The menu actions about shops, each of which opens its dialog."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from fashionlens_gui.window.shell import file_choice, icons
from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess

if TYPE_CHECKING:
    from fashionlens_gui.settings import Settings
    from fashionlens_gui.window.shops.export_work import ProductScope
    from fashionlens_gui.window.shops.work_dialog import WorkDialog


class ShopActions(QObject):
    """The actions and the dialogs that are open, one of each kind.

    Args:
        access: The catalogue; while it is not open, nothing can be exported.
        scopes: Gives the products that can be exported now, the usual first.
        settings: The last profile, and the folder of file dialogs.
        window: The parent of the dialogs.

    Attributes:
        export: For the menu bar, and for the menu of the button that saves a CSV.
        dialogs: The last dialog of each kind; may be deleted.
    """

    photos_asked = Signal(list)
    """Show these photos, ids, in the Tag tab."""
    language_chosen = Signal()
    """The window shows values in another language."""
    training_asked = Signal(object)
    """Train on the photos of this table, a path."""

    def __init__(
        self,
        access: CatalogueAccess,
        scopes: Callable[[], Sequence[ProductScope]],
        settings: Settings,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._access, self._scopes, self._settings, self._window = access, scopes, settings, window
        self.dialogs: dict[str, WorkDialog] = {}
        self.export = self._make(
            "&Export to a shop…", "export", "Products as Shopify, WooCommerce, Google… import them"
        )
        self.export.setShortcut(QKeySequence("Ctrl+E"))
        self.images = self._make("&Images for the shop…", "photos", "Check photos against a shop’s limits; copies")
        self.shop_file = self._make("&Start from the shop’s file…", "folder", "Fill what is empty in the shop’s export")
        self.table = self._make("A&pply an edited table…", "check", "Take over what was changed in a CSV or Excel file")
        self.names = self._make("&My words…", "tag", "What you call categories and values; your shop’s categories")
        for action, slot in (
            (self.names, self.open_names),
            (self.export, self.open_export),
            (self.images, self.open_images),
            (self.shop_file, self.choose_shop_file),
            (self.table, self.choose_table),
        ):
            action.triggered.connect(slot)
        for signal in (access.opened, access.closing, access.failed):
            signal.connect(self._update)
        self._update()

    @property
    def all(self) -> tuple[QAction, ...]:
        """In the order of the menu."""
        return (self.export, self.images, self.shop_file, self.table, self.names)

    @Slot()
    def open_export(self) -> None:
        from fashionlens_gui.window.shops.export_dialog import ExportDialog

        def make() -> WorkDialog:
            dialog = ExportDialog(self._access, self._scopes(), self._settings, self._window)
            dialog.photos_asked.connect(self.photos_asked)
            return dialog

        self._show("export", make)

    @Slot()
    def open_images(self) -> None:
        from fashionlens_gui.window.shops.images_dialog import ImagesDialog

        def make() -> WorkDialog:
            dialog = ImagesDialog(self._access, self._scopes(), self._settings, self._window)
            dialog.photos_asked.connect(self.photos_asked)
            return dialog

        self._show("images", make)

    @Slot()
    def choose_shop_file(self) -> None:
        title, kinds = "A file that the shop has exported", "Exports of shops (*.csv *.tsv *.txt *.xml);;All files (*)"
        file = file_choice.open_file(self._window, self._settings, title, kinds)
        if file is None:
            return
        from fashionlens_gui.window.shops.shop_file_dialog import ShopFileDialog

        def make() -> WorkDialog:
            dialog = ShopFileDialog(self._access, file, self._settings, self._window)
            dialog.photos_asked.connect(self.photos_asked)
            dialog.training_asked.connect(self.training_asked)
            return dialog

        self._show("shop_file", make, anew=True)

    @Slot()
    def choose_table(self) -> None:
        title, kinds = "An edited table", "Tables (*.csv *.tsv *.txt *.xlsx *.xlsm);;All files (*)"
        file = file_choice.open_file(self._window, self._settings, title, kinds)
        if file is None:
            return
        from fashionlens_gui.window.shops.table_dialog import TableDialog

        def make() -> WorkDialog:
            dialog = TableDialog(self._access, file, self._window)
            dialog.photos_asked.connect(self.photos_asked)
            return dialog

        self._show("table", make, anew=True)

    @Slot()
    def open_names(self) -> None:
        from fashionlens_gui.window.shops.names_dialog import NamesDialog

        def make() -> WorkDialog:
            dialog = NamesDialog(self._access, self._settings, self._window)
            dialog.language_chosen.connect(self.language_chosen)
            return dialog

        self._show("names", make)

    def shutdown(self) -> None:
        for dialog in self.dialogs.values():
            if shiboken6.isValid(dialog):
                dialog.done(0)

    def _show(self, kind: str, make: Callable[[], WorkDialog], anew: bool = False) -> None:
        """Show a dialog, or bring the open one to the front; ``anew`` closes that one."""
        if self._access.catalogue is None:
            return
        dialog = self.dialogs.get(kind)
        if anew and dialog is not None and shiboken6.isValid(dialog):
            dialog.done(0)
        if anew or dialog is None or not shiboken6.isValid(dialog) or not dialog.isVisible():
            dialog = self.dialogs[kind] = make()
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()

    def _make(self, text: str, icon: str, tip: str) -> QAction:
        action = QAction(icons.icon(icon), text, self)
        action.setToolTip(tip)
        action.setStatusTip(tip)
        return action

    @Slot()
    def _update(self, *_: object) -> None:
        for action in self.all:
            action.setEnabled(self._access.catalogue is not None)
