"""A photo with a label issue, large, with the decision buttons."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QKeySequence, QPixmap, QShortcut
from PySide6.QtWidgets import QDialog, QWidget

from fashionlens_gui.messages.data import breakable, issue_sentence
from fashionlens_gui.window.photos.photo_canvas import PhotoCanvas
from fashionlens_gui.window.shell import layouts, theme
from fashionlens_gui.window.shell.widgets import KeyLegend
from fashionlens_gui.window.train.data_check.decision_buttons import DecisionButtons, keys
from trainer.data_quality.label_issues import LabelIssue

_SIDE_WIDTH = 36 * theme.SPACE
_SIZE = QSize(148 * theme.SPACE, 86 * theme.SPACE)


class LabelIssueViewer(QDialog):
    """Shows one photo at a time; deleted when closed."""

    step = Signal(int)
    """Go so many photos forward, or back if negative."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Check the category")
        self.setModal(True)
        self.shown: Path | None = None
        self.canvas = PhotoCanvas()
        self.canvas.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # otherwise Space would press a focused button
        self.choices = DecisionButtons(vertical=True)
        self.name = theme.heading("", wraps=True)
        self.description = theme.plain("")
        self.decision_text = theme.plain("", "ok")
        self.place = theme.muted("")
        self.back_button = theme.quiet_button("Previous", "chevron-left")
        self.on_button = theme.quiet_button("Next", "chevron-right")
        self.close_button = theme.quiet_button("Back to all")
        self.keys = KeyLegend()
        self.keys.show_keys((("← →", "next photo"), *keys(), ("Space", "back"), ("+ −", "zoom")))
        self._lay_out()
        self._connect()
        self.resize(_SIZE.boundedTo(parent.window().size()))

    def show_issue(
        self, issues: tuple[LabelIssue, ...], row: int, decision_text: str, can_undo: bool, preview: QImage | None
    ) -> None:
        """Show a photo.

        Args:
            issues: All issues.
            row: Index of the photo.
            decision_text: The decision in words, or empty.
            can_undo: Whether there is a decision to undo.
            preview: The thumbnail, shown until the photo is read.
        """
        issue = issues[row]
        self.choices.show_issue(issue, can_undo)
        self.name.setText(breakable(issue.file.name))
        self.name.setToolTip(str(issue.file))
        self.description.setText(issue_sentence(issue, named=False))
        self.decision_text.setText(breakable(decision_text))
        self.decision_text.setVisible(bool(decision_text))
        self.place.setText(f"{row + 1:,} of {len(issues):,}")
        self.back_button.setEnabled(row > 0)
        self.on_button.setEnabled(row < len(issues) - 1)
        if issue.file == self.shown:
            return
        self.shown = issue.file
        self.canvas.setAccessibleDescription(issue_sentence(issue))
        following = issues[row + 1].file if row + 1 < len(issues) else None
        self.canvas.open(issue.file, following, None if preview is None else QPixmap.fromImage(preview))

    def done(self, result: int) -> None:
        self.shown = None
        self.canvas.clear()
        super().done(result)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            self.accept()
        else:
            super().keyPressEvent(event)

    def _step_by(self, photos: int) -> Callable[[], None]:
        return lambda: self.step.emit(photos)

    def _connect(self) -> None:
        self.back_button.clicked.connect(self._step_by(-1))
        self.on_button.clicked.connect(self._step_by(1))
        self.close_button.clicked.connect(self.accept)
        key = Qt.Key
        for several, act in (
            ((key.Key_Left, key.Key_Up, key.Key_PageUp), self._step_by(-1)),
            ((key.Key_Right, key.Key_Down, key.Key_PageDown), self._step_by(1)),
            ((key.Key_Plus, key.Key_Equal), self.canvas.zoom_in),
            ((key.Key_Minus,), self.canvas.zoom_out),
            ((key.Key_0,), self.canvas.fit),
        ):
            for each in several:
                QShortcut(QKeySequence(each), self, act)

    def _lay_out(self) -> None:
        for button in (self.back_button, self.on_button, self.close_button):
            button.setAutoDefault(False)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        side = QWidget()
        side.setFixedWidth(theme.scaled(_SIDE_WIDTH))
        column = layouts.column(self.name, self.description, self.decision_text, parent=side)
        column.addStretch(1)  # keeps the buttons in place for all photos
        column.addWidget(self.choices)
        column.addSpacing(2 * theme.SPACE)
        column.addLayout(layouts.row(self.back_button, self.on_button, (self.place, 1)))
        column.addWidget(self.close_button)
        layouts.column(
            (layouts.row((self.canvas, 1), side, spacing=3), 1), self.keys, parent=self, spacing=2, margins=3
        )
        self.canvas.setFocus()
