"""The viewer's page of one photo: the photo with its zoom, what it can be, and its attributes beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from fashionlens_gui.window.photos.photo_canvas import PhotoCanvas
from fashionlens_gui.window.shell import theme
from fashionlens_gui.window.tag.queue.progress_strip import CalmLabel
from fashionlens_gui.window.tag.review.choice_bars import ChoiceBars
from fashionlens_gui.window.tag.review.details import Details
from fashionlens_gui.window.tag.review.viewer_head import make_small, viewer_button
from fashionlens_gui.window.tag.table.status_chip import StatusChip

if TYPE_CHECKING:
    from fashionlens_gui.tagging.tag import Tag
    from fashionlens_gui.window.tag.review_reason import Doubt

_SIDE_WIDTH = 36 * theme.SPACE
_DETAILS_WIDTH = 38 * theme.SPACE


class PhotoPage(QWidget):
    """Lays out the parts; what they ask for is told by their own signals.

    Args:
        correct: Opens the list of categories.
    """

    def __init__(self, correct: Callable[[], object]) -> None:
        super().__init__()
        self.canvas = PhotoCanvas()
        self.bars = ChoiceBars()
        self.details = Details()
        self.caption = CalmLabel("text_muted", Qt.AlignmentFlag.AlignLeft, Qt.TextElideMode.ElideMiddle)
        self.status = StatusChip()
        self.message = theme.muted("")
        self.smaller_button = viewer_button("−", "", "Smaller (−)", self.canvas.zoom_out)
        self.fit_button = viewer_button("Fit", "", "Whole photo (0)", self.canvas.fit)
        self.larger_button = viewer_button("+", "", "Larger (+)", self.canvas.zoom_in)
        self.correct_button = viewer_button(
            "Choose another category…", "search", "Search all categories (F2, / or just type)", correct
        )
        for button, width in ((self.smaller_button, 5), (self.larger_button, 5), (self.fit_button, 8)):
            make_small(button, width)
        self._lay_out()
        self.canvas.zoomed.connect(self._zoomed)

    def show_tag(self, tag: Tag, classes: Sequence[str], attributes: Mapping[str, Doubt | None]) -> None:
        """Show what is said of a photo; for the arguments see :meth:`Viewer.show_tag`."""
        self.caption.setText(tag.file)
        self.caption.setToolTip(str(tag.path))
        self.status.show_status(tag.status)
        self.message.setText(tag.message)
        self.message.setVisible(bool(tag.message) and tag.status != "error")  # errors stand in the photo's place
        self.bars.show_tag(tag, classes)
        self.details.show_tag(tag, attributes)

    def anchor(self) -> QRect:
        """Where the list of categories opens, in global coordinates: over the choices, beside the photo."""
        return QRect(self.bars.mapToGlobal(QPoint(-theme.SPACE, -theme.SPACE)), QSize(self.bars.width(), 0))

    def _lay_out(self) -> None:
        below = QHBoxLayout()
        below.setSpacing(theme.SPACE)
        below.addWidget(self.caption, 1)
        for button in (self.smaller_button, self.fit_button, self.larger_button):
            below.addWidget(button)
        photo = QVBoxLayout()
        photo.setSpacing(theme.SPACE)
        photo.addWidget(self.canvas, 1)
        photo.addLayout(below)
        body = QHBoxLayout(self)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(2 * theme.SPACE)
        body.addLayout(photo, 1)
        body.addWidget(self._side())
        self.details.setFixedWidth(_DETAILS_WIDTH)
        body.addWidget(self.details)

    def _side(self) -> QFrame:
        side = theme.card()
        side.setFixedWidth(_SIDE_WIDTH)
        layout = QVBoxLayout(side)
        layout.setContentsMargins(2 * theme.SPACE, 2 * theme.SPACE, 2 * theme.SPACE, 2 * theme.SPACE)
        layout.setSpacing(theme.SPACE)
        layout.addWidget(self.status)
        layout.addWidget(self.message)
        layout.addWidget(self.bars, 1)
        layout.addWidget(self.correct_button)
        return side

    @Slot()
    def _zoomed(self) -> None:
        shown = self.canvas.has_picture
        self.fit_button.setText("Fit" if self.canvas.fitted else f"{round(self.canvas.scale * 100)} %")
        self.fit_button.setEnabled(shown)
        self.larger_button.setEnabled(shown)
        self.smaller_button.setEnabled(shown and not self.canvas.fitted)
