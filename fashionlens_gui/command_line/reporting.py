"""The page of ``--report``, saved after long work."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fashionlens_gui import paths
from fashionlens_gui.command_line import terminal
from fashionlens_gui.tagging.tag import printable

if TYPE_CHECKING:
    from trainer.data_quality.findings import Finding
    from trainer.evaluation.report.content import ReportContent


def findings_of(data_check: Path | None) -> Sequence[Finding] | None:
    """What a saved check of the training data found; None when there is none. Raises :class:`DataError`."""
    if data_check is None:
        return None
    from trainer.data_quality.findings import read_findings

    return read_findings(data_check)


def save(target: Path, content: ReportContent, quietly: bool) -> None:
    """Write the page.

    Args:
        target: The file to create or replace.
        content: What to say.
        quietly: Standard output belongs to a program: say nothing there.

    Raises:
        SaveError: It could not be written.
    """
    from trainer.evaluation.report.html import save_report

    save_report(target, content, paths.report_dir())
    if not quietly:
        terminal.say("")
        terminal.say(f"The report is saved in {printable(str(target))}.")
