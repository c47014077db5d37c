"""What is known of one photo: the row that the user sees, corrects and exports."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from fashionlens_gui.tagging.attributes import AttributeTag, Source, set_by_hand
from trainer.errors import FashionLensError
from trainer.inference.prediction import Prediction, Ranking, Swatch, below_threshold
from trainer.preprocessing.photo import TOO_SMALL
from trainer.taxonomy import ATTRIBUTES

__all__ = [
    "ERROR",
    "NEEDS_REVIEW",
    "OK",
    "AttributeTag",
    "Source",
    "Status",
    "Tag",
    "doubted",
    "judged",
    "predicted",
    "printable",
    "refused",
]

Status = Literal["ok", "needs review", "error"]

OK: Status = "ok"
NEEDS_REVIEW: Status = "needs review"
ERROR: Status = "error"

_NO_TEXTS = ("",) * len(ATTRIBUTES)
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Tag:
    """One photo and what is said of it.

    Attributes:
        path: Where the photo lies; absolute. May hold bytes that are no UTF-8, as ``os.fsdecode`` gives them.
        file: Its name for people: relative to what was dropped, ``/`` between folders, always printable.
        category: The label, empty for an error.
        confidence: Calibrated probability of ``category``, [0, 1]; None for an error and for a label set by hand.
        second_category: The model's runner-up, or empty.
        second_confidence: Its probability, [0, 1], or None.
        status: ``ok``, ``needs review`` or ``error``.
        message: Plain words: why to look at it, what is wrong with it, or what was noted while reading it.
        source: Who said ``category``.
        ranking: All labels with their probabilities as the model gave them, also under a correction; None for an error.
        attributes: What else is said of it, in the order of :data:`ATTRIBUTES`; only those the model knows or a person
            has set. A sequence that may be taken apart lazily: compare and index it, but do not ask for its type.
        colours: What its pixels show, largest share first.
        doubted: The model itself, by its own threshold, wants the category reviewed. Another threshold may be in force;
            None says that there was none, so that the status tells.
        model: Name of the model that was asked; empty where nobody wrote it down.
    """

    path: Path
    file: str
    category: str = ""
    confidence: float | None = None
    second_category: str = ""
    second_confidence: float | None = None
    status: Status = OK
    message: str = ""
    source: Source = "model"
    ranking: Ranking | None = None
    attributes: Sequence[AttributeTag] = ()
    colours: Sequence[Swatch] = ()
    doubted: bool | None = field(default=None, compare=False)
    model: str = field(default="", compare=False)

    def attribute(self, name: str) -> AttributeTag | None:
        """What is said of one of :data:`ATTRIBUTES`; None when neither the model nor a person says anything."""
        named = getattr(self.attributes, "named", None)  # rows from the disk know without being taken apart
        if named is not None:
            said: AttributeTag | None = named(name)
            return said
        return next((each for each in self.attributes if each.name == name), None)

    def texts(self) -> tuple[str, ...]:
        """The values in the order of :data:`ATTRIBUTES`, empty where nothing is said."""
        if not self.attributes:
            return _NO_TEXTS
        quick = getattr(self.attributes, "texts", None)  # the same
        if quick is not None:
            return tuple(quick())
        values = {each.name: each.value for each in self.attributes}
        return tuple(values.get(name, "") for name in ATTRIBUTES)

    def with_attribute(self, name: str, value: str) -> Tag:
        """The same photo with an attribute set by hand; an empty ``value`` says that it has none.

        A person is not 87 % sure: the confidence becomes empty; what the model had said stays in the ranking.

        Raises:
            ValueError: There is no attribute of this name.
        """
        said = {each.name: each for each in self.attributes}
        before = said.get(name)
        said[name] = set_by_hand(name, value) if before is None else before.by_hand(value)
        return replace(self, attributes=tuple(said[each] for each in ATTRIBUTES if each in said))

    def corrected(self, category: str) -> Tag:
        """The same photo with a label set by hand.

        A person is not 87 % sure: confidence and runner-up become empty, the status ``ok``, and the message says what
        the model had said, so that nobody takes the model's figures for the person's. The ranking is kept.
        """
        if self.status == ERROR:
            message = f"Set by hand. {self.message}"
        elif category == self.category:
            message = "Confirmed by hand."
        else:
            message = f"Set by hand; the model said {self.category}."
        return replace(
            self,
            category=category,
            confidence=None,
            second_category="",
            second_confidence=None,
            status=OK,
            message=message,
            source="user",
        )


def predicted(path: Path, file: str, prediction: Prediction, note: str = "", review_below: float | None = None) -> Tag:
    """The row of a photo that the model looked at.

    Args:
        path: As :attr:`Tag.path`.
        file: As :attr:`Tag.file`.
        prediction: What the model says.
        note: What was noted while reading the photo, or empty.
        review_below: Confidence below which a category needs review, [0, 1]; None for the model's own threshold.
    """
    ranking = prediction.category
    second = printable(ranking.second_label)
    tag = Tag(
        path=path,
        file=file,
        category=printable(ranking.label),
        confidence=ranking.confidence,
        second_category=second,
        second_confidence=ranking.second_confidence if second else None,
        message=note,
        ranking=ranking,
        attributes=tuple(_said(name, prediction) for name in ATTRIBUTES if name in prediction.attributes),
        colours=prediction.colours,
        doubted=prediction.needs_review,
    )
    return judged(tag, review_below)


def judged(tag: Tag, review_below: float | None) -> Tag:
    """The same row with the status that a threshold gives it; what a person said and what failed stays as it is.

    Args:
        tag: The row.
        review_below: Confidence below which a category needs review, [0, 1]; None for the model's own threshold.
    """
    if tag.source == "user" or tag.confidence is None:
        return tag
    unsure = doubted(tag) if review_below is None else below_threshold(tag.confidence, review_below)
    if tag.status == (NEEDS_REVIEW if unsure else OK) and TOO_SMALL not in tag.message:
        return tag  # most of a hundred thousand rows, when the threshold moves a little
    second = tag.second_category
    remark = f"Unsure: could also be {second}." if second else "Unsure: please look."
    note = tag.message.removesuffix(remark).rstrip()
    # A thumbnail of a few pixels is not to be trusted, however sure the model is.
    status = NEEDS_REVIEW if unsure or TOO_SMALL in note else OK
    message = " ".join(filter(None, (note, remark if unsure else "")))
    return tag if (status, message) == (tag.status, tag.message) else replace(tag, status=status, message=message)


def doubted(tag: Tag) -> bool:
    """Whether the model itself, by its own threshold, wants the category reviewed."""
    if tag.doubted is None:
        return tag.status == NEEDS_REVIEW and (TOO_SMALL not in tag.message or "Unsure: " in tag.message)
    return tag.doubted


def _said(name: str, prediction: Prediction) -> AttributeTag:
    ranking = prediction.attributes[name]
    return AttributeTag(name, printable(ranking.label), ranking.confidence, "model", ranking, name in prediction.unsure)


def refused(path: Path, file: str, error: FashionLensError) -> Tag:
    """The row of a photo that could not be read."""
    return Tag(path=path, file=file, status=ERROR, message=printable(error.sentence))


def printable(text: str) -> str:
    r"""``text`` without the lone surrogates that stand for undecodable bytes of a file name: ``\xff`` is shown instead.

    Such text can be encoded as UTF-8, kept in a database and drawn by Qt; ``Tag.path`` keeps the true bytes.
    """
    return _SURROGATE.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else f"\\u{code:04x}"
