"""Short texts about the list: for the status bar, and for the notice after an import. No Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainer.number_format import duration, photos

if TYPE_CHECKING:
    from fashionlens_gui.tagging.job import Finished


def list_summary(total: int, shown: int, selected: int, viewing: bool = False) -> str:
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
        parts.append("Space to enlarge")
    return "  ·  ".join(parts)


def import_summary(finished: Finished, again: bool = False) -> str:
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


def shortened(name: str, longest: int = 30) -> str:
    """A name of at most ``longest`` characters: beginning and end stay, since there numbers and suffixes are."""
    if len(name) <= longest:
        return name
    tail = longest // 3
    return f"{name[: longest - tail - 1]}…{name[-tail:]}"
