"""The menu actions about shops, each of which opens its dialog."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from fashionlens_gui.window.shell import icons
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
        self.export.triggered.connect(self.open_export)
        for signal in (access.opened, access.closing, access.failed):
            signal.connect(self._update)
        self._update()

    @property
    def all(self) -> tuple[QAction, ...]:
        """In the order of the menu."""
        return (self.export,)

    @Slot()
    def open_export(self) -> None:
        from fashionlens_gui.window.shops.export_dialog import ExportDialog

        def make() -> WorkDialog:
            dialog = ExportDialog(self._access, self._scopes(), self._settings, self._window)
            dialog.photos_asked.connect(self.photos_asked)
            return dialog

        self._show("export", make)

    def shutdown(self) -> None:
        for dialog in self.dialogs.values():
            if shiboken6.isValid(dialog):
                dialog.done(0)

    def _show(self, kind: str, make: Callable[[], WorkDialog]) -> None:
        """Show a dialog, or bring the open one to the front."""
        if self._access.catalogue is None:
            return
        dialog = self.dialogs.get(kind)
        if dialog is None or not shiboken6.isValid(dialog) or not dialog.isVisible():
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
