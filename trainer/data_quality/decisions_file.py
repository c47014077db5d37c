"""Decisions on photos in a file: as the window keeps them, or as a sheet for a person to fill in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from trainer.atomic_write import write_text
from trainer.data.decisions import Decisions, photo_key
from trainer.data_quality import decision_sheet
from trainer.data_quality.label_issues import LabelIssue
from trainer.errors import DataError

_LARGEST_FILE = 64 * 2**20  # bytes


def write_decisions(target: Path, decisions: Decisions) -> None:
    """Save them as JSON. Raises :class:`trainer.errors.SaveError`."""
    write_text(target, decision_sheet.as_text(_lists(decisions)))


def write_sheet(target: Path, doubts: Sequence[LabelIssue], categories: Sequence[str], decisions: Decisions) -> None:
    """Save them for a person to go on with: each doubtful photo with the suggestion and room for the decision.

    Decisions on photos that are not doubtful any more stay in it, too. Raises :class:`trainer.errors.SaveError`.

    Args:
        target: The file to write or replace; :func:`read_decisions` reads it, filled in or not.
        doubts: The photos.
        categories: All categories of the collection.
        decisions: What is decided already.
    """
    listed = {photo_key(doubt.file) for doubt in doubts}
    others = Decisions(
        {file: category for file, category in decisions.moved.items() if file not in listed},
        decisions.left_out - listed,
        decisions.kept - listed,
    )
    answers = [_answer(decisions, doubt.file) for doubt in doubts]
    content = decision_sheet.sheet([photo_key(doubt.file) for doubt in doubts], doubts, answers, categories)
    write_text(target, decision_sheet.as_text({**content, **_lists(others)}))


def read_decisions(source: Path) -> Decisions:
    """The decisions in a file of either kind; none when there is no file.

    Raises:
        DataError: It cannot be read, is something else, or holds an answer that makes no sense.
    """
    try:
        if source.stat().st_size > _LARGEST_FILE:
            raise ValueError(f"{source.stat().st_size} bytes")
        content = json.loads(source.read_text(encoding="utf-8-sig"))  # editors on Windows put a mark before it
        moved, left_out, kept = content["moved"], content["left_out"], content["kept"]
        names = [*moved.keys(), *moved.values(), *left_out, *kept]
        if not (isinstance(left_out, list) and isinstance(kept, list) and all(isinstance(n, str) for n in names)):
            raise TypeError("not lists of names")
        decisions = Decisions(dict(moved), frozenset(left_out), frozenset(kept))
        return _with_answers(decisions, content, source)
    except FileNotFoundError:
        return Decisions()
    except OSError as error:
        raise DataError(f"The decisions in {source} cannot be opened: {error.strerror}.", repr(error)) from error
    except json.JSONDecodeError as error:
        raise DataError(
            f"{source} does not hold decisions on photos, or is damaged: it cannot be understood from line "
            f"{error.lineno} on. Look there for a comma or a quotation mark that is missing or too many.",
            repr(error),
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DataError(
            f"{source} does not hold decisions on photos, or is damaged. Delete it to decide anew.", repr(error)
        ) from error


def _with_answers(decisions: Decisions, content: dict[str, Any], source: Path) -> Decisions:
    moved, left_out, kept = dict(decisions.moved), set(decisions.left_out), set(decisions.kept)
    for file, answer, category in decision_sheet.answers(content, source):
        moved.pop(file, None)
        left_out.discard(file)
        kept.discard(file)
        if answer == decision_sheet.MOVE:
            moved[file] = category
        else:
            (kept if answer == decision_sheet.KEEP else left_out).add(file)
    return Decisions(moved, frozenset(left_out), frozenset(kept))


def _answer(decisions: Decisions, file: Path) -> str:
    if decisions.is_left_out(file):
        return decision_sheet.LEAVE_OUT
    return decision_sheet.KEEP if decisions.keeps(file) else decisions.category_of(file) or ""


def _lists(decisions: Decisions) -> dict[str, Any]:
    return {"moved": decisions.moved, "left_out": sorted(decisions.left_out), "kept": sorted(decisions.kept)}
