"""Sentences and words about photos for training, their categories and a person's decisions on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fashionlens_gui.messages.message import Table
from trainer.number_format import percent

if TYPE_CHECKING:
    from trainer.data.decisions import Decisions
    from trainer.data_quality.label_issues import LabelIssue

_MAX_NAMES = 8


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)


def _unknown_decision(file: str, decision: str, photo: str, categories: Sequence[str]) -> str:
    more = f" and {len(categories) - _MAX_NAMES} more" if len(categories) > _MAX_NAMES else ""
    return (
        f"{file}: “{decision}” for {photo} is no decision. Write move, keep, leave out or a category: "
        f"{_quoted(categories[:_MAX_NAMES])}{more}."
    )


SENTENCES: Table = {
    "decisions_unreadable": "The decisions in {file} cannot be opened: {reason}.",
    "decisions_not_json": (
        "{file} does not hold decisions on photos, or is damaged: it cannot be understood from line {line} on. Look "
        "there for a comma or a quotation mark that is missing or too many."
    ),
    "decisions_damaged": "{file} does not hold decisions on photos, or is damaged. Delete it to decide anew.",
    "unknown_decision": _unknown_decision,
    "data_check_unreadable": "The check of the data {file} cannot be opened: {reason}.",
    "data_check_damaged": (
        "{file} is no check of data. Make one with “fashionlens check-data FOLDER --out check.json”."
    ),
}


def issue_reason(issue: LabelIssue) -> str:
    """Why a photo may be in the wrong category, in a few words."""
    words = {"looks_like": "looks like {}", "duplicate": "also in {}", "decided_earlier": "decided earlier"}
    return words[issue.reason].format(issue.suggestion)


def sheet_reason(issue: LabelIssue) -> str:
    """The same with the probability and the first copy, for a sheet of decisions."""
    sure = f" ({percent(issue.probability, 0)})" if issue.probability is not None else ""
    return issue_reason(issue) + sure + (f"; the same photo as {issue.copies[0]}" if issue.copies else "")


def first_files(lines: Sequence[str], most: int) -> list[str]:
    """The first lines, and how many more there are."""
    return [*lines[:most], *([f"and {len(lines) - most:,} more"] if len(lines) > most else [])]


def decision_counts(decisions: Decisions) -> str:
    """How many decisions of each kind, such as ``2 in another category, 1 left out``; empty when there are none."""
    counts = (
        (len(decisions.moved), "in another category"),
        (len(decisions.left_out), "left out"),
        (len(decisions.kept), "kept"),
    )
    return ", ".join(f"{count:,} {what}" for count, what in counts if count)
