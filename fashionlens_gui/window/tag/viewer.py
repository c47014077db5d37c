"""One photo large, with every category's probability beside it: to look, decide and go on to the next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from fashionlens_gui.window import theme
from fashionlens_gui.window.tag.choice_bars import ChoiceBars
from fashionlens_gui.window.tag.photo_canvas import PhotoCanvas
from fashionlens_gui.window.tag.photo_reader import LargePhoto, PhotoReader
from fashionlens_gui.window.tag.status_chip import StatusChip
from fashionlens_gui.window.tag.thumbnails import Thumbnails
from fashionlens_gui.window.tag.wording import shortened

if TYPE_CHECKING:
    from fashionlens_gui.tagging.tag import Tag

_SIDE_WIDTH = 40 * theme.SPACE
_LONGEST_NAME = 60  # about three lines; the tooltip has all of it
_SHORTEST_SIDE = 1000  # pixels: enough to zoom in, and a JPEG shrinks to it while it is decoded


class Viewer(QWidget):
    """A page. Keys: left and right for the neighbours, 1 to 9 or Enter to correct, + - 0 to zoom, Escape to go back."""

    closed = Signal()
    step = Signal(int)
    """To the next (1) or previous (-1) photo, or the first (-2) or last (2)."""
    choice = Signal(int)
    """A number key: 1 is the most probable category."""
    picked = Signal(str)
    """A category that was clicked among the bars."""
    correct = Signal(str)
    """Open the list of categories; what was typed already."""

    def __init__(self, thumbnails: Thumbnails) -> None:
        super().__init__()
        self._thumbnails = thumbnails
        self._path: Path | None = None
        self._reader = PhotoReader(self)
        self._reader.ready.connect(self._photo_ready)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Photo viewer")
        self.canvas = PhotoCanvas()
        self.bars = ChoiceBars()
        self._make_labels()
        self._make_buttons()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.SPACE + 4)
        layout.addLayout(self._head())
        body = QHBoxLayout()
        body.setSpacing(2 * theme.SPACE)
        body.addWidget(self.canvas, 1)
        body.addWidget(self._side())
        layout.addLayout(body, 1)
        self.canvas.zoomed.connect(self._zoomed)
        self.bars.picked.connect(self.picked)

    def show_tag(self, tag: Tag, classes: Sequence[str], place: int, count: int, next_path: Path | None = None) -> None:
        """Show a row.

        Args:
            tag: The row.
            classes: The categories one may choose.
            place: Where it stands among the rows shown, from 0.
            count: How many are shown.
            next_path: The photo that will probably be looked at next.
        """
        name = PurePosixPath(tag.file)
        self.position.setText(f"{place + 1:,} of {count:,}")
        self.name.setText(_breakable(shortened(name.name, _LONGEST_NAME)))
        self.name.setToolTip(str(tag.path))
        folder = "" if str(name.parent) == "." else str(name.parent)
        self.folder.setText(_breakable(shortened(folder, _LONGEST_NAME)))
        self.folder.setVisible(bool(folder))
        self.status.show_status(tag.status)
        self.message.setText(tag.message)
        self.message.setVisible(bool(tag.message) and tag.status != "error")  # errors stand in the photo's place
        self.bars.show_tag(tag, classes)
        self.previous_button.setEnabled(place > 0)
        self.next_button.setEnabled(place < count - 1)
        if tag.path != self._path:
            self._show_photo(tag, next_path)

    def anchor(self) -> QRect:
        """Where the list of categories opens, in global coordinates."""
        return QRect(self.correct_button.mapToGlobal(self.correct_button.rect().topLeft()), self.correct_button.size())

    def leave(self) -> None:
        """Let go of the photo."""
        self._path = None
        self._reader.forget()
        self.canvas.show_note("")

    def shutdown(self) -> None:
        """Stop reading and wait for the thread."""
        self._path = None
        self._reader.shutdown()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        action = self._actions().get(Qt.Key(event.key()))
        if action is not None and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            action()
        elif event.text() in tuple("123456789"):
            self.choice.emit(int(event.text()))
        elif event.text().isalpha() and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.correct.emit(event.text())
        else:
            super().keyPressEvent(event)

    def _actions(self) -> dict[Qt.Key, Callable[[], object]]:
        key = Qt.Key
        return {
            key.Key_Escape: self.closed.emit,
            key.Key_Space: self.closed.emit,
            key.Key_Left: lambda: self.step.emit(-1),
            key.Key_Up: lambda: self.step.emit(-1),
            key.Key_PageUp: lambda: self.step.emit(-1),
            key.Key_Right: lambda: self.step.emit(1),
            key.Key_Down: lambda: self.step.emit(1),
            key.Key_PageDown: lambda: self.step.emit(1),
            key.Key_Home: lambda: self.step.emit(-2),
            key.Key_End: lambda: self.step.emit(2),
            key.Key_Return: lambda: self.correct.emit(""),
            key.Key_Enter: lambda: self.correct.emit(""),
            key.Key_F2: lambda: self.correct.emit(""),
            key.Key_Plus: self.canvas.zoom_in,
            key.Key_Equal: self.canvas.zoom_in,
            key.Key_Minus: self.canvas.zoom_out,
            key.Key_0: self.canvas.fit,
        }

    # -- the photo ----------------------------------------------------------------------------------------------------
    def _show_photo(self, tag: Tag, next_path: Path | None) -> None:
        self._path = tag.path
        if tag.status == "error" and tag.ranking is None:
            self.canvas.show_note(tag.message, broken=True)
        else:
            preview = self._thumbnails.framed(tag.path)
            if preview is not None:
                self.canvas.show_picture(preview)
            else:
                self.canvas.show_note("Opening…")
        room = min(self.canvas.width(), self.canvas.height()) * self.devicePixelRatioF()
        self._reader.want(tag.path, next_path, max(_SHORTEST_SIDE, round(room)))

    @Slot(object)
    def _photo_ready(self, photo: LargePhoto) -> None:
        if photo.path != self._path:
            return
        if photo.image is not None:
            self.canvas.show_picture(QPixmap.fromImage(photo.image), photo.size)
        else:
            self.canvas.show_note(photo.trouble, broken=True)

    # -- the page -----------------------------------------------------------------------------------------------------
    def _make_labels(self) -> None:
        self.position = theme.heading("")
        self.name = theme.heading("")
        self.name.setWordWrap(True)
        self.name.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.folder = theme.muted("")
        self.status = StatusChip()
        self.message = theme.muted("")

    def _make_buttons(self) -> None:
        self.back_button = _button("Back to the list", "chevron-left", "Back to the list (Escape)", self.closed.emit)
        self.previous_button = _button("", "chevron-left", "Previous photo (←)", lambda: self.step.emit(-1))
        self.next_button = _button("", "chevron-right", "Next photo (→)", lambda: self.step.emit(1))
        self.smaller_button = _button("−", "", "Smaller (−)", self.canvas.zoom_out)
        self.fit_button = _button("Fit", "", "Whole photo (0)", self.canvas.fit)
        self.larger_button = _button("+", "", "Larger (+)", self.canvas.zoom_in)
        self.correct_button = theme.quiet_button("Choose another category…", "search")
        self.correct_button.setToolTip("Search all categories (Enter, or just type)")
        self.correct_button.clicked.connect(lambda: self.correct.emit(""))
        for button in (self.previous_button, self.next_button, self.smaller_button, self.larger_button):
            button.setFixedWidth(5 * theme.SPACE)
            button.setStyleSheet("padding: 6px 0px;")
        self.fit_button.setFixedWidth(8 * theme.SPACE)
        self.fit_button.setStyleSheet("padding: 6px 0px;")

    def _head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        head.setSpacing(theme.SPACE)
        head.addWidget(self.back_button)
        head.addStretch(1)
        head.addWidget(self.previous_button)
        head.addSpacing(theme.SPACE)
        head.addWidget(self.position)
        head.addSpacing(theme.SPACE)
        head.addWidget(self.next_button)
        head.addStretch(1)
        head.addWidget(self.smaller_button)
        head.addWidget(self.fit_button)
        head.addWidget(self.larger_button)
        return head

    def _side(self) -> QFrame:
        side = theme.card()
        side.setFixedWidth(_SIDE_WIDTH)
        layout = QVBoxLayout(side)
        layout.setContentsMargins(2 * theme.SPACE, 2 * theme.SPACE, 2 * theme.SPACE, 2 * theme.SPACE)
        layout.setSpacing(theme.SPACE)
        layout.addWidget(self.name)
        layout.addWidget(self.folder)
        layout.addWidget(self.status)
        layout.addWidget(self.message)
        layout.addWidget(self.bars, 1)
        layout.addWidget(self.correct_button)
        layout.addWidget(theme.muted("1–9 choose  ·  ← → browse  ·  Esc back"))
        return side

    @Slot()
    def _zoomed(self) -> None:
        shown = self.canvas.has_picture
        self.fit_button.setText("Fit" if self.canvas.fitted else f"{round(self.canvas.scale * 100)} %")
        self.fit_button.setEnabled(shown)
        self.larger_button.setEnabled(shown)
        self.smaller_button.setEnabled(shown and not self.canvas.fitted)


def _button(text: str, icon: str, tip: str, action: Callable[[], object]) -> QPushButton:
    button = theme.quiet_button(text, icon)
    button.setToolTip(tip)
    button.setAccessibleName(tip.partition(" (")[0])
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keys with the viewer
    button.clicked.connect(lambda _checked=False: action())
    return button


def _breakable(text: str) -> str:
    """A name that may wrap anywhere, since names need not have spaces: zero-width spaces inside."""
    return "\u200b".join(text)
