"""The menu “Photos”: what is done with the files of the listed photos; watched folders, duplicates, trends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow, QWidget

from fashionlens_gui.window.duplicates.actions import DuplicateActions
from fashionlens_gui.window.photo_files.actions import PhotoFileActions
from fashionlens_gui.window.trends.actions import TrendActions
from fashionlens_gui.window.watching.action import WatchAction

if TYPE_CHECKING:
    import numpy as np

    from fashionlens_gui.catalogue.catalogue import Catalogue
    from fashionlens_gui.settings import Settings
    from fashionlens_gui.window.photo_files.work_dialog import PhotoScope
    from fashionlens_gui.window.shell.active_model import ActiveModel
    from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess
    from fashionlens_gui.window.tag.panel import TagPanel
    from fashionlens_gui.window.watching.page import WatchPage

_PAGE = "Watched folders"


class PhotoTools(QObject):
    """Connects the actions for files with the list of the Tag tab, and watched folders with its sidebar.

    Args:
        tag_panel: Lists and selects photos.
        access: The catalogue.
        active_model: See :class:`WatchAction`.
        settings: See :class:`PhotoFileActions` and :class:`WatchAction`.
        window: The parent of the dialogs.

    Attributes:
        actions: For the menu “Photos”.
        notices: For the top of the window.
    """

    def __init__(
        self,
        tag_panel: TagPanel,
        access: CatalogueAccess,
        active_model: ActiveModel,
        settings: Settings,
        window: QMainWindow,
    ) -> None:
        super().__init__(window)
        self._panel = tag_panel
        self.files = PhotoFileActions(access, settings, self._has_photos, self._scopes, window)
        tag_panel.row_menu.of_several = [self.files.write, self.files.sort]
        self.duplicates = DuplicateActions(tag_panel, access, window)
        self.trends = TrendActions(tag_panel, access, settings, window)
        self.watching = WatchAction(access, active_model, settings, window)
        self.watching.action.triggered.connect(lambda _checked=False: tag_panel.browser.open_page(_PAGE))
        tag_panel.browser.add_page(_PAGE, "watch", self._make_watch_page)
        self.actions: tuple[QAction, ...] = (
            *self.files.actions,
            self.duplicates.show_page,
            self.trends.show_page,
            self.watching.action,
        )
        self.notices: tuple[QWidget, ...] = (self.files.notice, self.files.unfinished)
        tag_panel.photo_list.updated.connect(self.files.update)
        tag_panel.photo_list.rows_found.connect(self.files.update)

    def shutdown(self) -> None:
        self.duplicates.shutdown()
        self.trends.shutdown()
        self.files.shutdown()
        self.watching.shutdown()

    def _make_watch_page(self) -> WatchPage:
        page = self.watching.make_page()
        page.list_asked.connect(self._panel.browser.close_page)
        return page

    def _has_photos(self) -> bool:
        return self._panel.photo_list.state.figures.photos > 0

    def _scopes(self) -> list[PhotoScope]:
        from fashionlens_gui.window.photo_files.work_dialog import PhotoScope

        if not self._has_photos():
            return []
        query = self._panel.photo_list.source_query()

        def find_all(catalogue: Catalogue) -> Sequence[int]:
            from fashionlens_gui.catalogue.query import find

            found: list[int] = find(catalogue, query(catalogue)).tolist()
            return found

        def given(ids: np.ndarray) -> Callable[[Catalogue], Sequence[int]]:
            return lambda _catalogue: ids.tolist()

        return [
            PhotoScope(scope.text, find_all if scope.ids is None else given(scope.ids))
            for scope in self._panel.export_actions.scopes()
        ]
