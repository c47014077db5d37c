"""One model: its actions, its metadata and its card."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QWidget

from fashionlens_gui.window.models.model_facts import card_text, facts
from fashionlens_gui.window.shell import layouts, theme
from fashionlens_gui.window.shell.model_card import ModelCardView, shown_figures
from fashionlens_gui.window.shell.widgets import follow_action
from trainer.model_files.library import ModelEntry


class ModelDetails(QWidget):
    """Name, state, buttons, facts and card.

    Args:
        use: Uses the model; gets the primary button.
        others: Further actions, a button each.
    """

    def __init__(self, use: QAction, others: tuple[QAction, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = theme.title("", wraps=True)
        self.name.setMinimumWidth(1)
        self.name.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.state = theme.muted("")
        self.card = ModelCardView()
        self.card.setAccessibleName("Model card")
        self._facts, self._figures = _pairs(), _pairs()
        self.use = _button_for(use, theme.primary_button(""))
        buttons = layouts.row(self.use)
        for action in others:
            buttons.addWidget(_button_for(action, theme.quiet_button("")))
        buttons.addStretch()
        layouts.column(
            self.name,
            self.state,
            buttons,
            1,
            layouts.row((self._facts, 1), (self._figures, 1), spacing=4),
            1,
            (self.card, 1),
            parent=self,
        )

    def show_model(self, entry: ModelEntry, state: str) -> None:
        """Show one model; ``state`` is a sentence about its origin and use."""
        self.name.setText(entry.path.stem)
        self.state.setText(state)
        _fill(self._facts, [(theme.muted(label), _words(text)) for label, text in facts(entry)])
        _fill(self._figures, [(_number(share), theme.muted(words)) for share, words in shown_figures(entry.metadata)])
        self.card.show_markdown(card_text(entry))


def _pairs() -> QGridLayout:
    """A grid for pairs of a narrow label and one that wraps."""
    grid = QGridLayout()
    grid.setHorizontalSpacing(2 * theme.SPACE)
    grid.setVerticalSpacing(theme.SPACE // 2)
    grid.setColumnStretch(1, 1)
    return grid


def _fill(grid: QGridLayout, rows: list[tuple[QLabel, QLabel]]) -> None:
    while (item := grid.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
    for row in range(grid.rowCount()):
        grid.setRowStretch(row, 0)
    for row, (left, right) in enumerate(rows):
        left.setWordWrap(False)
        right.setMinimumWidth(1)
        grid.addWidget(left, row, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(right, row, 1, Qt.AlignmentFlag.AlignTop)
    grid.setRowStretch(len(rows), 1)


def _words(text: str) -> QLabel:
    label = theme.plain(text)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def _number(text: str) -> QLabel:
    label = QLabel(text)
    label.setAlignment(Qt.AlignmentFlag.AlignRight)
    return label


def _button_for(action: QAction, button: QPushButton) -> QPushButton:
    button.setIcon(action.icon())
    return follow_action(button, action)
