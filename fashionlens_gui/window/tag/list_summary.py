"""Short texts about the list: for the status bar, and for the notice after an import. No Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainer.number_format import duration, photos

if TYPE_CHECKING:
    from fashionlens_gui.tagging.job import Finished


def list_summary(total: int, shown: int, selected: int, viewing: bool = False) -> str:
    """The number of photos and of selected ones, and the keys to use next; the viewer shows its own keys."""
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


def import_summary(finished: Finished, remembered: int = 0, retagged: bool = False) -> str:
    """The result of an import as a sentence.

    Args:
        finished: Its counts.
        remembered: How many of its photos were in the catalogue already, unchanged.
        retagged: Photos of the list were tagged again.
    """
    counts = finished.counts
    rows = counts.rows
    tagged = rows - counts.errors
    if not rows:
        return (
            "All of these photos are in the list already." if counts.known else "There are no photos in what you added."
        )
    verb = "tagged again" if retagged else "tagged"
    if not tagged:
        return f"The photo could not be {verb}." if rows == 1 else f"None of the {photos(rows)} could be {verb}."
    if remembered == rows:
        text = "The photo was known already" if rows == 1 else f"All {photos(rows)} were known already"
    else:
        which = photos(rows) if tagged == rows else f"{tagged:,} of {photos(rows)}"
        text = f"{which} {verb} in {duration(finished.seconds)}"
        if remembered:
            text = f"{text}, {remembered:,} of them known already"
    if counts.ok == rows:
        return f"{text}, all OK."
    parts = [f"{counts.ok:,} OK"]
    if counts.needs_review:
        parts.append(f"{counts.needs_review:,} {'needs' if counts.needs_review == 1 else 'need'} review")
    if counts.errors:
        parts.append(f"{counts.errors:,} {'could not be read' if retagged else 'failed'}")
    return f"{text}: {', '.join(parts)}."


def shortened(name: str, longest: int = 30) -> str:
    """A name of at most ``longest`` characters, cut in the middle: numbers and suffixes are at the end."""
    if len(name) <= longest:
        return name
    tail = longest // 3
    return f"{name[: longest - tail - 1]}…{name[-tail:]}"
