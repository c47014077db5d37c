"""The attributes of the photo in the viewer, and the colours of its pixels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QSizePolicy, QVBoxLayout, QWidget

from fashionlens_gui.window.shell import layouts, theme
from fashionlens_gui.window.shell.painting import paint_dot, paint_line_with_figure
from fashionlens_gui.window.shell.shown_names import shown
from fashionlens_gui.window.tag.review.attribute_chips import AttributeChip
from fashionlens_gui.window.tag.review.correction_history import CorrectionHistory
from fashionlens_gui.window.tag.vocabulary import srgb_of
from trainer.number_format import whole_percent
from trainer.taxonomy import ATTRIBUTES

if TYPE_CHECKING:
    from fashionlens_gui.tagging.tag import Tag
    from fashionlens_gui.window.tag.unsure_reason import UnsureReason
    from trainer.inference.prediction import Swatch

_BAR = 2 * theme.SPACE
_LINE = 3 * theme.SPACE
_DOT = 12


class AttributePanel(QFrame):
    """A chip per attribute, and the colours of the photo. Hides itself for models without attributes."""

    edit = Signal(str, str)
    """Open the values of an attribute; the letter that was typed, or empty."""
    escaped = Signal()
    """Give the focus back to the viewer."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.chips: dict[str, AttributeChip] = {}
        self.colours = ColourBar()
        self.history = CorrectionHistory()
        self._heading = theme.heading("Attributes")
        self._colours_heading = theme.muted("Colours in the photo")
        self._chips = chips = QVBoxLayout()
        chips.setSpacing(theme.SPACE - 2)
        for name in ATTRIBUTES:
            self._add_chip(AttributeChip(name))
        layouts.column(
            self._heading, chips, 1, self._colours_heading, self.colours, 1, (self.history, 1), parent=self, margins=2
        )
        self.hide()

    def show_own(self, titles: Mapping[str, str]) -> None:
        """Have a chip for each attribute that people defined; their names by code."""
        shown = {name: chip.title for name, chip in self.chips.items() if name not in ATTRIBUTES}
        if shown == titles:
            return
        for name in shown:
            chip = self.chips.pop(name)
            self._chips.removeWidget(chip)
            chip.deleteLater()
        for name, title in titles.items():
            self._add_chip(AttributeChip(name, title))

    def _add_chip(self, chip: AttributeChip) -> None:
        self.chips[chip.name] = chip
        self._chips.addWidget(chip)
        chip.edit.connect(partial(self.edit.emit, chip.name))
        chip.step.connect(partial(self._focus_next, chip))
        chip.escaped.connect(self.escaped)

    def show_tag(self, tag: Tag, reasons: Mapping[str, UnsureReason | None]) -> None:
        """Show a photo's attributes and colours.

        Args:
            tag: The photo's tag.
            reasons: The attributes to show, also those without a value, each with why it is unsure or None.
        """
        attributes = {each.name: each for each in (*tag.attributes, *tag.own)}
        measured = {each.name: each.srgb for each in tag.colours}
        for name, chip in self.chips.items():
            attribute = attributes.get(name)
            colour = attribute.value if attribute is not None and name == "colour" else ""
            chip.show_value(attribute, reasons.get(name), measured.get(colour) or srgb_of(colour))
            chip.setVisible(name in reasons)
        self.colours.show_colours(tag.colours)
        self._heading.setVisible(bool(reasons))
        self._colours_heading.setVisible(bool(tag.colours))
        self.setVisible(bool(reasons) or bool(tag.colours))

    def anchor(self, name: str) -> QRect:
        """The chip of an attribute in global coordinates; its list of values opens there."""
        chip = self.chips[name]
        return QRect(chip.mapToGlobal(QPoint(-theme.SPACE, 0)), chip.size())  # inside the card

    def _focus_next(self, chip: AttributeChip, step: int) -> None:
        shown = [each for each in self.chips.values() if not each.isHidden()]
        index = shown.index(chip) + step
        if 0 <= index < len(shown):
            shown[index].setFocus(Qt.FocusReason.TabFocusReason)


class ColourBar(QWidget):
    """A bar with each colour's share, and names and shares below, largest first."""

    def __init__(self) -> None:
        super().__init__()
        self._swatches: tuple[Swatch, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.notifier().changed.connect(self.update)

    def show_colours(self, swatches: Sequence[Swatch]) -> None:
        """Show a photo's colours; hides itself if there are none."""
        self._swatches = tuple(swatches)
        text = ", ".join(f"{shown('colour', each.name)} {whole_percent(each.share)}" for each in self._swatches)
        self.setAccessibleName(f"Colours in the photo: {text}")
        self.setToolTip(text)
        self.setVisible(bool(self._swatches))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(20 * theme.SPACE, _BAR + theme.SPACE // 2 + len(self._swatches) * _LINE)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        colours = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        bar = QRectF(0.5, 0.5, self.width() - 1, _BAR - 1)
        shape = QPainterPath()
        shape.addRoundedRect(bar, 4, 4)
        painter.fillPath(shape, QColor(colours.hover))
        painter.save()
        painter.setClipPath(shape)
        left = bar.left()
        for swatch in self._swatches:
            width = bar.width() * swatch.share
            painter.fillRect(QRectF(left, bar.top(), width, bar.height()), QColor(*swatch.srgb))
            left += width
        painter.restore()
        painter.setPen(QPen(QColor(colours.text_muted), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(shape)
        line = QRect(0, _BAR + theme.SPACE // 2, self.width(), _LINE)
        for swatch in self._swatches:
            paint_dot(painter, QRect(1, line.center().y() - _DOT // 2 + 1, _DOT, _DOT), swatch.srgb)
            percentage = whole_percent(swatch.share)
            text = line.adjusted(_DOT + theme.SPACE, 0, 0, 0)
            paint_line_with_figure(
                painter, text, shown("colour", swatch.name), percentage, (colours.text, colours.text_muted)
            )
            line.translate(0, _LINE)
