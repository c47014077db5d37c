"""Doubtful photos as a list for a person to fill in with any editor: the part of a decisions file that asks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from trainer.data_quality.label_issues import LabelIssue
from trainer.errors import DataError
from trainer.number_format import percent

MOVE, KEEP, LEAVE_OUT = "move", "keep", "leave out"

_HOW_TO = (
    "Write between the quotation marks after “decision” what shall become of each photo:",
    "move (learn it as what stands after “suggestion”), the name of another category (learn it as that),",
    "keep (it is right as it is), or leave out (do not learn from it). What stays empty is learnt as it lies.",
    "The photos themselves are not moved or changed. Train with --decisions and the name of this file.",
)
_CATEGORIES_TOLD = 8


def sheet(
    files: Sequence[str], doubts: Sequence[LabelIssue], answers: Sequence[str], categories: Sequence[str]
) -> dict[str, Any]:
    """What to save.

    Args:
        files: N full paths.
        doubts: N doubtful photos.
        answers: N decisions: empty, :data:`KEEP`, :data:`LEAVE_OUT` or a category.
        categories: All of the collection.
    """
    photos = [
        {
            "file": file,
            "category": doubt.category,
            "suggestion": doubt.suggestion,
            "why": _why(doubt),
            "decision": answer,
        }
        for file, doubt, answer in zip(files, doubts, answers, strict=True)
    ]
    return {"how_to": list(_HOW_TO), "categories": list(categories), "photos": photos}


def answers(content: dict[str, Any], source: Path) -> Iterator[tuple[str, str, str]]:
    """What was filled in: (file, :data:`MOVE`, :data:`KEEP` or :data:`LEAVE_OUT`, category when moved).

    Args:
        content: Of the file; one that asks nothing gives nothing.
        source: The file, for messages.

    Raises:
        DataError: Something was filled in that is neither a decision nor a category.
        KeyError, TypeError, AttributeError: It is no such file.
    """
    categories = {_plain(name): str(name) for name in content.get("categories", ())}
    for photo in content.get("photos", ()):
        file, own, suggestion = str(photo["file"]), str(photo["category"]), str(photo["suggestion"])
        said = _plain(photo["decision"])
        category = suggestion if said == MOVE else categories.get(said, "")
        if not said:
            continue
        if said in (KEEP, LEAVE_OUT):
            yield file, said, ""
        elif category:
            yield (file, KEEP, "") if category == own else (file, MOVE, category)
        else:
            names = [f"“{name}”" for name in categories.values()]
            more = f" and {len(names) - _CATEGORIES_TOLD} more" if len(names) > _CATEGORIES_TOLD else ""
            raise DataError(
                f"{source}: “{photo['decision']}” for {file} is no decision. Write {MOVE}, {KEEP}, {LEAVE_OUT} or a "
                f"category: {', '.join(names[:_CATEGORIES_TOLD])}{more}."
            )


def as_text(content: dict[str, Any]) -> str:
    """JSON that a person can read, also where names have letters of any script."""
    text = json.dumps(content, indent=1, ensure_ascii=False)
    # File names may hold bytes that are no text; as \uXXXX they survive.
    return re.sub("[\ud800-\udfff]", lambda lone: f"\\u{ord(lone[0]):04x}", text)


def _why(doubt: LabelIssue) -> str:
    sure = f" ({percent(doubt.probability, 0)})" if doubt.probability is not None else ""
    return f"{doubt.reason()}{sure}" + (f"; the same photo as {doubt.copies[0]}" if doubt.copies else "")


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
