"""“Improve the model…” in the menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from fashionlens_gui.window.shell import icons
from fashionlens_gui.window.shell.active_model import ActiveModel
from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess

if TYPE_CHECKING:
    from fashionlens_gui.window.improve.dialog import ImproveDialog


class ImproveAction(QObject):
    """The menu action, and the dialog that it opens.

    Args:
        active_model: Its model is improved.
        access: The catalogue with the corrections; while it is not open, there is nothing to train on.
        window: The parent of the dialog.

    Attributes:
        action: For the menu bar.
        dialog: The last dialog; may be deleted.
    """

    def __init__(self, active_model: ActiveModel, access: CatalogueAccess, window: QWidget) -> None:
        super().__init__(window)
        self._active_model, self._access, self._window = active_model, access, window
        self.dialog: ImproveDialog | None = None
        self.action = QAction(icons.icon("train"), "&Improve the model…", self)
        self.action.setToolTip("Train the model on the photos that you corrected and confirmed")
        self.action.triggered.connect(self.open)
        for signal in (active_model.loading, active_model.ready, active_model.failed, access.opened, access.closing):
            signal.connect(self._update)
        self._update()

    @Slot()
    def open(self) -> None:
        from fashionlens_gui.window.improve.dialog import ImproveDialog

        entry, catalogue = self._active_model.entry, self._access.catalogue
        if entry is not None and catalogue is not None:
            self.dialog = ImproveDialog(self._active_model, entry, catalogue, self._window)
            self.dialog.open()

    def shutdown(self) -> None:
        if self.dialog is not None and shiboken6.isValid(self.dialog):
            self.dialog.shutdown()

    @Slot()
    def _update(self, *_: object) -> None:
        self.action.setEnabled(self._active_model.entry is not None and self._access.catalogue is not None)
