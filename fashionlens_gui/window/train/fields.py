"""Form fields with their words: a label above, a line of help below, nothing that changes by accident."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QDoubleSpinBox, QLabel, QSpinBox, QVBoxLayout, QWidget

from fashionlens_gui.window import theme


class Field(QWidget):
    """A control with its label and help. The tooltip tells more and belongs to all of it."""

    def __init__(self, label: str, control: QWidget, help_text: str, tooltip: str) -> None:
        super().__init__()
        self._help = theme.muted(help_text)
        name = QLabel(label)
        name.setBuddy(control)
        control.setAccessibleName(label.replace("&", ""))
        control.setAccessibleDescription(help_text)
        self.setToolTip(tooltip)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.SPACE // 2)
        layout.addWidget(name)
        layout.addWidget(control)
        layout.addWidget(self._help)
        layout.addStretch()

    def set_help(self, text: str) -> None:
        """Say something else below the control."""
        self._help.setText(text)


class LearningRateBox(QDoubleSpinBox):
    """A small positive number without trailing zeros; one step changes its leading digit."""

    def __init__(self) -> None:
        super().__init__()
        self.setDecimals(6)
        self.setRange(1e-6, 10.0)
        self.setStepType(QDoubleSpinBox.StepType.AdaptiveDecimalStepType)
        still_under_wheel(self)

    def textFromValue(self, value: float) -> str:
        """As short as exact."""
        text = self.locale().toString(value, "f", self.decimals())
        return text.rstrip("0").rstrip(self.locale().decimalPoint())


def number_box(lowest: int, highest: int) -> QSpinBox:
    """A box for a whole number."""
    box = QSpinBox()
    box.setRange(lowest, highest)
    box.setGroupSeparatorShown(highest >= 10_000)
    still_under_wheel(box)
    return box


class _WheelGuard(QObject):
    """Keeps the mouse wheel, meant to scroll the form, from changing a value under it."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return super().eventFilter(watched, event)


def still_under_wheel(widget: QWidget) -> None:
    """Let ``widget`` react to the wheel only when it has the keyboard focus."""
    widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    widget.installEventFilter(_WheelGuard(widget))
