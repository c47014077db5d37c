"""The panel's words and numbers as people read them. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fashionlens_gui.tagging.job import Finished

_LONGEST_NAME = 30
STATUS_WORDS = {"ok": "OK", "needs review": "Needs review", "error": "Failed"}


def percent(value: float | None) -> str:
    """A probability in whole per cent; ``100 %`` and ``0 %`` only where it is within a twentieth of a per cent.

    Args:
        value: In [0, 1], or None for an empty text.
    """
    if value is None:
        return ""
    if value < 0.005:
        return "< 1 %" if value > 0.0005 else "0 %"
    return f"{round(value * 100) if value >= 0.9995 or value < 0.99 else 99} %"


def photos(number: int) -> str:
    """``1 photo``, ``1,204 photos``."""
    return f"{number:,} photo" if number == 1 else f"{number:,} photos"


def time_left(seconds: float) -> str:
    """A rough time to wait: ``a few seconds left``, ``about 40 s left``, ``about 3 min left``, ``about 2 h left``."""
    if seconds < 5:
        return "a few seconds left"
    if seconds < 55:
        return f"about {max(5, round(seconds / 5) * 5)} s left"
    if seconds < 55 * 60:
        return f"about {max(1, round(seconds / 60))} min left"
    hours = seconds / 3600
    return f"about {hours:.1f} h left" if hours < 9.5 else f"about {round(hours)} h left"


def rate(photos_per_second: float) -> str:
    """``38 photos/s``, ``0.4 photos/s``."""
    if photos_per_second >= 9.5:
        return f"{photos_per_second:,.0f} photos/s"
    return f"{photos_per_second:.1f} photos/s"


def status_line(total: int, shown: int, selected: int, viewing: bool = False) -> str:
    """What the list shows, how much of it is selected, and the keys that help next; a photo shown large has its own."""
    if not total:
        return ""
    parts = [photos(total) if shown == total else f"{shown:,} of {photos(total)} shown"]
    if viewing or not shown:
        return parts[0]
    if selected > 1:
        parts.append(f"{selected:,} selected")
    parts.append("1–9 or type to correct" if selected else "select a photo to correct it")
    if selected == 1:
        parts.append("Space to look closer")
    return "  ·  ".join(parts)


def forecast(coverage: float, accuracy: float) -> str:
    """What a review threshold means, from validation photos.

    Args:
        coverage: Share of photos that need no review, [0, 1].
        accuracy: Share of those that are right, [0, 1].
    """
    review = round((1 - coverage) * 100)
    if coverage <= 0 or review >= 100:
        return "Nearly all photos will need review."
    right = f"about {round(accuracy * 100)} of 100" if accuracy < 0.995 else "nearly all"
    if not review:
        return f"Hardly any photo will need review; {right} will be right."
    return f"About {review} of 100 photos will need review; of the rest {right} will be right."


def other_models(others: Mapping[str, int], total: int, name: str) -> str:
    """That photos of the list were tagged with other models than the one in use.

    Args:
        others: How many photos by the names of those models; one at least.
        total: Photos of the list.
        name: The model in use.
    """
    names = [shortened(each, _LONGEST_NAME) for each in (*others, name)]
    by = f"“{names[0]}”, not with “{names[1]}”" if len(others) == 1 else f"other models than “{names[-1]}”"
    number = sum(others.values())
    if number == total:
        return f"{'The photo' if total == 1 else 'All photos'} in this list {_were(total)} tagged with {by}."
    return f"{number:,} of {photos(total)} in this list {_were(number)} tagged with {by}."


def _were(number: int) -> str:
    return "was" if number == 1 else "were"


def outcome_text(finished: Finished, again: bool = False) -> str:
    """What became of a drop, in a sentence.

    Args:
        finished: The end of its tagging.
        again: Photos of the list were tagged again; rows of those that could not be read are as before.
    """
    counts = finished.counts
    rows = counts.found - counts.skipped
    tagged = rows - counts.errors
    how = "tagged again" if again else "tagged"
    if not tagged:
        return f"The photo could not be {how}." if rows == 1 else f"None of the {photos(rows)} could be {how}."
    which = photos(rows) if tagged == rows else f"{tagged:,} of {photos(rows)}"
    words = f"{which} {how} in {duration(finished.seconds)}"
    if counts.ok == rows:
        return f"{words}, all OK."
    parts = [f"{counts.ok:,} OK"]
    if counts.needs_review:
        parts.append(f"{counts.needs_review:,} {'needs' if counts.needs_review == 1 else 'need'} review")
    if counts.errors:
        parts.append(f"{counts.errors:,} {'could not be read' if again else 'failed'}")
    return f"{words}: {', '.join(parts)}."


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


def drops_waiting(number: int) -> str:
    """``1 more drop waits``, ``3 more drops wait``."""
    return "1 more drop waits" if number == 1 else f"{number:,} more drops wait"


def shortened(name: str, longest: int) -> str:
    """A name of at most ``longest`` characters: beginning and end stay, since there numbers and suffixes are."""
    if len(name) <= longest:
        return name
    tail = longest // 3
    return f"{name[: longest - tail - 1]}…{name[-tail:]}"
