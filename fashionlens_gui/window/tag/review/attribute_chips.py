"""What else is said of a photo, as chips that open a list of values: colour, pattern, fabric, occasion and more.

The sign at a chip's end says how sure it is, and so does its outline: a broken one with a warning sign where the model
is unsure, a tick where a person set it. Colour alone never says it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from fashionlens_gui.window.shell import icons, theme
from fashionlens_gui.window.shell.painting import fonts_like, paint_dot
from fashionlens_gui.window.tag.unsure_reason import UnsureKind
from fashionlens_gui.window.tag.vocabulary import TITLES, srgb_of
from trainer.number_format import whole_percent
from trainer.taxonomy import ATTRIBUTES

if TYPE_CHECKING:
    from fashionlens_gui.tagging.attributes import AttributeTag
    from fashionlens_gui.window.tag.unsure_reason import UnsureReason

_HEIGHT = 4 * theme.SPACE
_TITLE_WIDTH = 8 * theme.SPACE
_DOT, _SIGN = 14, 16
_LEFT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
_RIGHT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
_COMMANDS = "uw"  # letters that the viewer takes for itself


class AttributeChip(QAbstractButton):
    """One attribute: its name, its value, how sure that is. Enter, Space, a click or a letter opens the values."""

    edit = Signal(str)
    """Open the values; what was typed already."""
    step = Signal(int)
    """On to the next chip (1) or the previous one (-1)."""
    left = Signal()
    """Escape: the keys are the viewer's again."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self._said: AttributeTag | None = None
        self._reason: UnsureReason | None = None
        self._srgb: tuple[int, int, int] | None = None
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keys with the viewer
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.clicked.connect(lambda: self.edit.emit(""))
        theme.notifier().changed.connect(self.update)

    def show_value(
        self, said: AttributeTag | None, reason: UnsureReason | None = None, srgb: tuple[int, int, int] | None = None
    ) -> None:
        """Show what is said, None where nothing is; ``reason`` why it is unsure, ``srgb`` how a colour looks."""
        self._said, self._reason, self._srgb = said, reason, srgb
        self.setAccessibleName(f"{TITLES[self.name]}: {self._words()}")
        self.setAccessibleDescription(reason.explanation if reason is not None else "")
        about = [f"{TITLES[self.name]}: {self._words()}", "Enter or a letter opens the values"]
        if reason is not None:
            about.insert(1, reason.explanation)
        self.setToolTip("\n".join(about))
        self.update()

    def value(self) -> str:
        """What is shown."""
        return self._said.value if self._said is not None else ""

    def _words(self) -> str:
        said = self._said
        if said is None:
            return "not known"
        if said.source == "user":
            return f"{said.value or 'none'}, set by you"
        words = f"{said.value}, {self._figure()}"
        below = self._reason is not None and self._reason.kind is UnsureKind.BELOW_THRESHOLD
        return f"{words}, unsure" if below else words

    def _figure(self) -> str:
        if self._said is None:
            return ""
        return whole_percent(self._said.confidence) if self._reason is None else self._reason.label

    def sizeHint(self) -> QSize:
        return QSize(28 * theme.SPACE, _HEIGHT)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        modifiers = Qt.KeyboardModifier
        key, text = event.key(), event.text()
        plain = not event.modifiers() & (modifiers.ControlModifier | modifiers.AltModifier | modifiers.MetaModifier)
        shifted = bool(event.modifiers() & modifiers.ShiftModifier)
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space, Qt.Key.Key_F2, Qt.Key.Key_Slash) and plain:
            self.edit.emit("")
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.step.emit(1 if key == Qt.Key.Key_Down else -1)
        elif key == Qt.Key.Key_Escape:
            self.left.emit()
        elif plain and text.isalpha() and (shifted or text not in _COMMANDS):
            self.edit.emit(text)
        else:
            event.ignore()  # the viewer's

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        colours = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fonts = fonts_like(self.font())
        painter.setPen(QColor(colours.text_muted))
        painter.drawText(QRect(0, 0, _TITLE_WIDTH, self.height()), _LEFT, TITLES[self.name])
        chip = self.rect().adjusted(_TITLE_WIDTH, 0, 0, 0)
        self._paint_outline(painter, QRectF(chip))
        inside = chip.adjusted(theme.SPACE + 4, 0, -theme.SPACE - 2, 0)
        if self._srgb is not None:
            paint_dot(painter, QRect(inside.left(), inside.center().y() - _DOT // 2 + 1, _DOT, _DOT), self._srgb)
            inside.setLeft(inside.left() + _DOT + theme.SPACE)
        inside.setRight(self._paint_sureness(painter, inside) - theme.SPACE)
        said = self._said
        value = said.value if said is not None else ""
        empty = "none" if said is not None else "–"
        painter.setFont(self.font())
        painter.setPen(QColor(colours.text if value else colours.text_muted))
        shown = fonts.metrics.elidedText(value or empty, Qt.TextElideMode.ElideRight, inside.width())
        painter.drawText(inside, _LEFT, shown)

    def _paint_outline(self, painter: QPainter, chip: QRectF) -> None:
        colours = theme.tokens()
        unsure = self._reason is not None
        edge = colours.accent if self.hasFocus() else colours.review if unsure else colours.border
        width = 2 if self.hasFocus() else 1
        pen = QPen(QColor(edge), width)
        if unsure and not self.hasFocus():
            pen.setDashPattern([3, 3])
        inset = width / 2
        painter.setPen(pen)
        painter.setBrush(QColor(colours.hover if self.underMouse() or self.isDown() else colours.surface))
        painter.drawRoundedRect(chip.adjusted(inset, inset, -inset, -inset), _HEIGHT / 2, _HEIGHT / 2)

    def _paint_sureness(self, painter: QPainter, inside: QRect) -> int:
        """Figure or words and a sign at the right; returns where they begin."""
        said = self._said
        if said is None:
            return inside.right()
        by_hand = said.source == "user"
        words = "set by you" if by_hand else self._figure()
        fonts = fonts_like(self.font())
        right = inside.right()
        if by_hand or self._reason is not None:
            sign = QRect(right - _SIGN, inside.center().y() - _SIGN // 2 + 1, _SIGN, _SIGN)
            icons.icon("check" if by_hand else "warning", "accent" if by_hand else "review").paint(painter, sign)
            right = sign.left() - 4
        painter.setFont(fonts.small)
        painter.setPen(QColor(theme.tokens().review if self._reason is not None else theme.tokens().text_muted))
        painter.drawText(QRect(inside.left(), inside.top(), right - inside.left(), inside.height()), _RIGHT, words)
        return right - fonts.small_metrics.horizontalAdvance(words)


class AttributeChips(QWidget):
    """A chip for each attribute that there is, one below the other. Up and down move among them."""

    edit = Signal(str, str)
    """Open the values of an attribute; what was typed already."""
    left = Signal()
    """Escape: the keys are the viewer's again."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Attributes")
        self.chips = {name: AttributeChip(name) for name in ATTRIBUTES}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.SPACE - 2)
        for name, chip in self.chips.items():
            layout.addWidget(chip)
            chip.edit.connect(lambda typed, name=name: self.edit.emit(name, typed))
            chip.step.connect(lambda by, name=name: self._step(name, by))
            chip.left.connect(self.left)
        for before, after in pairwise(self.chips.values()):
            QWidget.setTabOrder(before, after)

    def show_attributes(
        self,
        reasons: Mapping[str, UnsureReason | None],
        said: Sequence[AttributeTag],
        looks: dict[str, tuple[int, int, int]],
    ) -> None:
        """Show a photo's.

        Args:
            reasons: The attributes to show, each with why it is unsure or None.
            said: What is said of the photo.
            looks: How colours look in the photo itself, by name; others as such a colour usually does.
        """
        by_name = {each.name: each for each in said}
        for name, chip in self.chips.items():
            tag = by_name.get(name)
            colour = tag.value if tag is not None and name == "colour" else ""
            chip.show_value(tag, reasons.get(name), looks.get(colour) or srgb_of(colour))
            chip.setVisible(name in reasons)

    def _step(self, name: str, by: int) -> None:
        shown = [chip for chip in self.chips.values() if not chip.isHidden()]
        place = shown.index(self.chips[name]) + by
        if 0 <= place < len(shown):
            shown[place].setFocus(Qt.FocusReason.TabFocusReason)
