"""Dropping photos and models anywhere on the window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt, Signal
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QFrame, QVBoxLayout, QWidget

from fashionlens_gui.window.shell import layouts, theme
from fashionlens_gui.window.shell.widgets import IconLabel
from trainer.model_files.checks import are_model_files

_MARGIN = 2 * theme.SPACE
_ICON_SIDE = 8 * theme.SPACE


def local_paths(data: QMimeData) -> list[Path]:
    """The local files and folders that are dragged; web addresses are left out."""
    return [Path(name) for url in data.urls() if (name := url.toLocalFile())]


def _is_photo(path: Path) -> bool:
    """Whether a name ends like that of a photo."""
    from trainer.preprocessing.photo import PHOTO_SUFFIXES

    return path.suffix.casefold() in PHOTO_SUFFIXES


class DropOverlay(QFrame):
    """Covers the window while files are dragged over it, and shows what a drop does.

    It filters the events of the native window, before any widget gets them, so dropping on a search field works too.
    """

    dropped = Signal(object)
    """A list of paths."""
    similar_dropped = Signal(object)
    """The path of one photo that was dropped while Shift was held."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._accepts = self._models = self._one = False
        self._texts = ("", "", "")
        self.setProperty("role", "cover")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        target = QFrame()
        target.setProperty("role", "drop")
        self._icon = IconLabel(_ICON_SIDE)
        inside = layouts.column(layouts.STRETCH, parent=target, margins=None)
        self._title, self._note = theme.title(""), theme.muted("")
        inside.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignHCenter)
        for label in (self._title, self._note):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            inside.addWidget(label)
        inside.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
        layout.addWidget(target)
        self._describe(similar=False)
        self.hide()

    def listen(self) -> None:
        """Install the event filter; call when the native window exists."""
        native = self._window.windowHandle()
        if native is not None:
            native.installEventFilter(self)

    def eventFilter(self, _native: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.DragLeave:
            self._accepts = False
            self.hide()
            return False
        if kind not in (QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.Drop):
            return False
        assert isinstance(event, QDropEvent)
        if kind == QEvent.Type.DragEnter:
            # A drag from within the window is no drop of new photos. Decided once: there is a move event per pixel.
            internal = event.source() is not None or QApplication.activeModalWidget() is not None
            dragged = [] if internal else local_paths(event.mimeData())
            self._accepts = bool(dragged)
            self._models = are_model_files(dragged)
            self._one = len(dragged) == 1 and _is_photo(dragged[0])
        if not self._accepts:
            return False
        similar = self._one and bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        self._describe(similar)
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        if kind == QEvent.Type.Drop:
            self._accepts = False
            self.hide()
            paths = local_paths(event.mimeData())
            if similar and len(paths) == 1:
                self.similar_dropped.emit(paths[0])
            else:
                self.dropped.emit(paths)
        elif not self.isVisible():
            self._cover()
        return True

    def _describe(self, similar: bool) -> None:
        if self._models:
            texts = "model", "Drop to import this model", "It is checked first. Nothing in it is run."
        elif similar:
            texts = "similar", "Drop to find photos like this one", "It is not added to your photos."
        elif self._one:
            texts = "photos", "Drop to tag this photo", "Hold Shift to find photos like it."
        else:
            texts = "photos", "Drop to tag these photos", "Folders are searched too. Nothing leaves this computer."
        if texts == self._texts:
            return
        self._texts = texts
        self._icon.set_icon(texts[0])
        self._title.setText(texts[1])
        self._note.setText(texts[2])

    def _cover(self) -> None:
        self.setGeometry(self._window.rect())
        self.raise_()
        self.show()
