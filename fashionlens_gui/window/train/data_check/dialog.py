"""The dialog that checks photos before training: progress, findings and the review of label issues."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer, Slot
from PySide6.QtWidgets import QDialog, QHBoxLayout, QProgressBar, QStackedWidget, QVBoxLayout, QWidget

from fashionlens_gui import messages, paths
from fashionlens_gui.messages.data import decision_counts
from fashionlens_gui.messages.progress import progress_text
from fashionlens_gui.window.shell import theme
from fashionlens_gui.window.shell.workers import WorkerSlot
from fashionlens_gui.window.train.data_check.check import CheckResult, Thumbnail, check
from fashionlens_gui.window.train.data_check.findings import FindingsList
from fashionlens_gui.window.train.data_check.label_review import LabelReview
from trainer.control import ProgressEvent
from trainer.errors import FashionLensError

_SMALL = QSize(70 * theme.SPACE, 34 * theme.SPACE)
_LARGE = QSize(148 * theme.SPACE, 82 * theme.SPACE)
_TALL = QSize(70 * theme.SPACE, 56 * theme.SPACE)
_FINDINGS_WIDTH = 40 * theme.SPACE
_STEPS = 1000
_NOTE = "Your files are not changed or moved. Your decisions only apply to training."
_EXPLAINED = (
    "Finds unreadable photos, duplicates, photos that may be in the wrong category, and categories with too few "
    "photos. "
)


class DataCheckDialog(QDialog):
    """Checks one folder or list; deleted when closed.

    Args:
        source: A folder with a folder for each category, or a CSV of files and categories.
        parent: Qt parent.
    """

    def __init__(self, source: Path, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Check the photos")
        self.setModal(True)
        self.checked: CheckResult | None = None
        self.title = theme.title(f"Checking “{source.name}”")
        self.title.setWordWrap(True)
        self.words = theme.muted(_EXPLAINED + _NOTE)
        self._doing = theme.muted("Preparing…")
        self._progress = QProgressBar()
        self._progress.setTextVisible(False)
        self._progress.setRange(0, 0)
        self.findings = FindingsList()
        self.review = LabelReview(paths.decisions_file(source))
        self._pages = QStackedWidget()
        self._tally = theme.muted("")
        self.close_button = theme.quiet_button("Cancel")
        self._lay_out()
        self.resize(_SMALL)
        self.review.decided.connect(self._show_tally)
        self.close_button.clicked.connect(self.reject)
        self._steps: list[Callable[[], object]] = []
        self._next_step = QTimer(self)
        self._next_step.timeout.connect(self._do_next_step)
        self._check = partial(check, source)
        self._slot = WorkerSlot[object, None]("checking photos", self, on_events=self._take, on_error=self._failed)

    @property
    def busy(self) -> bool:
        """Whether the check is running or its result is not completely shown yet."""
        return self._slot.busy or bool(self._steps)

    def begin(self) -> None:
        self.open()
        self._slot.start(self._check)

    def done(self, result: int) -> None:
        """Close; saves the decisions and stops the check."""
        self.review.finish_saving()
        self._slot.stop()
        super().done(result)

    def shutdown(self, milliseconds: int) -> None:
        """End the check when the window closes; saves the decisions."""
        self.review.finish_saving()
        self._slot.shutdown(milliseconds)

    def _take(self, events: tuple[object, ...]) -> None:
        for event in events:
            if isinstance(event, CheckResult):
                self._show(event)
            elif isinstance(event, Thumbnail):
                self.review.set_thumbnail(event.file, event.image)
        newest = events[-1]
        if isinstance(newest, ProgressEvent):
            self._progress.setRange(0, _STEPS if newest.total else 0)
            self._progress.setValue(round(_STEPS * newest.done / newest.total) if newest.total else 0)
            count = f": {newest.done:,} of {newest.total:,}" if newest.total else ""
            self._doing.setText(f"{progress_text(newest)}{count}")

    def _show(self, checked: CheckResult) -> None:
        self.checked = checked
        self.close_button.setText("Done")
        self.words.setText(f"{checked.summary} {_NOTE if checked.issues else ''}")
        if not checked.findings and not checked.issues:
            self.title.setText("No problems found")
            self.words.setText(f"{checked.summary} Nothing needs your attention.")
            self._pages.hide()
            self.close_button.setDefault(True)
            return
        what = "Findings" if checked.findings else "Your decisions"
        self.title.setText(f"{what} in “{checked.name}”")
        self.findings.setVisible(bool(checked.findings))
        self.review.setVisible(bool(checked.issues))
        self.close_button.setAutoDefault(False)
        if checked.issues:
            self.findings.setFixedWidth(_FINDINGS_WIDTH)
        # Each step in its own event, so that the window stays responsive.
        self._steps = [
            lambda: self.findings.show_findings(checked.findings, checked.more),
            lambda: self.review.show_result(checked),
            lambda: self._pages.addWidget(self._found),  # only now, because it enlarges the dialog
            self._grow if checked.issues else lambda: self.resize(_TALL),
            lambda: self._pages.setCurrentWidget(self._found),
            self.review.grid.setFocus,
            self._show_tally,
        ]
        self._next_step.start()

    @Slot()
    def _do_next_step(self) -> None:
        self._steps.pop(0)()
        if not self._steps:
            self._next_step.stop()

    def _grow(self) -> None:
        """Fill the window, centred."""
        parent = self.parentWidget()
        if parent is None:
            return
        window = parent.window()
        self.resize(_LARGE.boundedTo(window.size() - QSize(2 * theme.SPACE, 2 * theme.SPACE)))
        frame = self.frameGeometry()
        frame.moveCenter(window.frameGeometry().center())
        self.move(frame.topLeft())

    @Slot()
    def _show_tally(self) -> None:
        words, left = decision_counts(self.review.decisions), self.review.left
        to_decide = f"{left:,} to decide." if left else ""
        self._tally.setText(
            f"Your decisions: {words}. {to_decide or 'Nothing left to decide.'}" if words else to_decide
        )

    def _failed(self, error: FashionLensError) -> None:
        self.title.setText("The check failed")
        self.words.setText(messages.sentence(error))
        self._pages.hide()
        self.close_button.setText("Close")

    def _lay_out(self) -> None:
        waiting = QWidget()
        column = QVBoxLayout(waiting)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE)
        column.addWidget(self._doing)
        column.addWidget(self._progress)
        column.addStretch(1)
        found = QWidget(self)
        found.hide()
        sides = QHBoxLayout(found)
        sides.setContentsMargins(0, 0, 0, 0)
        sides.setSpacing(2 * theme.SPACE)
        sides.addWidget(self.findings, 1)
        sides.addWidget(self.review, 2)
        self._pages.addWidget(waiting)
        self._found = found
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.SPACE)
        buttons.addWidget(self._tally, 1)
        buttons.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*[3 * theme.SPACE] * 4)
        layout.setSpacing(2 * theme.SPACE)
        layout.addWidget(self.title)
        layout.addWidget(self.words)
        layout.addWidget(self._pages, 1)
        layout.addLayout(buttons)
