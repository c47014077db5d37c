"""The dialog that checks photos before training: progress, findings and the review of label issues."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, Slot
from PySide6.QtWidgets import QDialog, QFrame, QLabel, QScrollArea, QWidget

from fashionlens_gui import messages, paths
from fashionlens_gui.messages.data import decision_counts, first_files
from fashionlens_gui.messages.progress import progress_text
from fashionlens_gui.window.shell import layouts, theme
from fashionlens_gui.window.shell.widgets import ThinProgressBar
from fashionlens_gui.window.shell.workers import WorkerSlot
from fashionlens_gui.window.train.data_check.check import CheckResult, Thumbnail, check
from fashionlens_gui.window.train.data_check.label_review import LabelReview
from trainer.control import ProgressEvent
from trainer.errors import FashionLensError

if TYPE_CHECKING:
    from trainer.data_quality.findings import Finding

_SMALL = QSize(70 * theme.SPACE, 34 * theme.SPACE)
_LARGE = QSize(148 * theme.SPACE, 82 * theme.SPACE)
_TALL = QSize(70 * theme.SPACE, 56 * theme.SPACE)
_FINDINGS_WIDTH = 40 * theme.SPACE
_NOTE = "Your files are not changed or moved. Your decisions only apply to training."
_EXPLAINED = (
    "Finds unreadable photos, duplicates, photos that may be in the wrong category, and categories with too few "
    "photos. "
)


class DataCheckDialog(QDialog):
    """Checks one folder or list; deleted when closed.

    Args:
        source: A folder with a folder for each category, or a CSV of files and categories.
    """

    def __init__(self, source: Path, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Check the photos")
        self.setModal(True)
        self.checked: CheckResult | None = None
        self.title = theme.title(f"Checking “{source.name}”", wraps=True)
        self.text = theme.muted(_EXPLAINED + _NOTE)
        self._doing = theme.muted("Preparing…")
        self._progress = ThinProgressBar()
        self._progress.show_progress(0, 0)
        self.findings = FindingsList()
        self.review = LabelReview(paths.decisions_file(source))
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
            self._progress.show_progress(newest.done, newest.total)
            count = f": {newest.done:,} of {newest.total:,}" if newest.total else ""
            self._doing.setText(f"{progress_text(newest)}{count}")

    def _show(self, checked: CheckResult) -> None:
        self.checked = checked
        self.close_button.setText("Done")
        self.text.setText(f"{checked.summary} {_NOTE if checked.issues else ''}")
        if not checked.findings and not checked.issues:
            self.title.setText("No problems found")
            self.text.setText(f"{checked.summary} Nothing needs your attention.")
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
        counts, left = decision_counts(self.review.decisions), self.review.left
        to_decide = f"{left:,} to decide." if left else ""
        self._tally.setText(
            f"Your decisions: {counts}. {to_decide or 'Nothing left to decide.'}" if counts else to_decide
        )

    def _failed(self, error: FashionLensError) -> None:
        self.title.setText("The check failed")
        self.text.setText(messages.sentence(error))
        self._pages.hide()
        self.close_button.setText("Close")

    def _lay_out(self) -> None:
        waiting = QWidget()
        layouts.column(self._doing, self._progress, layouts.FILL, parent=waiting)
        self._found = QWidget(self)
        self._found.hide()
        layouts.row((self.findings, 1), (self.review, 2), parent=self._found, spacing=2)
        self._pages = layouts.pages(waiting)
        layouts.column(
            self.title,
            self.text,
            (self._pages, 1),
            layouts.row((self._tally, 1), self.close_button),
            parent=self,
            spacing=2,
            margins=3,
        )


_FILES_SHOWN = 30


class FindingsList(QScrollArea):
    """All findings in the given order."""

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Findings")

    def show_findings(self, findings: tuple[Finding, ...], more: int) -> None:
        """Show other findings.

        Args:
            findings: Of :class:`fashionlens_gui.window.train.data_check.check.CheckResult`.
            more: Doubtful photos that are not shown this time.
        """
        content = QWidget()
        layout = layouts.column(parent=content, spacing=0.5, margins=(0, 0, 2, 0))
        for finding in findings:
            layout.addWidget(theme.heading(finding.heading, wraps=True))
            for sentence in finding.sentences:
                layout.addWidget(theme.muted(sentence))
            if finding.files:
                layout.addWidget(_listed(first_files(finding.files, _FILES_SHOWN)))
            layout.addSpacing(2 * theme.SPACE)
        if more:
            layout.addWidget(theme.muted(f"{more:,} more photos are shown after you have decided on these."))
        layout.addStretch()
        self.setWidget(content)

    def words(self) -> list[str]:
        """All texts from top to bottom."""
        return [label.text() for label in self.findChildren(QLabel)]


def _listed(lines: list[str]) -> QLabel:
    """One label for all lines: thirty labels would take 0.1 s."""
    label = theme.plain("\n".join(lines))
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
