"""What is said of a doubtful photo: what speaks against its category, and what was decided."""

from __future__ import annotations

import re

from fashionlens_gui.messages.data import issue_reason
from trainer.data.decisions import Decisions
from trainer.data_quality.label_issues import LabelIssue
from trainer.number_format import percent


def decision_text(decisions: Decisions, issue: LabelIssue) -> str:
    """What was decided of a photo; empty when something has to be."""
    category = decisions.category_of(issue.file)
    if category is not None:
        return f"Learnt as {category}"
    if decisions.is_left_out(issue.file):
        return "Left out"
    if decisions.is_kept(issue.file):
        return "Kept"
    return "Settled with its copy" if issue.is_resolved_by_copies(decisions) else ""


def issue_sentence(issue: LabelIssue, *, named: bool = True) -> str:
    """Where it lies and what speaks against that.

    Args:
        issue: The photo.
        named: Whether the sentence begins with the file's name; else that stands beside it.
    """
    sure = f" ({percent(issue.probability, 0)})" if issue.probability is not None else ""
    same = f"; it is the same photo as {issue.copies[0].name}" if issue.copies else ""
    who = f"{issue.file.name} lies" if named else "Lies"
    return breakable(f"{who} in {issue.category}, {issue_reason(issue)}{sure}{same}.")


def breakable(text: str) -> str:
    """With invisible places where a line may end inside a long name, which otherwise runs out of its label."""
    return re.sub(r"([_./\\-]|[^\W_]{16})(?=\w)", "\\1\u200b", text)
