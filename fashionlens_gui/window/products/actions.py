"""Products in the menu and in the sidebar of the Tag tab; the dialogs of grouping, tables and attributes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QDialog, QWidget

from fashionlens_gui.messages import sentence
from fashionlens_gui.window.shell import icons, message_box

if TYPE_CHECKING:
    from fashionlens_gui.settings import Settings
    from fashionlens_gui.window.products.page import ProductsPage
    from fashionlens_gui.window.shell.active_model import ActiveModel
    from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess
    from fashionlens_gui.window.tag.panel import TagPanel

_NAME = "Products"


class ProductActions(QObject):
    """The actions, the page and the dialogs.

    Args:
        tag_panel: Shows the page in place of its list.
        access: The catalogue.
        active_model: Its categories can be chosen.
        settings: The folder of the file dialogs.
        window: The parent of the dialogs.

    Attributes:
        page: None until it is opened for the first time.
        dialog: The last dialog; may be deleted.
    """

    shown = Signal()
    """The page is wanted: the Tag tab should be shown."""

    def __init__(
        self,
        tag_panel: TagPanel,
        access: CatalogueAccess,
        active_model: ActiveModel,
        settings: Settings,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._panel, self._access, self._active_model = tag_panel, access, active_model
        self._settings, self._window = settings, window
        self.page: ProductsPage | None = None
        self.dialog: QDialog | None = None
        self.show_page = self._make("Products", "grid", "Several photos, one decision", "Ctrl+Shift+P")
        self.group = self._make("Group into products…", "grid", "Put the photos of each product together")
        self.tables = self._make("Tables of the shop…", "copy", "Join titles, prices and sizes from CSV or Excel")
        self.attributes = self._make("Attributes of your own…", "tag", "Define attributes such as neckline, and train")
        self.show_page.triggered.connect(self.open_page)
        self.group.triggered.connect(self.open_group)
        self.tables.triggered.connect(self.open_tables)
        self.attributes.triggered.connect(self.open_attributes)
        tag_panel.browser.add_page(_NAME, "grid", self._make_page)
        access.opened.connect(self._update)
        self._update()

    def actions(self) -> Sequence[QAction]:
        """For the menu bar."""
        return (self.show_page, *self.dialog_actions())

    def dialog_actions(self) -> Sequence[QAction]:
        """Those that open a dialog."""
        return (self.group, self.tables, self.attributes)

    @Slot()
    def open_page(self) -> None:
        self.shown.emit()
        self._panel.browser.open_page(_NAME)

    @Slot()
    def open_group(self) -> None:
        from fashionlens_gui.window.products.group_dialog import GroupDialog

        dialog = GroupDialog(self._access, self._settings, self._window)
        dialog.grouped.connect(self.open_page)
        self._open(dialog)

    @Slot()
    def open_tables(self) -> None:
        from fashionlens_gui.window.products.join_dialog import JoinDialog

        self._open(JoinDialog(self._access, self._settings, self._window))

    @Slot()
    def open_attributes(self) -> None:
        from fashionlens_gui.window.products.attributes_dialog import AttributesDialog

        self._open(AttributesDialog(self._access, self._window))

    def shutdown(self) -> None:
        if self.dialog is not None and shiboken6.isValid(self.dialog):
            self.dialog.done(0)
        if self.page is not None:
            self.page.shutdown()

    def _make_page(self) -> QWidget:
        from fashionlens_gui.window.products.page import ProductsPage

        self.page = ProductsPage(self._access, self._active_model, self.dialog_actions(), self._panel.tag_actions)
        self.page.closed.connect(self._panel.browser.close_page)
        self.page.failed.connect(lambda error: message_box.error(self._window, error))
        return self.page

    def _open(self, dialog: QDialog) -> None:
        self.dialog = dialog
        dialog.open()

    @Slot()
    def _update(self) -> None:
        problem = self._access.problem
        for action in self.dialog_actions():
            action.setEnabled(self._access.writable)
            reason = sentence(problem) if problem is not None and not self._access.writable else ""
            action.setToolTip(reason or action.statusTip())

    def _make(self, text: str, icon: str, tip: str, shortcut: str = "") -> QAction:
        action = QAction(icons.icon(icon), text, self._window)
        action.setStatusTip(tip)
        action.setToolTip(tip)
        if shortcut:
            action.setShortcut(QKeySequence(shortcut))
        return action
