"""One photo and its labels: the row that the user sees, corrects and exports."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import get_args

from fashionlens_gui.bundled_taxonomy import bundled_taxonomy
from fashionlens_gui.tagging.attributes import Attributes, AttributeTag, Source
from trainer.errors import FashionLensError
from trainer.inference import levels
from trainer.inference.prediction import Prediction, Ranking, Swatch, below_threshold
from trainer.model_files.open_set import Doubt
from trainer.preprocessing.photo import REVIEW_NOTES, PhotoNote
from trainer.taxonomy import ATTRIBUTES, Level

LOW_CONFIDENCE = "low_confidence"
UNSURE_WITHIN = "unsure_within"
DOUBTS = frozenset({LOW_CONFIDENCE, UNSURE_WITHIN})
"""Codes of the notes of rows whose category is in doubt: of all categories, or of those of a group that is sure."""

_SHOWS_OTHER = frozenset(get_args(Doubt))
_NO_ATTRIBUTES = Attributes()
_SURROGATE = re.compile("[\ud800-\udfff]")


class Status(StrEnum):
    """Whether a person needs to look at a row; the values are those of the CSV's column ``status``."""

    OK = "ok"
    NEEDS_REVIEW = "needs review"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class ReviewRule:
    """Which rows need review.

    Attributes:
        sure_of: The level that the model must be sure of.
        below: Confidence below which a level is in doubt, [0, 1]; None for the model's own thresholds.
    """

    sure_of: Level = Level.CATEGORY
    below: float | None = None


MODEL_RULE = ReviewRule()


@dataclass(frozen=True, slots=True)
class Tag:
    """One photo and its labels.

    Attributes:
        path: Absolute. May hold bytes that are no UTF-8, as ``os.fsdecode`` gives them.
        file: Its name for people: relative to what was dropped, ``/`` between folders, always printable.
        category: The label, empty for an error.
        confidence: Calibrated probability of ``category``, [0, 1]; None for an error and for a label set by hand.
        second_category: The model's runner-up, or empty.
        second_confidence: Its probability, [0, 1], or None.
        status: Whether a person needs to look at it.
        notes: What was noted while reading it, why it needs review or why it could not be read; see
            :data:`fashionlens_gui.messages.photos.NOTES` and ``SENTENCES`` for the codes.
        source: Who set ``category``.
        ranking: All labels with the model's probabilities, also under a correction; None for an error.
        attributes: Other labels, in the order of :data:`ATTRIBUTES`; only those the model knows or a person has set.
        colours: Colours of its pixels, largest share first.
        sure_of: The finest level that is sure by the thresholds in force; None for none.
        model_sure_of: The same by the model's own thresholds.
        model: Name of the model that predicted; empty where it was not recorded.
        own: Labels of attributes that people defined, by their code in the catalogue.
    """

    path: Path
    file: str
    category: str = ""
    confidence: float | None = None
    second_category: str = ""
    second_confidence: float | None = None
    status: Status = Status.OK
    notes: tuple[PhotoNote, ...] = ()
    source: Source = "model"
    ranking: Ranking | None = None
    attributes: Attributes = _NO_ATTRIBUTES
    colours: Sequence[Swatch] = ()
    sure_of: Level | None = None
    model_sure_of: Level | None = field(default=Level.CATEGORY, compare=False)
    model: str = field(default="", compare=False)
    own: tuple[AttributeTag, ...] = ()

    @property
    def corrected(self) -> bool | None:
        """Whether a person set another label than the model's; False if they confirmed its labels, None without any."""
        set_by_user = [(each.value, each.ranking) for each in self.attributes if each.source == "user"]
        if self.source == "user":
            set_by_user.append((self.category, self.ranking))
        if not set_by_user:
            return None
        return any(ranking is None or ranking.label != value for value, ranking in set_by_user)

    def with_user_category(self, category: str) -> Tag:
        """The same photo with a category set by a person.

        Confidence and runner-up become empty, since they are the model's and not the person's; the status becomes
        ``ok``, and a note says what the model predicted. The ranking stays.
        """
        if self.status == Status.ERROR:
            notes = (PhotoNote("set_by_user"), *self.notes)
        elif category == self.category:
            notes = (PhotoNote("confirmed_by_user"),)
        else:
            notes = (PhotoNote("changed_by_user", {"model_category": self.category}),)
        return replace(
            self,
            category=category,
            confidence=None,
            second_category="",
            second_confidence=None,
            status=Status.OK,
            notes=notes,
            source="user",
            sure_of=Level.CATEGORY,
        )

    @property
    def choice(self) -> PhotoNote | None:
        """The note with what is left to choose from, where a group is sure and its category is not."""
        return next((note for note in self.notes if note.code == UNSURE_WITHIN), None)

    def with_review_rule(self, rule: ReviewRule) -> Tag:
        """The same row with the status by a rule. Rows that a person set, and errors, stay as they are."""
        if self.source == "user" or self.confidence is None:
            return self
        shows_other = any(note.code in _SHOWS_OTHER for note in self.notes)
        sure = None if shows_other else self._sure_of(rule.below)
        if sure == self.sure_of == Level.CATEGORY and not self.notes and self.status == Status.OK:
            return self  # most rows
        notes = tuple(note for note in self.notes if note.code not in DOUBTS)
        # A thumbnail of a few pixels needs review however high the confidence is.
        doubtful = any(note.code in REVIEW_NOTES for note in notes)
        status = Status.OK if levels.reaches(sure, rule.sure_of) and not doubtful else Status.NEEDS_REVIEW
        if sure != Level.CATEGORY and not shows_other:
            notes = (*notes, self._unsure_note(sure))
        unchanged = (status, notes, sure) == (self.status, self.notes, self.sure_of)
        return self if unchanged else replace(self, status=status, notes=notes, sure_of=sure)

    def _sure_of(self, below: float | None) -> Level | None:
        if below is None:
            return self.model_sure_of
        known = bundled_taxonomy()
        if not below_threshold(self.confidence or 0.0, below):
            return Level.CATEGORY
        if self.ranking is None or known is None:
            return None
        return levels.finest(self.ranking, dict.fromkeys(Level, below), known)

    def _unsure_note(self, sure: Level | None) -> PhotoNote:
        known = bundled_taxonomy()
        if sure is None or known is None or self.ranking is None:
            return low_confidence(self.second_category)
        left = levels.left(self.ranking, levels.value_of(sure, known))
        if len(left) == 1:  # the only category of its group
            return low_confidence(self.second_category)
        return unsure_within(known.place(self.ranking.label).group, tuple(map(printable, left)))


@lru_cache(maxsize=1024)
def low_confidence(second: str) -> PhotoNote:
    """The note of a row whose confidence is below the threshold; ``second`` is its runner-up, or empty."""
    return PhotoNote(LOW_CONFIDENCE, {"second": second})


@lru_cache(maxsize=1024)
def unsure_within(group: str, left: tuple[str, ...]) -> PhotoNote:
    """The note of a row whose group is sure; ``left`` are its categories to choose from, most probable first."""
    return PhotoNote(UNSURE_WITHIN, {"group": group, "left": left})


def predicted(
    path: Path, file: str, prediction: Prediction, notes: tuple[PhotoNote, ...] = (), rule: ReviewRule = MODEL_RULE
) -> Tag:
    """The row of a photo with the model's labels.

    Args:
        path: As :attr:`Tag.path`.
        file: As :attr:`Tag.file`.
        prediction: Of the model.
        notes: What was noted while reading the photo.
        rule: Which rows need review.
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
        notes=notes if prediction.doubt is None else (*notes, PhotoNote(prediction.doubt)),
        ranking=ranking,
        attributes=Attributes(_attribute(name, prediction) for name in ATTRIBUTES if name in prediction.attributes),
        colours=prediction.colours,
        model_sure_of=_model_sure_of(prediction),
    )
    return tag.with_review_rule(rule)


def _model_sure_of(prediction: Prediction) -> Level | None:
    known = bundled_taxonomy()
    if known is None:
        return None if prediction.needs_review else Level.CATEGORY
    return levels.sure_of(prediction, known)


def _attribute(name: str, prediction: Prediction) -> AttributeTag:
    ranking, unsure, known = prediction.attributes[name], name in prediction.unsure, bundled_taxonomy()
    family_sure = name == "colour" and unsure and known is not None and levels.sure_of_family(prediction, known)
    return AttributeTag(name, printable(ranking.label), ranking.confidence, "model", ranking, unsure, family_sure)


def failed(path: Path, file: str, error: FashionLensError) -> Tag:
    """The row of a photo that could not be read."""
    return Tag(path=path, file=file, status=Status.ERROR, notes=(PhotoNote(error.code, error.parameters),))


def printable(text: str) -> str:
    r"""``text`` without the lone surrogates that stand for undecodable bytes of a file name: ``\xff`` is shown instead.

    Such text can be encoded as UTF-8, kept in a database and drawn by Qt; ``Tag.path`` keeps the true bytes.
    """
    return _SURROGATE.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else f"\\u{code:04x}"
