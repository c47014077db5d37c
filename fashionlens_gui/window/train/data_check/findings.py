"""The findings of a check: headings, sentences and files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from fashionlens_gui.messages.data import first_files
from fashionlens_gui.window.shell import theme

if TYPE_CHECKING:
    from trainer.data_quality.findings import Finding

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
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 2 * theme.SPACE, 0)
        layout.setSpacing(theme.SPACE // 2)
        for finding in findings:
            title = theme.heading(finding.heading)
            title.setWordWrap(True)
            layout.addWidget(title)
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
    label = QLabel("\n".join(lines))
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
