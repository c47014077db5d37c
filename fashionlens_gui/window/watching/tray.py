"""The icon in the tray while folders are watched: how many photos need review, and a menu."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QMenu, QSystemTrayIcon, QWidget

from fashionlens_gui.messages.watching import tagged_text, tray_text
from fashionlens_gui.window.shell import icons, theme
from fashionlens_gui.window.watching.folder_watcher import FolderWatcher

_SIDE = 64
_QUIET_MS = 5_000
_MOST = 99


class TrayIcon(QSystemTrayIcon):
    """Shown while there are watched folders, where the system has a tray.

    Args:
        watcher: Its folders.
        window: The main window.
    """

    open_asked = Signal()
    quit_asked = Signal()

    def __init__(self, watcher: FolderWatcher, window: QWidget) -> None:
        super().__init__(icons.app_icon(), window)
        self._watcher, self._window = watcher, window
        self._need_review = -1
        self._new: dict[str, int] = {}
        self.menu = QMenu(window)
        self.menu.addAction("Open FashionLens", self.open_asked.emit)
        self.pause_action = self.menu.addAction("Pause watching", self._pause)
        self.menu.addSeparator()
        self.menu.addAction("Quit", self.quit_asked.emit)
        self.setContextMenu(self.menu)
        self._quiet = QTimer(self, singleShot=True, interval=_QUIET_MS)
        self._quiet.timeout.connect(self._notify)
        self.activated.connect(self._activated)
        self.messageClicked.connect(self.open_asked)
        watcher.changed.connect(self._show)
        watcher.tagged.connect(self._tagged)
        self._show()

    @Slot()
    def _show(self) -> None:
        folders = self._watcher.folders
        count = sum(each.figures.needs_review for each in folders)
        self.pause_action.setText("Continue watching" if self._watcher.paused else "Pause watching")
        self.setToolTip(tray_text(count, self._watcher.paused, any(each.problem for each in folders)))
        if count != self._need_review:
            self._need_review = count
            self.setIcon(with_count(icons.app_icon(), count))
        if bool(folders) != self.isVisible():
            self.setVisible(bool(folders))

    @Slot()
    def _pause(self) -> None:
        self._watcher.set_paused(not self._watcher.paused)

    @Slot(object)
    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason in (self.ActivationReason.Trigger, self.ActivationReason.DoubleClick):
            self.open_asked.emit()

    @Slot(object, int)
    def _tagged(self, folder: object, count: int) -> None:
        """Say it once for all photos that come soon after each other, and only where the window is not in front."""
        if not self._window.isActiveWindow():
            name = getattr(folder, "name", str(folder))
            self._new[name] = self._new.get(name, 0) + count
            self._quiet.start()

    @Slot()
    def _notify(self) -> None:
        text = "\n".join(tagged_text(count, name) for name, count in self._new.items())
        self._new = {}
        if text and self.isVisible() and not self._window.isActiveWindow():
            self.showMessage("FashionLens", text, self.MessageIcon.NoIcon)


def with_count(icon: QIcon, count: int) -> QIcon:
    """An icon with a number at its lower right; without one for 0."""
    picture = icon.pixmap(_SIDE, _SIDE)
    if not count:
        return QIcon(picture)
    text = str(count) if count <= _MOST else f"{_MOST}+"
    painted = QPixmap(picture)
    painter = QPainter(painted)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    font = painter.font()
    font.setPixelSize(round(_SIDE * 0.42))
    font.setBold(True)
    painter.setFont(font)
    height = _SIDE * 0.52
    width = max(height, painter.fontMetrics().horizontalAdvance(text) + _SIDE * 0.2)
    place = QRectF(_SIDE - width, _SIDE - height, width, height)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.tokens().review))
    painter.drawRoundedRect(place, height / 2, height / 2)
    painter.setPen(QColor(theme.tokens().window))
    painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
    painter.end()
    return QIcon(painted)
