"""A button for one attribute: its name, its value and how sure that is. It opens the list of values.

An unsure value has a dashed outline and a warning icon, one set by the user a check mark: not by colour alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from fashionlens_gui.window.shell import icons, theme
from fashionlens_gui.window.shell.keys import number_key
from fashionlens_gui.window.shell.painting import fonts_like, paint_dot, paint_line
from fashionlens_gui.window.shell.shown_names import shown
from fashionlens_gui.window.tag.unsure_reason import UnsureKind
from fashionlens_gui.window.tag.vocabulary import TITLES
from trainer.number_format import whole_percent

if TYPE_CHECKING:
    from fashionlens_gui.tagging.attributes import AttributeTag
    from fashionlens_gui.window.tag.unsure_reason import UnsureReason

_HEIGHT = 4 * theme.SPACE
_TITLE_WIDTH = 8 * theme.SPACE
_DOT, _ICON = 14, 16
_LEFT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
_RIGHT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)


class AttributeChip(QAbstractButton):
    """Shows one attribute. Enter, Space, a click or a letter opens the values."""

    edit = Signal(str)
    """Open the values; the letter that was typed, or empty."""
    step = Signal(int)
    """Focus the next chip (1) or the previous one (-1)."""
    escaped = Signal()
    """Give the focus back to the viewer."""

    def __init__(self, name: str, title: str = "") -> None:
        super().__init__()
        self.name = name
        self.title = title or TITLES[name]
        self._attribute: AttributeTag | None = None
        self._reason: UnsureReason | None = None
        self._srgb: tuple[int, int, int] | None = None
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the focus in the viewer
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.clicked.connect(lambda: self.edit.emit(""))
        theme.notifier().changed.connect(self.update)

    def show_value(
        self, attribute: AttributeTag | None, reason: UnsureReason | None, srgb: tuple[int, int, int] | None
    ) -> None:
        """Show an attribute, None for no value; ``reason`` says why it is unsure, ``srgb`` is its colour, 0 to 255."""
        self._attribute, self._reason, self._srgb = attribute, reason, srgb
        self.setAccessibleName(f"{self.title}: {self._text()}")
        self.setAccessibleDescription(reason.explanation if reason is not None else "")
        lines = [f"{self.title}: {self._text()}", "Enter or a letter opens the values"]
        if reason is not None:
            lines.insert(1, reason.explanation)
        self.setToolTip("\n".join(lines))
        self.update()

    def _text(self) -> str:
        attribute = self._attribute
        if attribute is None:
            return "not known"
        if attribute.source == "user":
            return f"{shown(self.name, attribute.value) or 'none'}, set by you"
        text = f"{shown(self.name, attribute.value)}, {self._confidence()}"
        below = self._reason is not None and self._reason.kind is UnsureKind.BELOW_THRESHOLD
        return f"{text}, unsure" if below else text

    def _confidence(self) -> str:
        if self._attribute is None:
            return ""
        return whole_percent(self._attribute.confidence) if self._reason is None else self._reason.label

    def sizeHint(self) -> QSize:
        return QSize(28 * theme.SPACE, _HEIGHT)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        modifiers = Qt.KeyboardModifier
        key, text = event.key(), event.text()
        plain = not event.modifiers() & (modifiers.ControlModifier | modifiers.AltModifier | modifiers.MetaModifier)
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space, Qt.Key.Key_F2, Qt.Key.Key_Slash) and plain:
            self.edit.emit("")
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.step.emit(1 if key == Qt.Key.Key_Down else -1)
        elif key == Qt.Key.Key_Escape:
            self.escaped.emit()
        elif plain and text.isalpha() and number_key(event) is None:
            self.edit.emit(text)
        else:
            event.ignore()  # the viewer handles it

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        colours = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(colours.text_muted))
        room = theme.scaled(_TITLE_WIDTH)
        title = self.fontMetrics().elidedText(self.title, Qt.TextElideMode.ElideRight, room - theme.SPACE // 2)
        painter.drawText(QRect(0, 0, room, self.height()), _LEFT, title)
        chip = self.rect().adjusted(theme.scaled(_TITLE_WIDTH), 0, 0, 0)
        self._paint_outline(painter, QRectF(chip))
        inside = chip.adjusted(theme.SPACE + 4, 0, -theme.SPACE - 2, 0)
        if self._srgb is not None:
            paint_dot(painter, QRect(inside.left(), inside.center().y() - _DOT // 2 + 1, _DOT, _DOT), self._srgb)
            inside.setLeft(inside.left() + _DOT + theme.SPACE)
        inside.setRight(self._paint_confidence(painter, inside) - theme.SPACE)
        attribute = self._attribute
        value = shown(self.name, attribute.value) if attribute is not None else ""
        empty = "none" if attribute is not None else "–"
        painter.setFont(self.font())
        paint_line(painter, inside, value or empty, colours.text if value else colours.text_muted)

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

    def _paint_confidence(self, painter: QPainter, inside: QRect) -> int:
        """Paint the confidence and the icon at the right; returns their left edge."""
        attribute = self._attribute
        if attribute is None:
            return inside.right()
        by_user = attribute.source == "user"
        text = "set by you" if by_user else self._confidence()
        fonts = fonts_like(self.font())
        right = inside.right()
        if by_user or self._reason is not None:
            icon = QRect(right - _ICON, inside.center().y() - _ICON // 2 + 1, _ICON, _ICON)
            icons.icon("check" if by_user else "warning", "accent" if by_user else "review").paint(painter, icon)
            right = icon.left() - 4
        painter.setFont(fonts.small)
        painter.setPen(QColor(theme.tokens().review if self._reason is not None else theme.tokens().text_muted))
        painter.drawText(QRect(inside.left(), inside.top(), right - inside.left(), inside.height()), _RIGHT, text)
        return right - fonts.small_metrics.horizontalAdvance(text)
