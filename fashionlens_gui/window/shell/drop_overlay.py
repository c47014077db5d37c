"""Photos and models may be dropped anywhere on the window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt, Signal
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QVBoxLayout, QWidget

from fashionlens_gui.window.shell import icons, theme
from trainer.model_files.checks import seem_models

_MARGIN = 2 * theme.SPACE
_ICON_SIDE = 8 * theme.SPACE


def local_paths(data: QMimeData) -> list[Path]:
    """The files and folders of this computer among what is dragged. Web addresses have no path and are left out."""
    return [Path(name) for url in data.urls() if (name := url.toLocalFile())]


class DropOverlay(QFrame):
    """Covers the window while files are dragged over it, and says what will happen.

    It listens to the native window, before any widget does: so a drop on a search field is a drop like any other.
    """

    dropped = Signal(object)
    """A list of paths."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._wanted = False
        self.setProperty("role", "cover")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        target = QFrame()
        target.setProperty("role", "drop")
        self._sign = QLabel()
        inside = QVBoxLayout(target)
        inside.setSpacing(theme.SPACE)
        inside.addStretch()
        self._title, self._note = theme.title(""), theme.muted("")
        for label in (self._sign, self._title, self._note):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            inside.addWidget(label)
        inside.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
        layout.addWidget(target)
        self._say(models=False)
        self.hide()

    def listen(self) -> None:
        """Begin; call when the window has its native window."""
        native = self._window.windowHandle()
        if native is not None:
            native.installEventFilter(self)

    def eventFilter(self, _native: QObject, event: QEvent) -> bool:
        """Take drags of files to ourselves; leave everything else alone."""
        kind = event.type()
        if kind == QEvent.Type.DragLeave:
            self._wanted = False
            self.hide()
            return False
        if kind not in (QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.Drop):
            return False
        assert isinstance(event, QDropEvent)
        if kind == QEvent.Type.DragEnter:
            # From within the window (a photo dragged out of a list) is not a drop of new photos. Decided once: the
            # list may be long, and there is a move event for each pixel.
            ours = event.source() is not None or QApplication.activeModalWidget() is not None
            dragged = [] if ours else local_paths(event.mimeData())
            self._wanted = bool(dragged)
            self._say(models=seem_models(dragged))
        if not self._wanted:
            return False
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        if kind == QEvent.Type.Drop:
            self._wanted = False
            self.hide()
            self.dropped.emit(local_paths(event.mimeData()))
        elif not self.isVisible():
            self._cover()
        return True

    def _say(self, *, models: bool) -> None:
        self._icon = "model" if models else "photos"
        self._title.setText("Drop to import this model" if models else "Drop to tag these photos")
        self._note.setText(
            "It is checked first. Nothing in it is run."
            if models
            else "Folders are searched too. Nothing leaves this computer."
        )

    def _cover(self) -> None:
        self._sign.setPixmap(icons.pixmap(self._icon, _ICON_SIDE, "accent", self.devicePixelRatioF()))
        self.setGeometry(self._window.rect())
        self.raise_()
        self.show()
