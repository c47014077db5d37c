"""The card beside the choices: attributes to look through and to set, and the colours that the pixels have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout

from fashionlens_gui.window.shell import theme
from fashionlens_gui.window.tag.review.attribute_chips import AttributeChips
from fashionlens_gui.window.tag.review.colour_bar import ColourBar

if TYPE_CHECKING:
    from fashionlens_gui.tagging.tag import Tag
    from fashionlens_gui.window.tag.review_reason import Doubt


class Details(QFrame):
    """Hides itself for models that know categories alone."""

    edit = Signal(str, str)
    """Open the values of an attribute; what was typed already."""
    left = Signal()
    """The keys are the viewer's again."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.chips = AttributeChips()
        self.colours = ColourBar()
        self._heading = theme.heading("Attributes")
        self._colours_heading = theme.muted("Colours in the photo")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * theme.SPACE, 2 * theme.SPACE, 2 * theme.SPACE, 2 * theme.SPACE)
        layout.setSpacing(theme.SPACE)
        layout.addWidget(self._heading)
        layout.addWidget(self.chips)
        layout.addSpacing(theme.SPACE)
        layout.addWidget(self._colours_heading)
        layout.addWidget(self.colours)
        layout.addStretch(1)
        self.chips.edit.connect(self.edit)
        self.chips.left.connect(self.left)
        self.hide()

    def show_tag(self, tag: Tag, doubts: Mapping[str, Doubt | None]) -> None:
        """Show a row.

        Args:
            tag: The row.
            doubts: The attributes to show, whether or not something is said of them, and why they are unsure.
        """
        looks = {each.name: each.srgb for each in tag.colours}
        self.chips.show_attributes(doubts, tag.attributes, looks)
        self.colours.show_colours(tag.colours)
        self._heading.setVisible(bool(doubts))
        self._colours_heading.setVisible(bool(tag.colours))
        self.setVisible(bool(doubts) or bool(tag.colours))

    def anchor(self, name: str) -> QRect:
        """Where the values of an attribute open, in global coordinates."""
        chip = self.chips.chips[name]
        return QRect(chip.mapToGlobal(chip.rect().topLeft()), QSize(chip.width(), chip.height()))
