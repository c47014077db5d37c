"""What a person decided of doubtful photos: another category, left out, or fine as it is. The photos stay untouched."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trainer.data import decision_sheet
from trainer.data.labelled_photos import LabelledPhotos
from trainer.durable import write_text
from trainer.errors import DataError

if TYPE_CHECKING:
    from trainer.data.doubts import Doubt

_LARGEST_FILE = 64 * 2**20  # bytes


@dataclass(frozen=True)
class Decisions:
    """Decisions on photos, which are meant by their full paths.

    Attributes:
        moved: File -> the category that it belongs to.
        left_out: Files that are not to be learnt from.
        kept: Files that are right as they are, so that nobody need be asked again.
    """

    moved: dict[str, str] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()

    def move(self, file: Path, category: str) -> Decisions:
        """With this photo in another category."""
        without = self.forget(file)
        return replace(without, moved={**without.moved, _key(file): category})

    def leave_out(self, file: Path) -> Decisions:
        """Without this photo."""
        without = self.forget(file)
        return replace(without, left_out=without.left_out | {_key(file)})

    def keep(self, file: Path) -> Decisions:
        """With this photo as it is."""
        without = self.forget(file)
        return replace(without, kept=without.kept | {_key(file)})

    def forget(self, file: Path) -> Decisions:
        """With nothing decided of this photo."""
        key = _key(file)
        moved = {other: category for other, category in self.moved.items() if other != key}
        return Decisions(moved, self.left_out - {key}, self.kept - {key})

    def is_decided(self, file: Path) -> bool:
        """Whether anything was decided of this photo."""
        key = _key(file)
        return key in self.moved or key in self.left_out or key in self.kept

    def category_of(self, file: Path) -> str | None:
        """The category that this photo was moved to; None when it was not moved."""
        return self.moved.get(_key(file))

    def leaves_out(self, file: Path) -> bool:
        """Whether this photo is not to be learnt from."""
        return _key(file) in self.left_out

    def keeps(self, file: Path) -> bool:
        """Whether this photo was found right as it is."""
        return _key(file) in self.kept

    def in_words(self) -> str:
        """How many of each kind, such as ``2 in another category, 1 left out``; empty when nothing was decided."""
        counts = ((len(self.moved), "in another category"), (len(self.left_out), "left out"), (len(self.kept), "kept"))
        return ", ".join(f"{count:,} {what}" for count, what in counts if count)

    def applied_to(self, photos: LabelledPhotos) -> LabelledPhotos:
        """The photos as decided. A decision for a category that is not there any more does not count."""
        label_of = {name: label for label, name in enumerate(photos.classes)}
        left = [
            (path, label_of.get(self.moved.get(_key(path), ""), label))
            for path, label in zip(photos.files, photos.labels, strict=True)
            if _key(path) not in self.left_out
        ]
        return replace(photos, files=tuple(path for path, _ in left), labels=tuple(label for _, label in left))


def write_decisions(target: Path, decisions: Decisions) -> None:
    """Save them as JSON. Raises :class:`trainer.errors.SaveError`."""
    write_text(target, decision_sheet.as_text(_lists(decisions)))


def write_sheet(target: Path, doubts: Sequence[Doubt], categories: Sequence[str], decisions: Decisions) -> None:
    """Save them for a person to go on with: each doubtful photo with the suggestion and room for the decision.

    Decisions on photos that are not doubtful any more stay in it, too. Raises :class:`trainer.errors.SaveError`.

    Args:
        target: The file to write or replace; :func:`read_decisions` reads it, filled in or not.
        doubts: The photos.
        categories: All categories of the collection.
        decisions: What is decided already.
    """
    listed = {_key(doubt.file) for doubt in doubts}
    others = Decisions(
        {file: category for file, category in decisions.moved.items() if file not in listed},
        decisions.left_out - listed,
        decisions.kept - listed,
    )
    answers = [_answer(decisions, doubt.file) for doubt in doubts]
    content = decision_sheet.sheet([_key(doubt.file) for doubt in doubts], doubts, answers, categories)
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
    if decisions.leaves_out(file):
        return decision_sheet.LEAVE_OUT
    return decision_sheet.KEEP if decisions.keeps(file) else decisions.category_of(file) or ""


def _lists(decisions: Decisions) -> dict[str, Any]:
    return {"moved": decisions.moved, "left_out": sorted(decisions.left_out), "kept": sorted(decisions.kept)}


def _key(file: Path) -> str:
    return os.path.abspath(file)
