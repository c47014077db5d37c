"""The parts of a filter in words, and the filter without each of them. No Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from fashionlens_gui.catalogue.query import Days, Query
from fashionlens_gui.tagging.tag import Status, printable
from fashionlens_gui.window.shell.shown_names import shown
from trainer.number_format import day
from trainer.taxonomy import CATEGORY_AND_ATTRIBUTES

STATUS_NAMES = {Status.OK: "OK", Status.NEEDS_REVIEW: "Needs review", Status.ERROR: "Could not be read"}


@dataclass(frozen=True, slots=True)
class FilterPart:
    """One part of a filter.

    Attributes:
        text: In a few words.
        kind: What it is about, such as ``Colour``.
        without: The filter without this part.
        srgb: A colour to show beside the words; None for none.
        beside: It has a control of its own beside the list: the search box, or a status with its count.
    """

    text: str
    kind: str
    without: Query
    srgb: tuple[int, int, int] | None = None
    beside: bool = False


def filter_parts(wanted: Query, titles: Mapping[str, str], today: date | None = None) -> list[FilterPart]:
    """The parts of a filter.

    Args:
        wanted: The filter; its order is no part.
        titles: Names of attributes that people defined, by code.
        today: By default this day.
    """
    found = []
    if wanted.text.strip():
        found.append(FilterPart(f"“{wanted.text.strip()}”", "Search", replace(wanted, text=""), beside=True))
    statuses = as_list(wanted.status)
    for status in statuses:
        left = [Status(each) for each in statuses if each != status]
        without = replace(wanted, status=left or None)
        found.append(FilterPart(STATUS_NAMES[Status(status)], "Status", without, beside=True))
    if wanted.corrected is not None:
        text = "Corrected" if wanted.corrected else "Confirmed"
        found.append(FilterPart(text, "Your changes", replace(wanted, corrected=None), beside=True))
    for name, values in wanted.values.items():
        title = title_of(name, titles)
        for value in as_list(values):
            text = shown(name, value) or f"No {title.lower()}"
            found.append(FilterPart(text, title, switched(wanted, name, value)))
    if wanted.near_colour is not None:
        red, green, blue = wanted.near_colour.srgb
        text = f"Near #{red:02x}{green:02x}{blue:02x}"
        found.append(FilterPart(text, "Colour", replace(wanted, near_colour=None), wanted.near_colour.srgb))
    if wanted.added is not None:
        found.append(FilterPart(days_text(wanted.added, today), "Added", replace(wanted, added=None)))
    for folder in wanted.below:
        left_folders = tuple(each for each in wanted.below if each != folder)
        text = f"In {printable(folder.name or str(folder))}"
        found.append(FilterPart(text, "Folder", replace(wanted, below=left_folders)))
    if wanted.gone is not None:
        text = "File is missing" if wanted.gone else "File is there"
        found.append(FilterPart(text, "File", replace(wanted, gone=None)))
    for part, text, without in (
        (wanted.batch, "One import", replace(wanted, batch=None)),
        (wanted.since, "Later imports", replace(wanted, since=None)),
        (wanted.photos, "Chosen photos", replace(wanted, photos=None)),
        (wanted.within, "Part of a list", replace(wanted, within=None)),
    ):
        if part is not None:
            found.append(FilterPart(text, "List", without))
    return found


def as_list(values: Any) -> list[str]:
    """The values that a query asks for; none for None."""
    if values is None:
        return []
    return [values] if isinstance(values, str) else list(values)


def switched(wanted: Query, name: str, value: str) -> Query:
    """A filter with one more value of an attribute, or without it where it was chosen."""
    chosen = as_list(wanted.values.get(name))
    now = [each for each in chosen if each != value] if value in chosen else [*chosen, value]
    values = {each: asked for each, asked in wanted.values.items() if each != name}
    return replace(wanted, values=values | ({name: tuple(now)} if now else {}))


def switched_folder(wanted: Query, folder: Path) -> Query:
    """A filter with one more folder, or without it where it was chosen."""
    chosen: Sequence[Path] = wanted.below
    below = tuple(each for each in chosen if each != folder) if folder in chosen else (*chosen, folder)
    return replace(wanted, below=below)


def title_of(name: str, titles: Mapping[str, str]) -> str:
    """What people call an attribute."""
    return titles.get(name, name.capitalize() if name in CATEGORY_AND_ATTRIBUTES else "Removed attribute")


def usual_days(today: date | None = None) -> dict[str, Days]:
    """Days that are often asked for, by what they are called."""
    today = today or date.today()
    return {
        "Today": Days(today, today),
        "This week": Days(today - timedelta(days=today.weekday()), today),
        "This month": Days(today.replace(day=1), today),
    }


def days_text(days: Days, today: date | None = None) -> str:
    """Such as “Added this week” or “Added 1 to 5 November 2026”."""
    for name, usual in usual_days(today).items():
        if days == usual:
            return f"Added {name.lower()}"
    if days.first is None or days.last is None:
        if days.first is None and days.last is None:
            return "Added on any day"
        return f"Added since {day(days.first)}" if days.first else f"Added until {day(days.last or date.max)}"
    if days.first == days.last:
        return f"Added on {day(days.first)}"
    return f"Added {day(days.first)} to {day(days.last)}"
