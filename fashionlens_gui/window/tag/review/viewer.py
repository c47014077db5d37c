"""The viewer: one large photo with its choices and attributes, driven by keys. A review uses it, too."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QWidget

from fashionlens_gui.messages.photos import row_message
from fashionlens_gui.tagging.tag import Status
from fashionlens_gui.window.shell import layouts
from fashionlens_gui.window.shell.keys import native, number_key
from fashionlens_gui.window.shell.widgets import KeyLegend
from fashionlens_gui.window.tag.review.saliency_requester import Saliency, SaliencyRequester
from fashionlens_gui.window.tag.review.viewer_head import ViewerHead, ViewerPosition
from fashionlens_gui.window.tag.review.viewer_pages import AllReviewed, PhotoPage
from fashionlens_gui.window.tag.table.thumbnails import Thumbnails

if TYPE_CHECKING:
    from fashionlens_gui.tagging.tag import Tag
    from fashionlens_gui.window.tag.unsure_reason import UnsureReason
    from trainer.model_files.library import ModelEntry

_KEYS = (
    ("1–9", "choose"),
    ("Enter", "accept"),
    ("← →", "browse"),
    ("A–Z /", "search"),
    ("?", "why"),
    ("Esc", "back"),
    ("+ −", "zoom"),
)
_CLOSING = (Qt.Key.Key_Escape, Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter)  # at the end of a review
_UNDO_AFTER = 4


class Viewer(QWidget):
    """Shows a photo; emits signals for what the user wants.

    Args:
        thumbnails: Shown until the large photo is read.
        model: Returns the model in use, or None while it is being loaded.
    """

    closed = Signal()
    step = Signal(int)
    """Go to the next (1), previous (-1), first (-2) or last (2) photo."""
    choice = Signal(int)
    """A number key: 1 is the most probable category."""
    accepted = Signal()
    """Confirm the category."""
    picked = Signal(str)
    """Set the category."""
    correct = Signal(str)
    """Open the list of categories; the letter that was typed, or empty."""
    export = Signal()

    def __init__(self, thumbnails: Thumbnails, model: Callable[[], ModelEntry | None]) -> None:
        super().__init__()
        self._thumbnails, self._model = thumbnails, model
        self._path: Path | None = None
        self._category = ""
        self._saliency = SaliencyRequester(self)
        self._saliency.ready.connect(self._saliency_ready)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Photo viewer")
        self._photo_page = PhotoPage(lambda: self.correct.emit(""))
        self.canvas, self.bars, self.details = self._photo_page.canvas, self._photo_page.bars, self._photo_page.details
        self.caption = self._photo_page.caption
        self.end = AllReviewed()
        self.keys = KeyLegend()
        self.head = ViewerHead()
        self.position, self.progress = self.head.position, self.head.progress
        self.back_button, self.saliency_button = self.head.back_button, self.head.saliency_button
        self.previous_button, self.next_button = self.head.previous_button, self.head.next_button
        self.pages = layouts.pages(self._photo_page, self.end)
        layouts.column(self.head, (self.pages, 1), self.keys, parent=self, spacing=1.5)
        # Tab goes to the attributes first; the other controls have keys.
        chain = (self, *self.details.chips.values(), self.bars, self._photo_page.correct_button, self.back_button)
        for before, after in pairwise(chain):
            QWidget.setTabOrder(before, after)
        self.head.back.connect(self.closed)
        self.head.step.connect(self.step)
        self.head.saliency_toggled.connect(self._request_saliency)
        self.bars.picked.connect(self.picked)
        self.details.escaped.connect(self.setFocus)
        self.end.back_button.clicked.connect(self.closed)
        self.end.export_button.clicked.connect(self.export)

    # -- what is shown ------------------------------------------------------------------------------------------------
    def show_tag(
        self,
        tag: Tag,
        classes: Sequence[str],
        position: ViewerPosition,
        reasons: Mapping[str, UnsureReason | None],
        next_path: Path | None = None,
    ) -> None:
        """Show a row.

        Args:
            tag: The row.
            classes: The categories to choose from.
            position: Its position.
            reasons: The attributes to show, each with why it is unsure or None.
            next_path: The next photo, to read ahead.
        """
        self.pages.setCurrentWidget(self._photo_page)
        self._photo_page.show_tag(tag, classes, reasons)
        self._show_position(position)
        self.saliency_button.setEnabled(tag.status != Status.ERROR)
        changed = (tag.path, tag.category) != (self._path, self._category)
        self._category = tag.category
        if tag.path != self._path:
            self._show_photo(tag, next_path)
        if changed:
            self._request_saliency()

    def show_end(self, confirmed: int, changed: int) -> None:
        """Show the end of a review with the numbers of confirmed and changed photos."""
        self.clear()
        self.end.show_counts(confirmed, changed)
        self._show_position(ViewerPosition(-1, 0, confirmed + changed))
        self.keys.show_keys((("Enter", "back to the list"), (native(QKeySequence.StandardKey.Undo), "undo")))
        self.pages.setCurrentWidget(self.end)
        self.setFocus()

    @property
    def at_the_end(self) -> bool:
        """Whether "All reviewed" is shown."""
        return self.pages.currentWidget() is self.end

    def anchor(self) -> QRect:
        """Where the list of categories opens, in global coordinates."""
        return self._photo_page.anchor()

    def clear(self) -> None:
        self._path, self._category = None, ""
        self._saliency.clear()
        self.canvas.clear()

    def shutdown(self) -> None:
        self._path = None
        self.canvas.shutdown()
        self._saliency.shutdown()

    def _show_position(self, position: ViewerPosition) -> None:
        self.head.show_position(position)
        if position.count > 0:
            attributes = [] if self.details.isHidden() else [("Tab", "attributes")]
            first, then = _KEYS[:_UNDO_AFTER], _KEYS[_UNDO_AFTER:]
            self.keys.show_keys((*first, (native(QKeySequence.StandardKey.Undo), "undo"), *attributes, *then))

    # -- keys ---------------------------------------------------------------------------------------------------------
    def keyPressEvent(self, event: QKeyEvent) -> None:
        modifiers = Qt.KeyboardModifier
        plain = not event.modifiers() & (modifiers.ControlModifier | modifiers.AltModifier | modifiers.MetaModifier)
        key = Qt.Key(event.key())
        number = number_key(event) if plain and not self.at_the_end else None
        action = self._actions().get(key) if not self.at_the_end else self.closed.emit if key in _CLOSING else None
        if number is not None:
            self.choice.emit(number) if number else self.canvas.fit()
        elif action is not None and plain:
            action()
        elif not plain or self.at_the_end:
            super().keyPressEvent(event)
        elif event.text().isalpha():
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
            key.Key_Return: self.accepted.emit,
            key.Key_Enter: self.accepted.emit,
            key.Key_F2: lambda: self.correct.emit(""),
            key.Key_Slash: lambda: self.correct.emit(""),
            key.Key_Question: self.saliency_button.click,
            key.Key_Plus: self.canvas.zoom_in,
            key.Key_Equal: self.canvas.zoom_in,
            key.Key_Minus: self.canvas.zoom_out,
        }

    # -- the photo ----------------------------------------------------------------------------------------------------
    def _show_photo(self, tag: Tag, next_path: Path | None) -> None:
        self._path = tag.path
        unreadable = tag.status == Status.ERROR and tag.ranking is None
        preview, error = (None, row_message(tag.notes)) if unreadable else (self._thumbnails.get(tag.path), "")
        self.canvas.open(tag.path, next_path, preview, error)

    # -- saliency -----------------------------------------------------------------------------------------------------
    @Slot()
    def _request_saliency(self) -> None:
        if self._path is None or not self.saliency_button.isChecked() or not self.saliency_button.isEnabled():
            self.canvas.show_overlay(None, "")
            return
        self.canvas.show_overlay(None, f"Finding what it looked at for “{self._category}”…")
        self._saliency.request(self._model(), self._path, self._category)

    @Slot(object)
    def _saliency_ready(self, saliency: Saliency) -> None:
        if self.saliency_button.isChecked() and (saliency.path, saliency.category) == (self._path, self._category):
            self.canvas.show_overlay(saliency.overlay, saliency.error or f"What it looked at for “{saliency.category}”")
