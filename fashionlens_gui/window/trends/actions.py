"""Trends in the menu and in the sidebar of the Tag tab."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from fashionlens_gui.window.shell import icons

if TYPE_CHECKING:
    from fashionlens_gui.settings import Settings
    from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess
    from fashionlens_gui.window.tag.panel import TagPanel
    from fashionlens_gui.window.trends.page import TrendsPage

_NAME = "Trends"


class TrendActions(QObject):
    """The action and the page.

    Args:
        tag_panel: Shows the page in place of its list.
        access: The catalogue.
        settings: The folder of the file dialogs.
        window: The parent of the action.

    Attributes:
        page: None until it is opened for the first time.
        show_page: The action.
    """

    def __init__(self, tag_panel: TagPanel, access: CatalogueAccess, settings: Settings, window: QWidget) -> None:
        super().__init__(window)
        self._panel, self._access, self._settings = tag_panel, access, settings
        self.page: TrendsPage | None = None
        self.show_page = QAction(icons.icon("train"), "Trends", window)
        self.show_page.setStatusTip("Count photos, or what they sold, over time")
        self.show_page.triggered.connect(self.open_page)
        tag_panel.browser.add_page(_NAME, "train", self._make_page)

    @Slot()
    def open_page(self) -> None:
        self._panel.browser.open_page(_NAME)

    def shutdown(self) -> None:
        if self.page is not None:
            self.page.shutdown()

    def _make_page(self) -> QWidget:
        from fashionlens_gui.window.trends.page import TrendsPage

        browser = self._panel.browser
        self.page = TrendsPage(self._access, self._panel.photo_list.source_query, self._settings)
        self.page.closed.connect(browser.close_page)
        self.page.photos_asked.connect(browser.show_photos)
        return self.page
