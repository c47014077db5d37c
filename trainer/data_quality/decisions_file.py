"""Decisions on photos as a JSON file: as the window saves them, or as a sheet to fill in with any editor."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from trainer.atomic_write import write_text
from trainer.data.decisions import Decisions, photo_key
from trainer.data_quality.label_issues import LabelIssue
from trainer.errors import DataError, os_reason
from trainer.spelling import normal_form

_MAX_BYTES = 64 * 2**20
_MOVE, _KEEP, _LEAVE_OUT = "move", "keep", "leave out"
_HOW_TO = (
    "Write between the quotation marks after “decision” what to do with each photo:",
    "move (to the category after “suggestion”), the name of another category (move it there),",
    "keep (it is correct as it is), or leave out (do not train on it). Photos without a decision stay where they are.",
    "The photos themselves are not moved or changed. Train with --decisions and the name of this file.",
)


class _SheetRow(msgspec.Struct):
    file: str
    category: str
    suggestion: str
    decision: str
    why: str = ""


class _File(msgspec.Struct):
    moved: dict[str, str]
    left_out: list[str]
    kept: list[str]
    categories: list[str] = []
    photos: list[_SheetRow] = []


def write_decisions(target: Path, decisions: Decisions) -> None:
    """Save the decisions alone. Raises :class:`trainer.errors.SaveError`."""
    _write(target, decisions)


def write_sheet(
    target: Path,
    issues: Sequence[LabelIssue],
    categories: Sequence[str],
    decisions: Decisions,
    describe: Callable[[LabelIssue], str],
) -> None:
    """Save a sheet: each photo with an issue, the suggestion and room for the decision.

    Decisions on photos that have no issue any more stay in it. Raises :class:`trainer.errors.SaveError`.

    Args:
        target: The file to create or replace; :func:`read_decisions` reads it, filled in or not.
        describe: Makes the text that says why a photo is listed.
    """
    photos = [
        {
            "file": photo_key(issue.file),
            "category": issue.category,
            "suggestion": issue.suggestion,
            "why": describe(issue),
            "decision": _answer(decisions, issue.file),
        }
        for issue in issues
    ]
    sheet = {"how_to": _HOW_TO, "categories": categories, "photos": photos}
    _write(target, decisions.clear(*(issue.file for issue in issues)), sheet)


def read_decisions(source: Path) -> Decisions:
    """The decisions in a file of either kind; none when there is no file.
    Raises :class:`DataError`: it cannot be read, is something else, or a decision in it is neither known nor a
    category.
    """
    try:
        if source.stat().st_size > _MAX_BYTES:
            raise ValueError(f"{source.stat().st_size} bytes")
        content = json.loads(source.read_text(encoding="utf-8-sig"))  # editors on Windows begin files with a BOM
        file = msgspec.convert(content, _File)
    except FileNotFoundError:
        return Decisions()
    except OSError as error:
        raise DataError("decisions_unreadable", repr(error), file=str(source), reason=os_reason(error)) from error
    except json.JSONDecodeError as error:
        raise DataError("decisions_not_json", repr(error), file=str(source), line=error.lineno) from error
    except (ValueError, RecursionError) as error:  # msgspec.ValidationError and UnicodeDecodeError are ValueErrors
        raise DataError("decisions_damaged", repr(error), file=str(source)) from error
    moved = {normal_form(photo): category for photo, category in file.moved.items()}
    left_out, kept = set(map(normal_form, file.left_out)), set(map(normal_form, file.kept))
    categories = {_normalised(name): name for name in file.categories}
    for row in file.photos:
        decision, category = _decision(row, categories, source)
        if not decision:
            continue
        photo = normal_form(row.file)
        moved.pop(photo, None)
        left_out.discard(photo)
        kept.discard(photo)
        if decision == _MOVE:
            moved[photo] = category
        else:
            (kept if decision == _KEEP else left_out).add(photo)
    return Decisions(moved, frozenset(left_out), frozenset(kept))


def _decision(row: _SheetRow, categories: dict[str, str], source: Path) -> tuple[str, str]:
    """What was filled in, empty for nothing; and the category of photos to move."""
    answer = _normalised(row.decision)
    if answer in ("", _KEEP, _LEAVE_OUT):
        return answer, ""
    category = row.suggestion if answer == _MOVE else categories.get(answer, "")
    if category:
        return (_KEEP, "") if category == row.category else (_MOVE, category)
    names = tuple(categories.values())
    raise DataError("unknown_decision", file=str(source), decision=row.decision, photo=row.file, categories=names)


def _answer(decisions: Decisions, file: Path) -> str:
    if decisions.is_left_out(file):
        return _LEAVE_OUT
    return _KEEP if decisions.is_kept(file) else decisions.category_of(file) or ""


def _write(target: Path, decisions: Decisions, sheet: Mapping[str, object] | None = None) -> None:
    lists = {"moved": decisions.moved, "left_out": sorted(decisions.left_out), "kept": sorted(decisions.kept)}
    text = json.dumps({**(sheet or {}), **lists}, indent=1, ensure_ascii=False)
    # Bytes of a file name that are no text become lone surrogates; as \uXXXX they survive in UTF-8.
    write_text(target, re.sub("[\ud800-\udfff]", lambda lone: f"\\u{ord(lone[0]):04x}", text))


def _normalised(text: str) -> str:
    return " ".join(normal_form(text).casefold().split())
