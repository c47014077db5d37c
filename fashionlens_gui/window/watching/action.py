"""Watched folders in the main window: the action of the menu, the watcher, the tray icon."""

from __future__ import annotations

from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QMainWindow, QSystemTrayIcon

from fashionlens_gui.messages.watching import tagged_text
from fashionlens_gui.tagging.tag import printable
from fashionlens_gui.window.shell import icons
from fashionlens_gui.window.watching.folder_watcher import FolderWatcher

if TYPE_CHECKING:
    from pathlib import Path

    from fashionlens_gui.settings import Settings
    from fashionlens_gui.window.shell.active_model import ActiveModel
    from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess
    from fashionlens_gui.window.watching.page import WatchPage
    from fashionlens_gui.window.watching.tray import TrayIcon

_STATUS_MS = 8_000


class WatchAction(QObject):
    """Watches folders as soon as the catalogue has any.

    Args:
        access: The catalogue.
        active_model: Tags where a folder has no model of its own.
        settings: Whether the program stays in the tray.
        window: The main window.

    Attributes:
        action: For the menu bar; its owner shows the page.
        watcher: Watches the folders.
        tray: None until folders are watched, and where the system has no tray.
    """

    open_asked = Signal()
    """Bring the window to the front."""
    quit_asked = Signal()
    """End the program."""

    def __init__(
        self, access: CatalogueAccess, active_model: ActiveModel, settings: Settings, window: QMainWindow
    ) -> None:
        super().__init__(window)
        self._access, self._active_model, self._settings, self._window = access, active_model, settings, window
        self.watcher = FolderWatcher(access, active_model, self)
        self.tray: TrayIcon | None = None
        self._explained = False
        self.action = QAction(icons.icon("watch"), "Watched &folders", self)
        self.action.setShortcut("Ctrl+Shift+W")
        self.action.setStatusTip("Folders whose new photos are tagged by themselves")
        self.action.setToolTip(self.action.statusTip())
        self.watcher.changed.connect(self._show_tray)
        self.watcher.tagged.connect(self._tagged)

    def make_page(self) -> WatchPage:
        """The page with the folders."""
        from fashionlens_gui.window.watching.page import WatchPage

        tray = QSystemTrayIcon.isSystemTrayAvailable()
        return WatchPage(self.watcher, self._access, self._active_model, self._settings, tray)

    def hide_in_tray(self) -> bool:
        """Hide the window in place of closing it, where the user wants that; False when it is to be closed."""
        tray, application = self.tray, QApplication.instance()
        if isinstance(application, QApplication) and application.isSavingSession():  # the computer is shut down
            return False
        if not (self._settings.keep_watching_in_tray and tray is not None and tray.isVisible()):
            return False
        QApplication.setQuitOnLastWindowClosed(False)
        self._window.hide()
        if not self._explained:
            self._explained = True
            text = "FashionLens keeps watching. Open it here, or quit it here."
            tray.showMessage("FashionLens", text, tray.MessageIcon.NoIcon)
        return True

    def shutdown(self) -> None:
        """Stop watching, and wait until that is stored."""
        self.watcher.shutdown()
        if self.tray is not None and shiboken6.isValid(self.tray):
            self.tray.hide()

    @Slot()
    def _show_tray(self) -> None:
        if self.tray is None and self.watcher.folders and QSystemTrayIcon.isSystemTrayAvailable():
            from fashionlens_gui.window.watching.tray import TrayIcon

            self.tray = TrayIcon(self.watcher, self._window)
            self.tray.open_asked.connect(self.open_asked)
            self.tray.quit_asked.connect(self.quit_asked)

    @Slot(object, int)
    def _tagged(self, folder: Path, count: int) -> None:
        self._window.statusBar().showMessage(tagged_text(count, printable(folder.name)), _STATUS_MS)
