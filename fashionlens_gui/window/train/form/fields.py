"""Form fields: label, control and help text; number boxes that ignore the wheel without focus."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QGridLayout, QLabel, QSpinBox, QWidget

from fashionlens_gui.window.shell import theme
from fashionlens_gui.window.shell.widgets import ChoiceBox
from trainer.number_format import decimal_number, whole_number

_LABEL_WIDTH = 9 * theme.SPACE
_NUMBER_WIDTH = 14 * theme.SPACE


class Field(QWidget):
    """A control with a label, a line of help and a tooltip.

    Args:
        label: With an ampersand before the letter of its shortcut.
        control: The input widget.
        help_text: One line beside the control, or a few below a control that is ``wide``.
        tooltip: Details.
        wide: The control fills the row; otherwise it has the width of a number.
    """

    def __init__(self, label: str, control: QWidget, help_text: str, tooltip: str, *, wide: bool = False) -> None:
        super().__init__()
        self._help = theme.muted(help_text)
        self._help.setVisible(bool(help_text))
        name = QLabel(label)
        name.setBuddy(control)
        control.setAccessibleName(label.replace("&", ""))
        control.setAccessibleDescription(help_text)
        self.setToolTip(tooltip)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(theme.SPACE)
        layout.setVerticalSpacing(theme.SPACE // 2 if wide else 0)
        layout.addWidget(name, 0, 0)
        if wide:
            name.setFixedWidth(theme.scaled(_LABEL_WIDTH))
            name.setWordWrap(True)
            layout.addWidget(control, 0, 1)
            layout.addWidget(self._help, 1, 1)
            layout.setColumnStretch(1, 1)
        else:
            control.setFixedWidth(theme.scaled(_NUMBER_WIDTH))
            layout.addWidget(self._help, 1, 0)
            layout.addWidget(control, 0, 1, 2, 1)
            layout.setColumnStretch(0, 1)

    def set_help(self, text: str) -> None:
        self._help.setText(text)
        self._help.setVisible(bool(text))


_TypedNumber = TypeVar("_TypedNumber", int, float)


def _checked(
    box: QSpinBox | QDoubleSpinBox, parse: Callable[[str], _TypedNumber], text: str
) -> tuple[QValidator.State, _TypedNumber | None]:
    """What was typed into a box in any locale: whether it may stay, and its value."""
    bare = text.removesuffix(box.suffix()).strip()
    if box.specialValueText() and text == box.specialValueText():
        return QValidator.State.Acceptable, parse(str(box.minimum()))
    try:
        value = parse(bare)
    except ValueError:
        # A beginning of a number may stay while it is typed; a second decimal separator may not.
        begun = not bare or any(_may_become(parse, bare + rest) for rest in ("0", "00", "000"))
        return QValidator.State.Intermediate if begun else QValidator.State.Invalid, None
    if value > box.maximum():
        return QValidator.State.Invalid, None
    return QValidator.State.Intermediate if value < box.minimum() else QValidator.State.Acceptable, value


def _may_become(parse: Callable[[str], float], text: str) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True


class LearningRateBox(QDoubleSpinBox):
    """A small positive number without trailing zeros; a step changes the leading digit.

    Qt reads ``0.001`` as 1 where the decimal separator is a comma. Here both are decimal separators in any locale.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setDecimals(6)
        self.setRange(1e-6, 10.0)
        self.setStepType(QDoubleSpinBox.StepType.AdaptiveDecimalStepType)
        _style_spin_box(self)

    def textFromValue(self, value: float) -> str:
        """Without trailing zeros."""
        text = self.locale().toString(value, "f", self.decimals())
        return text.rstrip(self.locale().zeroDigit()).rstrip(self.locale().decimalPoint())

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        return _checked(self, decimal_number, text)[0], text, position

    def valueFromText(self, text: str) -> float:
        value = _checked(self, decimal_number, text)[1]
        return self.value() if value is None else value


class _WholeNumberBox(QSpinBox):
    """Reads digits of any script, with or without thousands separators, in any locale."""

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        return _checked(self, whole_number, text)[0], text, position

    def fixup(self, text: str) -> str:
        return text  # Qt would delete thousands separators: 1.5 would become 15

    def valueFromText(self, text: str) -> int:
        value = _checked(self, whole_number, text)[1]
        return self.value() if value is None else value


def number_box(lowest: int, highest: int) -> QSpinBox:
    """A box for a whole number."""
    box = _WholeNumberBox()
    box.setRange(lowest, highest)
    box.setGroupSeparatorShown(highest >= 10_000)
    _style_spin_box(box)
    return box


def _style_spin_box(box: QAbstractSpinBox) -> None:
    ignore_wheel(box)
    theme.indent_number(box)


def combo_box() -> ChoiceBox:
    """A list to choose from that ignores the wheel without focus."""
    box = ChoiceBox()
    ignore_wheel(box)
    return box


class _WheelFilter(QObject):
    """Ignores the wheel without focus, so that scrolling the form changes no value."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return super().eventFilter(watched, event)


def ignore_wheel(widget: QWidget) -> None:
    """React to the wheel only with keyboard focus."""
    widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    widget.installEventFilter(_WheelFilter(widget))
