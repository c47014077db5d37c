"""The page without photos: a place to drop them and buttons to choose them; a note while the list is opened."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from fashionlens_gui.window.shell import layouts, theme
from fashionlens_gui.window.shell.widgets import IconLabel
from trainer.number_format import photos

_ICON = 8 * theme.SPACE
_NAME = "No photos yet"
_HEADLINE = "Drop photos or a folder here"
_OPENING = "Opening your list…"


class DropPage(QWidget):
    """Shown while there are no photos. The main window handles drops."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(_NAME)
        self.target = _Target()
        self.files_button = theme.primary_button("Choose photos…", "photos")
        self.folder_button = theme.quiet_button("Choose folder…", "folder")
        self.samples_button = theme.quiet_button("Try it with sample photos", "sample")
        self.samples_button.setToolTip("A few drawn garments that come with FashionLens")
        self.all_button = theme.quiet_button("", "photos")
        self.all_button.setToolTip("Everything that was tagged before and not forgotten")
        self.all_button.hide()
        buttons = layouts.row(layouts.FILL, self.files_button, self.folder_button, self.samples_button, layouts.FILL)
        self.headline = theme.title(_HEADLINE)
        self.headline.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.lead = theme.muted(
            "FashionLens names the garment on each photo, shows you the ones it is unsure about, "
            "and saves the list for your shop. Your photos never leave this computer."
        )
        self.lead.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.lead.setFixedWidth(64 * theme.SPACE)  # a wrapped label needs a width to know its height
        layouts.column(
            (None, 2),
            (IconLabel(_ICON, "photos"), Qt.AlignmentFlag.AlignHCenter),
            self.headline,
            layouts.row(self.lead),
            1,
            buttons,
            (self.all_button, Qt.AlignmentFlag.AlignHCenter),
            (None, 3),
            parent=self.target,
            spacing=2,
            margins=3,
        )
        layouts.column(self.target, parent=self)

    def show_opening(self, opening: bool) -> None:
        text = _OPENING if opening else _HEADLINE
        if text == self.headline.text():
            return
        self.headline.setText(text)
        self.setAccessibleName(_OPENING if opening else _NAME)
        for widget in (self.lead, self.files_button, self.folder_button, self.samples_button):
            widget.setVisible(not opening)
        if self.hasFocus():
            self.take_focus()

    def show_remembered(self, count: int) -> None:
        """Offer the photos that are in the catalogue, if there are any."""
        self.all_button.setText(
            f"Show all {photos(count)} tagged before" if count > 1 else "Show the photo tagged before"
        )
        self.all_button.setVisible(count > 0 and self.headline.text() == _HEADLINE)

    def set_writable(self, writable: bool) -> None:
        """Whether photos can be added."""
        for button in (self.files_button, self.folder_button, self.samples_button):
            button.setEnabled(writable)

    def take_focus(self) -> None:
        (self if self.files_button.isHidden() else self.files_button).setFocus()


class _Target(QWidget):
    """A rounded area with a dashed edge."""

    def paintEvent(self, _event: QPaintEvent) -> None:
        colours = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(QColor(colours.border), 2)
        pen.setDashPattern([4, 4])
        painter.setPen(pen)
        painter.setBrush(QColor(colours.surface))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 2 * theme.SPACE, 2 * theme.SPACE)
