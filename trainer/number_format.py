"""Numbers, percentages, durations and figures in words; shared by the window, the command line and the report."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from math import sqrt

# Two-sided 95 % of the normal distribution.
_Z_95 = 1.959964
_MOST_NAMED = 10
_MONTHS = "January February March April May June July August September October November December".split()  # noqa: SIM905

# As people type numbers, in the digits of any script.
_DECIMAL = re.compile(r"(\d+[.,\u066b]?\d*|[.,\u066b]\d+)(e[-+]?\d+)?", re.IGNORECASE)
_WHOLE = re.compile(r"\d+|\d{1,3}([.,'’\u066c\s]\d{3})+")


def decimal_number(text: str) -> float:
    """A positive number below 1,000 that someone typed: with a decimal point or a decimal comma, in any locale.

    Raises:
        ValueError: It is none, or has two separators: which one is the decimal differs between countries.
    """
    if not _DECIMAL.fullmatch(text.strip()):
        raise ValueError(text)
    return float(re.sub("[,\u066b]", ".", text))


def whole_number(text: str) -> int:
    """A whole number that someone typed, also with thousands separated by any of the usual signs.

    Raises:
        ValueError: It is none.
    """
    if not _WHOLE.fullmatch(text.strip()):
        raise ValueError(text)
    return int(re.sub(r"\D", "", text))


def wilson_interval(right: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share, each end in [0, 1] (Wilson 1927, without continuity correction).

    Unlike the usual plus-or-minus it stays inside [0, 1] and is sound for few images and for shares near 0 or 1. Of no
    images nothing is known: the interval is (0, 1).
    """
    if n == 0:
        return 0.0, 1.0
    share, z2 = right / n, _Z_95**2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z_95 / (1 + z2 / n) * sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return max(centre - half, 0.0), min(centre + half, 1.0)


def percent(share: float, digits: int = 1) -> str:
    """A share in [0, 1] as ``93.1 %``; never rounds a flaw away to 100 % nor a trace to 0 %.

    Its spaces are such that no line breaks there.
    """
    smallest = 10.0**-digits
    value = round(share * 100, digits)
    if share < 1 and value >= 100:
        return f">\u00a0{100 - smallest:.{digits}f}\u00a0%"
    if share > 0 and value <= 0:
        return f"<\u00a0{smallest:.{digits}f}\u00a0%"
    return f"{value:.{digits}f}\u00a0%"


def whole_percent(share: float | None) -> str:
    """A share in [0, 1] as ``93 %``; ``100 %`` and ``0 %`` only within 0.05 % of them. Empty for None."""
    if share is None:
        return ""
    if share < 0.005:
        return "< 1 %" if share > 0.0005 else "0 %"
    return f"{round(share * 100) if share >= 0.9995 or share < 0.99 else 99} %"


def number(count: int) -> str:
    """A count with thousands separated: ``10,000``."""
    return f"{count:,}"


def day(when: date) -> str:
    """``25 November 2026``, in English for every locale."""
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"


def day_of(time: str) -> str:
    """The :func:`day` in local time of an ISO 8601 text; empty when it is none."""
    try:
        return day(datetime.fromisoformat(time).astimezone())
    except (ValueError, OverflowError, OSError):
        return ""


def photos(count: int) -> str:
    """``1 photo``, ``2 photos``."""
    return f"{number(count)} photo{'' if count == 1 else 's'}"


def duration(seconds: float) -> str:
    """``0.8 s``, ``12 s``, ``3 min 20 s``, ``2 h 5 min``."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def about(seconds: float) -> str:
    """A rough time in steps that do not flicker: ``a few seconds``, ``about 40 s``, ``about 3 min``, ``about 2 h``."""
    if seconds < 5:
        return "a few seconds"
    if seconds < 55:
        return f"about {max(5, round(seconds / 5) * 5)} s"
    if seconds < 55 * 60:
        return f"about {max(1, round(seconds / 60))} min"
    hours = seconds / 3600
    return f"about {hours:.1f} h" if hours < 9.5 else f"about {round(hours)} h"


def accuracy_sentence(right: int, n: int) -> str:
    """How many were correct, for instance ``9,312 of 10,000 test photos were named correctly.``"""
    return f"{number(right)} of {number(n)} test photo{'' if n == 1 else 's'} {_was(right)} named correctly."


def interval_sentence(right: int, n: int) -> str:
    """The accuracy to expect on other photos of the same kind."""
    low, high = wilson_interval(right, n)
    caution = " With few photos this is a rough estimate." if n < 100 else ""
    return (
        f"On many more photos like these, expect between {percent(low)} and {percent(high)} (95 % confidence).{caution}"
    )


def calibration_sentence(error: float) -> str:
    """What the expected calibration error, [0, 1], means for someone who reads confidences."""
    points = error * 100
    return f"Its confidence is off by {points:.1f} percentage point{'' if round(points, 1) == 1 else 's'} on average."


def cell_sentence(actual: str, predicted: str, count: int, support: int) -> str:
    """One cell of a confusion matrix: ``128 of 1,000 Shirt photos were predicted as T-shirt/top (12.8 %).``"""
    if support == 0:
        return f"There are no {actual} photos in this test set."
    how = f"{'correctly ' if actual == predicted else ''}predicted as {predicted}"
    return f"{_of_class(actual, count, support)} {how}{_share(count, support)}."


def errors_sentence(actual: str, count: int, support: int) -> str:
    """The mistakes of one class: ``203 of 1,000 Shirt photos were predicted as something else (20.3 %).``"""
    if support == 0:
        return f"There are no {actual} photos in this test set."
    return f"{_of_class(actual, count, support)} predicted as something else{_share(count, support)}."


def false_positives_sentence(predicted: str, count: int, predictions: int) -> str:
    """The other direction: ``75 of 900 photos predicted as Coat are something else (8.3 %).``"""
    if predictions == 0:
        return f"No photo was predicted as {predicted}."
    if predictions == 1:
        return f"The only photo predicted as {predicted} is {'something else' if count else 'correct'}."
    start, verb = "None" if count == 0 else number(count), "is" if count == 1 else "are"
    share = _share(count, predictions)
    return f"{start} of {photos(predictions)} predicted as {predicted} {verb} something else{share}."


def ambiguous_folders_sentence(folders: Sequence[str]) -> str:
    """How photos in folders that stand for several categories are counted; empty without such folders."""
    if not folders:
        return ""
    names = ", ".join(f"“{name}”" for name in folders[:_MOST_NAMED]) + (" …" if len(folders) > _MOST_NAMED else "")
    stand = f"The folder {names} stands" if len(folders) == 1 else f"The folders {names} each stand"
    return f"{stand} for several categories: a photo is correct when the model predicts one of them."


def _of_class(actual: str, count: int, support: int) -> str:
    """``128 of 1,000 Shirt photos were``."""
    if support == 1:
        return f"The only {actual} photo was{'' if count else ' not'}"
    start = "None" if count == 0 else number(count)
    return f"{start} of {number(support)} {actual} photos {_was(count)}"


def _share(count: int, whole: int) -> str:
    """In parentheses, where it adds something."""
    return f" ({percent(count / whole)})" if count and whole > 1 else ""


def _was(count: int) -> str:
    return "was" if count == 1 else "were"
