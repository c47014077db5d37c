"""Widgets that several tabs use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar, cast

from PySide6.QtCore import QRect, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QColor, QHideEvent, QIcon, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QComboBox,
    QFrame,
    QMenu,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QWidget,
)

from fashionlens_gui.window.shell import icons, layouts, theme
from fashionlens_gui.window.shell.painting import fonts_like, paint_key_cap

_BAR = 6
_SWEEP_MS = 40


PanelType = TypeVar("PanelType", bound=QWidget)


class LazyPage(QWidget, Generic[PanelType]):
    """A tab that is empty until :meth:`ensure` is called, so that the window opens sooner.

    Args:
        make: Makes the panel. When it raises, the next call of :meth:`ensure` tries again.
    """

    def __init__(self, make: Callable[[], PanelType]) -> None:
        super().__init__()
        self._make = make
        self.panel: PanelType | None = None
        self._layout = layouts.column(parent=self)

    def ensure(self) -> PanelType:
        """The panel, made at the first call."""
        if self.panel is None:
            self.panel = self._make()
            self._layout.addWidget(self.panel)
            self.setFocusProxy(self.panel)
        return self.panel


def follow_action(button: QPushButton, action: QAction, *, with_text: bool = True) -> QPushButton:
    """Let a button trigger an action and show its state and, if wanted, its text; returns the button."""

    def update() -> None:
        if with_text:
            button.setText(action.text())
        button.setEnabled(action.isEnabled())
        button.setToolTip(action.toolTip())
        button.setAccessibleName(action.text().rstrip("…"))

    action.changed.connect(update)
    button.clicked.connect(action.trigger)
    update()
    return button


class ButtonMenu(QMenu):
    """The menu of a button, its parent; it opens inside the window."""

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        window = cast(QWidget, self.parentWidget()).window().geometry()
        self.move(max(window.left(), min(self.x(), window.right() - theme.SPACE - self.width())), self.y())


class IconLabel(QWidget):
    """An icon that follows the theme and the scale of the screen.

    Args:
        side: Pixels.
        icon: See :func:`icons.icon`; empty for none yet.
        colour: See there.
    """

    def __init__(self, side: int, icon: str = "", colour: str = "accent") -> None:
        super().__init__()
        self._icon = QIcon()
        self.setFixedSize(side, side)
        if icon:
            self.set_icon(icon, colour)

    def set_icon(self, icon: str, colour: str = "accent") -> None:
        self._icon = icons.icon(icon, colour)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        self._icon.paint(QPainter(self), self.rect())


class SideColumn(QScrollArea):
    """A scrolling column of fixed width beside pictures; it takes no keyboard focus.

    Args:
        width: Pixels.

    Attributes:
        column: The layout of its content.
    """

    def __init__(self, width: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedWidth(width)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAutoFillBackground(False)
        inner = QWidget()
        inner.setObjectName("column")
        inner.setStyleSheet("#column { background: transparent; }")
        self.column = layouts.column(parent=inner, margins=(0, 0, 1, 0))
        self.setWidget(inner)


# Shapes only; the colours are the theme's.
_LEFT = "border-top-right-radius: 0; border-bottom-right-radius: 0;"
_INNER = "border-left-width: 0; border-top-left-radius: 0; border-bottom-left-radius: 0;"


class SegmentedChoice(QWidget):
    """A segmented control: joined buttons of which one is checked; arrow keys move between them.

    Args:
        choices: (text, value) of each.
        name: What is chosen, for screen readers.
    """

    chosen = Signal(object)
    """The value of the button that was pressed."""

    def __init__(self, choices: Sequence[tuple[str, Any]], name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._values = [value for _, value in choices]
        self._group = QButtonGroup(self)
        layout = layouts.row(parent=self, spacing=0)
        for place, (text, _) in enumerate(choices):
            button = QPushButton(text)
            button.setCheckable(True)
            button.setChecked(place == 0)
            button.setAccessibleName(f"{name}: {text}")
            shape = (_INNER if place else "") + (_LEFT if place < len(choices) - 1 else "")
            button.setStyleSheet(f"QPushButton {{ {shape} }}")
            self._group.addButton(button, place)
            layout.addWidget(button)
        self._group.buttonClicked.connect(self._clicked)

    def button(self, value: Any) -> QAbstractButton:
        return self._group.button(self._values.index(value))

    @Slot(QAbstractButton)
    def _clicked(self, button: QAbstractButton) -> None:
        self.chosen.emit(self._values[self._group.id(button)])


_HEIGHT = 3 * theme.SPACE
_CAP_PADDING = 6
_AFTER_CAP = 6
_BETWEEN = 2 * theme.SPACE

Key = tuple[str, str]
"""Its label and what it does."""


class KeyLegend(QWidget):
    """One line of keys, each as a key cap with what it does: as many as fit; the accessible description has all."""

    def __init__(self) -> None:
        super().__init__()
        self._keys: tuple[Key, ...] = ()
        self.setAccessibleName("Keys")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.notifier().changed.connect(self.update)

    def show_keys(self, keys: Sequence[Key]) -> None:
        if tuple(keys) == self._keys:
            return
        self._keys = tuple(keys)
        shortcuts_text = ", ".join(f"{key}: {meaning}" for key, meaning in keys)
        self.setAccessibleDescription(shortcuts_text)
        self.setToolTip(shortcuts_text)
        self.update()

    def keys(self) -> tuple[Key, ...]:
        return self._keys

    def sizeHint(self) -> QSize:
        return QSize(40 * theme.SPACE, _HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fonts = fonts_like(self.font())
        painter.setFont(fonts.small)
        metrics = fonts.small_metrics
        left = 0
        for key, meaning in self._keys:
            cap = max(metrics.horizontalAdvance(key) + 2 * _CAP_PADDING, metrics.height() + 4)
            text_width = metrics.horizontalAdvance(meaning)
            if left + cap + _AFTER_CAP + text_width > self.width():
                break
            height = metrics.height() + 4
            paint_key_cap(painter, QRect(left, (self.height() - height) // 2, cap, height), key)
            left += cap + _AFTER_CAP
            painter.setPen(QColor(theme.tokens().text_muted))
            middle = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
            painter.drawText(QRect(left, 0, text_width + 2, self.height()), middle, meaning)
            left += text_width + _BETWEEN


class ThinProgressBar(QProgressBar):
    """A progress bar of six pixels; a part of it moves while the total is unknown.

    Qt's own bar is painted 46 times a second (measured) from when it is busy for the first time.
    """

    def __init__(self, name: str = "Progress") -> None:
        super().__init__()
        self.setTextVisible(False)
        self.setFixedHeight(_BAR)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)
        self._phase, self._unknown = 0.0, False
        self._sweep = QTimer(self)
        self._sweep.setInterval(_SWEEP_MS)
        self._sweep.timeout.connect(self._step)

    def sizeHint(self) -> QSize:
        return QSize(30 * theme.SPACE, _BAR)

    def show_progress(self, done: int, total: int) -> None:
        """Show a share of ``total``; 0 while that is unknown."""
        self.setMaximum(max(total, 1))
        self.setValue(done)
        self.set_unknown(total == 0)

    def set_unknown(self, unknown: bool) -> None:
        self._unknown = unknown
        if unknown and self.isVisible():
            self._sweep.start()
        else:
            self._sweep.stop()
        self.update()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.set_unknown(self._unknown)

    @Slot()
    def _step(self) -> None:
        self._phase = (self._phase + 0.015) % 1.0
        self.update()

    def hideEvent(self, event: QHideEvent) -> None:
        self._sweep.stop()
        super().hideEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        colours = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        whole = QRectF(self.rect())
        painter.setBrush(QColor(colours.border))
        painter.drawRoundedRect(whole, _BAR / 2, _BAR / 2)
        painter.setBrush(QColor(colours.accent))
        if self._sweep.isActive():
            width = whole.width() / 4
            left = whole.left() - width + (whole.width() + width) * self._phase
            painter.drawRoundedRect(QRectF(left, whole.top(), width, _BAR).intersected(whole), _BAR / 2, _BAR / 2)
        elif self.maximum() > 0 and self.value() > 0:
            width = max(float(_BAR), whole.width() * self.value() / self.maximum())
            painter.drawRoundedRect(QRectF(whole.left(), whole.top(), width, _BAR), _BAR / 2, _BAR / 2)


class ChoiceBox(QComboBox):
    """A list to choose from that may be narrower than its texts: Qt cuts them without an ellipsis."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)

    def shown_text(self) -> str:
        """The text in the box, cut with an ellipsis where it does not fit."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        kind, part = QStyle.ComplexControl.CC_ComboBox, QStyle.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(kind, option, part, self).width() - 2
        text = self.currentText() or self.placeholderText()
        return self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room)

    def showPopup(self) -> None:
        """The list is as wide as its texts."""
        self.view().setMinimumWidth(min(self.view().sizeHintForColumn(0) + 3 * theme.SPACE, 80 * theme.SPACE))
        super().showPopup()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, option = QStylePainter(self), QStyleOptionComboBox()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        option.currentText = self.shown_text()
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)


class ElidedLabel(QWidget):
    """A line of text, cut with an ellipsis. It may change often: it needs no new layout, which repaints the panel."""

    def __init__(
        self,
        colour: str,
        alignment: Qt.AlignmentFlag,
        elide: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> None:
        super().__init__()
        self._text, self._colour, self._alignment, self._elide = "", colour, alignment, elide
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def text(self) -> str:
        return self._text

    def setText(self, text: str) -> None:
        if text != self._text:
            self._text = text
            self.setAccessibleName(text)
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(20 * theme.SPACE, self.fontMetrics().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(QColor(getattr(theme.tokens(), self._colour)))
        shown = self.fontMetrics().elidedText(self._text, self._elide, self.width())
        painter.drawText(self.rect(), int(self._alignment | Qt.AlignmentFlag.AlignVCenter), shown)
