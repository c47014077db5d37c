"""What is known of one photo: the row that the user sees, corrects and exports."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from trainer.errors import FashionLensError
from trainer.inference.prediction import Prediction, Ranking
from trainer.preprocessing.photo import TOO_SMALL

Status = Literal["ok", "needs review", "error"]
Source = Literal["model", "user"]

OK: Status = "ok"
NEEDS_REVIEW: Status = "needs review"
ERROR: Status = "error"

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


def predicted(path: Path, file: str, prediction: Prediction, note: str = "") -> Tag:
    """The row of a photo that the model looked at; ``note`` is what was noted while reading it, or empty."""
    ranking = prediction.category
    second = printable(ranking.second_label)
    remarks = [note]
    if prediction.needs_review:
        remarks.append(f"Unsure: could also be {second}." if second else "Unsure: please look.")
    return Tag(
        path=path,
        file=file,
        category=printable(ranking.label),
        confidence=ranking.confidence,
        second_category=second,
        second_confidence=ranking.second_confidence if second else None,
        # A thumbnail of a few pixels is not to be trusted, however sure the model is.
        status=NEEDS_REVIEW if prediction.needs_review or TOO_SMALL in note else OK,
        message=" ".join(filter(None, remarks)),
        ranking=ranking,
    )


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
