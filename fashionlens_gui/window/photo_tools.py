"""The menu “Photos”: what is done with the files of the photos that the Tag tab lists; the page of duplicates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from fashionlens_gui.window.duplicates.actions import DuplicateActions
from fashionlens_gui.window.photo_files.actions import PhotoFileActions

if TYPE_CHECKING:
    import numpy as np

    from fashionlens_gui.catalogue.catalogue import Catalogue
    from fashionlens_gui.settings import Settings
    from fashionlens_gui.window.photo_files.work_dialog import PhotoScope
    from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess
    from fashionlens_gui.window.tag.panel import TagPanel


class PhotoTools(QObject):
    """Connects the actions for files with the list of the Tag tab.

    Args:
        tag_panel: Lists and selects photos.
        access: The catalogue.
        settings: See :class:`PhotoFileActions`.
        window: The parent of the dialogs.

    Attributes:
        actions: For the menu “Photos”.
        notices: For the top of the window.
    """

    def __init__(self, tag_panel: TagPanel, access: CatalogueAccess, settings: Settings, window: QWidget) -> None:
        super().__init__(window)
        self._panel = tag_panel
        self.files = PhotoFileActions(access, settings, self._scopes, window)
        self.duplicates = DuplicateActions(tag_panel, access, window)
        self.actions: tuple[QAction, ...] = (*self.files.actions, self.duplicates.show_page)
        self.notices: tuple[QWidget, ...] = (self.files.notice, self.files.unfinished)
        tag_panel.photo_list.updated.connect(self.files.update)
        tag_panel.photo_list.rows_found.connect(self.files.update)

    def shutdown(self) -> None:
        self.duplicates.shutdown()
        self.files.shutdown()

    def _scopes(self) -> list[PhotoScope]:
        from fashionlens_gui.window.photo_files.work_dialog import PhotoScope

        if not self._panel.photo_list.state.figures.photos:
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
