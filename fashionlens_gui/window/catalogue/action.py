"""“Catalogue…” in the menu, and what the window shows when the catalogue cannot be used."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from fashionlens_gui.window.catalogue.notice import CatalogueNotice
from fashionlens_gui.window.shell import icons, message_box
from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess
from trainer.errors import FashionLensError

if TYPE_CHECKING:
    from fashionlens_gui.window.catalogue.damaged_dialog import DamagedDialog
    from fashionlens_gui.window.catalogue.dialog import CatalogueDialog


class CatalogueAction(QObject):
    """The menu action and its dialog, the notice, and errors of opening and changing the catalogue.

    Args:
        access: The catalogue.
        is_tagging: Whether photos are being tagged.
        window: The parent of the dialogs.

    Attributes:
        action: For the menu bar.
        notice: For the top of the window.
        dialog: The last dialog; may be deleted.
        damaged_dialog: The last dialog about a damaged catalogue; may be deleted.
    """

    def __init__(self, access: CatalogueAccess, is_tagging: Callable[[], bool], window: QWidget) -> None:
        super().__init__(window)
        self._access, self._is_tagging, self._window = access, is_tagging, window
        self.dialog: CatalogueDialog | None = None
        self.damaged_dialog: DamagedDialog | None = None
        self.notice = CatalogueNotice(access)
        self.action = QAction(icons.icon("info"), "&Catalogue…", self)
        self.action.setToolTip("Where all photos and corrections are kept; backups; merging")
        self.action.triggered.connect(self.open)
        access.failed.connect(self._failed)

    @Slot()
    def open(self) -> None:
        if self._access.catalogue is None:
            if self._access.problem is not None:
                self._failed(self._access.problem)
            return
        from fashionlens_gui.window.catalogue.dialog import CatalogueDialog

        self.dialog = CatalogueDialog(self._access, self._is_tagging, self._window)
        self.dialog.open()

    def shutdown(self) -> None:
        for dialog in (self.dialog, self.damaged_dialog):
            if dialog is not None and shiboken6.isValid(dialog):
                dialog.done(0)

    @Slot(object)
    def _failed(self, error: FashionLensError) -> None:
        opening = error is self._access.problem
        if opening and error.code == "catalogue_damaged" and self._access.catalogue is None:
            self._ask_about_damage()
        elif opening and self._access.catalogue is not None:
            self.notice.show_problem(error)
        elif error.code.startswith("earlier_file") or error.code == "catalogue_too_new":
            self.notice.show_error(error)
        elif self.dialog is None or not shiboken6.isValid(self.dialog):  # else it shows the error itself
            message_box.error(self._window, error)

    def _ask_about_damage(self) -> None:
        from fashionlens_gui.window.catalogue.damaged_dialog import DamagedDialog

        if self.damaged_dialog is None or not shiboken6.isValid(self.damaged_dialog):
            self.damaged_dialog = DamagedDialog(self._access, self._window)
            self.damaged_dialog.open()
