"""Label issues and decisions in words."""

from __future__ import annotations

import re

from fashionlens_gui.messages.data import issue_reason
from trainer.data.decisions import Decisions
from trainer.data_quality.label_issues import LabelIssue
from trainer.number_format import percent


def decision_text(decisions: Decisions, issue: LabelIssue) -> str:
    """The decision on a photo; empty while it is unresolved."""
    category = decisions.category_of(issue.file)
    if category is not None:
        return f"Moved to {category}"
    if decisions.is_left_out(issue.file):
        return "Left out"
    if decisions.is_kept(issue.file):
        return "Kept"
    return "Resolved with its copy" if issue.is_resolved_by_copies(decisions) else ""


def issue_sentence(issue: LabelIssue, *, named: bool = True) -> str:
    """Category of a photo and why it may be wrong.

    Args:
        issue: The photo.
        named: Whether to include the file name.
    """
    sure = f" ({percent(issue.probability, 0)})" if issue.probability is not None else ""
    same = f"; it is the same photo as {issue.copies[0].name}" if issue.copies else ""
    who = f"{issue.file.name} is filed" if named else "Filed"
    return breakable(f"{who} under {issue.category}, {issue_reason(issue)}{sure}{same}.")


def breakable(text: str) -> str:
    """With zero-width spaces, so that labels can wrap long names."""
    return re.sub(r"([_./\\-]|[^\W_]{16})(?=\w)", "\\1\u200b", text)
