"""Sentences about the catalogue in the window: why it cannot be changed, its figures, its backups, merging."""

from __future__ import annotations

from datetime import datetime

from fashionlens_gui.messages.message import Table
from trainer.number_format import day, number, photos

WITHOUT_MEMORY = "FashionLens works without it for now: export what you need, because this list is not kept."
DAMAGED = (
    "The file {file} cannot be read any more; it was not changed. A backup brings back the photos, their tags and all "
    "corrections as they were at its time. The damaged file is kept beside the backups."
)
NO_BACKUPS = "There are no backups yet. FashionLens makes one a day once there are photos."

SENTENCES: Table = {
    "catalogue_not_open": "The catalogue is not open. Open it or restore a backup, then try again.",
    "index_not_installed": "The index of similar photos needs usearch, which is not installed. Install it with “pip "
    "install usearch”, or search without the index.",
    "no_photos_to_compare": "The catalogue {file} has no photos to compare with. Tag some first.",
    "model_of_catalogue_missing": "The model “{name}”, which tagged the photos of the catalogue, is not on this "
    "computer, or has changed since. Tag the photos again with a model that is.",
}


def in_use_text(user: str, computer: str, since: str) -> str:
    """Who has the catalogue open, and what can be done; ``since`` is ISO 8601, UTC."""
    who = f"{user} on {computer} has" if user else "Another program has"
    try:
        time = datetime.fromisoformat(since).astimezone()
        when = f" since {time_text(time)}"
    except ValueError:
        when = ""
    return (
        f"{who} the catalogue open{when}. You can look at all photos here. To change something, close it there, then "
        "try again."
    )


def read_only_text(sentence: str) -> str:
    """That the catalogue can be read alone; ``sentence`` says why."""
    return f"{sentence} You can look at all photos here, but not change anything."


def time_text(time: datetime) -> str:
    """Day and time of day in local time, such as ``1 December 2026, 10:32``; today the time alone."""
    local = time.astimezone()
    return f"{local:%H:%M}" if local.date() == datetime.now().date() else f"{day(local)}, {local:%H:%M}"


def size_text(count: int) -> str:
    """Bytes, such as ``12.3 MB``."""
    return f"{count / 1e9:,.1f} GB" if count >= 1e9 else f"{max(count / 1e6, 0.1):,.1f} MB"


def taken_over_text(listed: int, others: int, values: int) -> str:
    """What was taken over from an earlier version."""
    more = f" and {photos(others)} of earlier lists" if others else ""
    return (
        f"{photos(listed)} of your list{more} are in the catalogue now, with {number(values)} values that people set. "
        "The old files stay as they are."
    )


def merge_text(values: int, count: int, unknown: int, conflicts: int) -> str:
    """What a merge would bring in."""
    parts = [
        f"{number(values)} {'value comes in, of' if values == 1 else 'values come in, of'} {photos(count)}."
        if values
        else "Nothing new comes in without a conflict."
    ]
    if unknown:
        parts.append(f"{photos(unknown)} of theirs {'is' if unknown == 1 else 'are'} not in your catalogue.")
    if conflicts == 1:
        parts.append("One value was set differently by both of you: choose which one counts.")
    elif conflicts:
        parts.append(f"{number(conflicts)} values were set differently by both of you: choose which one counts.")
    return " ".join(parts)
