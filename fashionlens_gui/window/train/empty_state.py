"""Shown in place of the charts before the first training."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QWidget

from fashionlens_gui.window.shell import theme
from fashionlens_gui.window.train.run_notices import IconLabel

_WIDTH = 60 * theme.SPACE
_LINES = (
    (
        "play",
        "Start training",
        "Choose photos on the left. The other settings are fine as they are. You can pause, stop and continue later.",
    ),
    (
        "train",
        "Watch the progress",
        "One chart shows the loss of each batch, which should fall. Two charts compare training photos with validation "
        "photos, which the model is not trained on, epoch by epoch.",
    ),
    (
        "check",
        "Use the model",
        "The best state is saved as a model. You can tag your photos with it at once.",
    ),
)


class EmptyState(QScrollArea):
    """Three steps, centred; scrolls in small windows."""

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        block = QWidget()
        block.setMaximumWidth(_WIDTH)
        steps = QGridLayout(block)
        steps.setContentsMargins(0, 0, 0, 0)
        steps.setHorizontalSpacing(2 * theme.SPACE)
        steps.setVerticalSpacing(theme.SPACE // 2)
        steps.setColumnStretch(1, 1)
        title = theme.title("Train your own model")
        title.setWordWrap(True)
        steps.addWidget(title, 0, 0, 1, 2)
        steps.setRowMinimumHeight(1, 2 * theme.SPACE)
        for index, (icon, heading, text) in enumerate(_LINES):
            row = 2 + 3 * index
            steps.addWidget(IconLabel(icon, "accent", 3 * theme.SPACE), row, 0, Qt.AlignmentFlag.AlignTop)
            steps.addWidget(theme.heading(heading), row, 1)
            steps.addWidget(theme.muted(text), row + 1, 1)
            steps.setRowMinimumHeight(row + 2, 2 * theme.SPACE)
        page = QWidget()
        layout = QGridLayout(page)  # an alignment would keep the block at its minimum width
        layout.addWidget(block, 1, 1)
        layout.setColumnStretch(0, 1)
        layout.setColumnStretch(1, 8)
        layout.setColumnStretch(2, 1)
        layout.setRowStretch(0, 2)
        layout.setRowStretch(2, 3)
        self.setWidget(page)
