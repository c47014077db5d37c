"""What is said of a doubtful photo: what speaks against its category, and what was decided."""

from __future__ import annotations

import re

from trainer.data.decisions import Decisions
from trainer.data_quality.label_issues import Doubt
from trainer.number_format import percent


def verdict(decisions: Decisions, doubt: Doubt) -> str:
    """What was decided of a photo; empty when something has to be."""
    category = decisions.category_of(doubt.file)
    if category is not None:
        return f"Learnt as {category}"
    if decisions.leaves_out(doubt.file):
        return "Left out"
    if decisions.keeps(doubt.file):
        return "Kept"
    return "Settled with its copy" if doubt.is_settled_by_copies(decisions) else ""


def in_a_sentence(doubt: Doubt, *, named: bool = True) -> str:
    """Where it lies and what speaks against that.

    Args:
        doubt: The photo.
        named: Whether the sentence begins with the file's name; else that stands beside it.
    """
    sure = f" ({percent(doubt.probability, 0)})" if doubt.probability is not None else ""
    same = f"; it is the same photo as {doubt.copies[0].name}" if doubt.copies else ""
    who = f"{doubt.file.name} lies" if named else "Lies"
    return breakable(f"{who} in {doubt.category}, {doubt.reason()}{sure}{same}.")


def breakable(text: str) -> str:
    """With invisible places where a line may end inside a long name, which otherwise runs out of its label."""
    return re.sub(r"([_./\\-]|[^\W_]{16})(?=\w)", "\\1\u200b", text)
