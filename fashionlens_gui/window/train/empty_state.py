"""What the charts' place says before there is a training to watch."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QWidget

from fashionlens_gui.window.shell import theme
from fashionlens_gui.window.train.run_notices import IconLabel

_WIDTH = 60 * theme.SPACE
_LINES = (
    (
        "play",
        "Press Start",
        "Say on the left which photos it shall learn from; all else is good as it is. You can pause, stop and go on "
        "later.",
    ),
    (
        "train",
        "Watch it learn",
        "One chart shows the loss, how wrong it still is, falling with each batch of photos. Two more compare, epoch "
        "by epoch, the photos it learns from with validation photos that it never learns from.",
    ),
    (
        "check",
        "Use it",
        "The best state is saved as a model, with which you can tag your photos at once.",
    ),
)


class EmptyState(QScrollArea):
    """Three steps, in the middle of the free space; scrolls where the window is low."""

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
        title = theme.title("Train a model of your own")
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
        layout = QGridLayout(page)  # not an alignment, which would keep the block at its narrowest
        layout.addWidget(block, 1, 1)
        layout.setColumnStretch(0, 1)
        layout.setColumnStretch(1, 8)
        layout.setColumnStretch(2, 1)
        layout.setRowStretch(0, 2)
        layout.setRowStretch(2, 3)
        self.setWidget(page)
