"""The viewer's two pages: one photo with its choices and attributes, and the end of a review."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QWidget

from fashionlens_gui.messages.photos import row_message
from fashionlens_gui.tagging.tag import Status
from fashionlens_gui.window.photos.photo_canvas import PhotoCanvas
from fashionlens_gui.window.shell import layouts, theme
from fashionlens_gui.window.shell.widgets import ElidedLabel, IconLabel
from fashionlens_gui.window.tag.review.attribute_panel import AttributePanel
from fashionlens_gui.window.tag.review.choice_bars import ChoiceBars
from fashionlens_gui.window.tag.review.viewer_head import viewer_button
from fashionlens_gui.window.tag.table.painting import STATUS_WORDS, paint_status
from trainer.number_format import photos

if TYPE_CHECKING:
    from fashionlens_gui.tagging.tag import Tag
    from fashionlens_gui.window.tag.unsure_reason import UnsureReason

_SIDE_WIDTH = 36 * theme.SPACE
_DETAILS_WIDTH = 38 * theme.SPACE
_ICON_SIZE = 8 * theme.SPACE


class PhotoPage(QWidget):
    """The photo with its zoom, the choices and the attributes.

    Args:
        correct: Opens the list of categories.
    """

    def __init__(self, correct: Callable[[], object]) -> None:
        super().__init__()
        self.canvas = PhotoCanvas()
        self.bars = ChoiceBars()
        self.details = AttributePanel()
        self.caption = ElidedLabel("text_muted", Qt.AlignmentFlag.AlignLeft, Qt.TextElideMode.ElideMiddle)
        self.status = StatusChip()
        self.message = theme.muted("")
        self.smaller_button = viewer_button("−", "", "Smaller (−)", self.canvas.zoom_out)
        self.fit_button = viewer_button("Fit", "", "Whole photo (0)", self.canvas.fit)
        self.larger_button = viewer_button("+", "", "Larger (+)", self.canvas.zoom_in)
        self.correct_button = viewer_button(
            "Choose another category…", "search", "Search all categories (F2, / or just type)", correct
        )
        for button, width in ((self.smaller_button, 5), (self.larger_button, 5), (self.fit_button, 8)):
            theme.narrow(button, width)
        self._lay_out()
        self.canvas.zoomed.connect(self._zoomed)

    def show_tag(self, tag: Tag, classes: Sequence[str], reasons: Mapping[str, UnsureReason | None]) -> None:
        """See :meth:`Viewer.show_tag`."""
        self.caption.setText(tag.file)
        self.caption.setToolTip(str(tag.path))
        self.status.show_status(tag.status)
        self.message.setText(row_message(tag.notes))
        self.message.setVisible(bool(tag.notes) and tag.status != Status.ERROR)  # errors replace the photo
        self.bars.show_tag(tag, classes)
        self.details.show_tag(tag, reasons)

    def anchor(self) -> QRect:
        """Where the list of categories opens, in global coordinates: over the choices."""
        return QRect(self.bars.mapToGlobal(QPoint(-2 * theme.SPACE, -theme.SPACE)), QSize(self.bars.width(), 0))

    def _lay_out(self) -> None:
        below = layouts.row((self.caption, 1), self.smaller_button, self.fit_button, self.larger_button)
        self.details.setFixedWidth(theme.scaled(_DETAILS_WIDTH))
        layouts.row((layouts.column((self.canvas, 1), below), 1), self._side(), self.details, parent=self, spacing=2)

    def _side(self) -> QFrame:
        side = theme.card()
        side.setFixedWidth(theme.scaled(_SIDE_WIDTH))
        layouts.column(self.status, self.message, (self.bars, 1), self.correct_button, parent=side, margins=2)
        return side

    @Slot()
    def _zoomed(self) -> None:
        shown = self.canvas.has_picture
        self.fit_button.setText("Fit" if self.canvas.fitted else f"{round(self.canvas.scale * 100)} %")
        self.fit_button.setEnabled(shown)
        self.larger_button.setEnabled(shown)
        self.smaller_button.setEnabled(shown and not self.canvas.fitted)


class StatusChip(QWidget):
    """A status as in the table, as a widget."""

    def __init__(self) -> None:
        super().__init__()
        self._status = Status.OK
        self.setFixedHeight(3 * theme.SPACE)
        theme.notifier().changed.connect(self.update)

    def show_status(self, status: Status) -> None:
        self._status = status
        self.setAccessibleName(f"Status: {STATUS_WORDS[status]}")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(18 * theme.SPACE, 3 * theme.SPACE)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_status(painter, self.rect(), self._status, theme.tokens().surface)


class AllReviewed(QWidget):
    """What was done, with buttons for the next step."""

    def __init__(self) -> None:
        super().__init__()
        self.heading = theme.title("All reviewed")
        self.heading.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.text = theme.muted("")
        self.text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.back_button = theme.primary_button("Back to the list", "chevron-left")
        self.back_button.setToolTip("Back to the list (Enter or Escape)")
        self.back_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.export_button = theme.quiet_button("Export CSV…", "export")
        self.export_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        layouts.column(
            (None, 2),
            (IconLabel(_ICON_SIZE, "check", "ok"), Qt.AlignmentFlag.AlignHCenter),
            self.heading,
            self.text,
            layouts.row(layouts.FILL, self.back_button, self.export_button, layouts.FILL),
            (None, 3),
            parent=self,
            spacing=2,
            margins=None,
        )

    def show_counts(self, confirmed: int, changed: int) -> None:
        """Show how many photos the review confirmed, and how many it gave another category."""
        done = confirmed + changed
        summary = f"{photos(done)} reviewed: {confirmed:,} confirmed, {changed:,} corrected."
        self.show_text("All reviewed", summary if done else "No photo needs review.")

    def show_text(self, heading: str, text: str) -> None:
        self.heading.setText(heading)
        self.text.setText(text)
        self.setAccessibleName(f"{heading}. {text}")
