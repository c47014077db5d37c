"""Duplicates in the menu and in the sidebar of the Tag tab."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from fashionlens_gui.window.shell import icons

if TYPE_CHECKING:
    from fashionlens_gui.window.duplicates.page import DuplicatesPage
    from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess
    from fashionlens_gui.window.tag.panel import TagPanel

_NAME = "Duplicates"


class DuplicateActions(QObject):
    """The action and the page.

    Args:
        tag_panel: Shows the page in place of its list.
        access: The catalogue.
        window: The parent of the action.

    Attributes:
        page: None until it is opened for the first time.
        show_page: The action.
    """

    def __init__(self, tag_panel: TagPanel, access: CatalogueAccess, window: QWidget) -> None:
        super().__init__(window)
        self._panel, self._access = tag_panel, access
        self.page: DuplicatesPage | None = None
        self.show_page = QAction(icons.icon("copy"), "Find duplicates", window)
        self.show_page.setStatusTip("Find photos that are there twice, and decide which to keep")
        self.show_page.triggered.connect(self.open_page)
        tag_panel.browser.add_page(_NAME, "copy", self._make_page)

    @Slot()
    def open_page(self) -> None:
        self._panel.browser.open_page(_NAME)

    def shutdown(self) -> None:
        if self.page is not None:
            self.page.shutdown()

    def _make_page(self) -> QWidget:
        from fashionlens_gui.window.duplicates.page import DuplicatesPage

        self.page = DuplicatesPage(self._access, self._panel.photo_list.source_query, self._panel.tag_actions)
        self.page.closed.connect(self._panel.browser.close_page)
        return self.page
