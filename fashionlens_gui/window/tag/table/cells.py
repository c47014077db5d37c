"""The columns of the table of photos, and what their cells say."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum, auto
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from fashionlens_gui.messages.photos import group_and_choice, row_message
from fashionlens_gui.tagging.tag import Status
from fashionlens_gui.window.shell.shown_names import shown
from fashionlens_gui.window.tag.table.painting import STATUS_WORDS
from fashionlens_gui.window.tag.vocabulary import family_and_choice, srgb_of
from trainer.number_format import whole_percent
from trainer.taxonomy import ATTRIBUTES, CATEGORY

if TYPE_CHECKING:
    from fashionlens_gui.tagging.attributes import AttributeTag
    from fashionlens_gui.tagging.tag import Tag
    from fashionlens_gui.window.tag.unsure_reason import UnsureReason
    from trainer.inference.prediction import Ranking


class Column(IntEnum):
    """The table's columns, left to right. Each attribute has the column of its name."""

    PHOTO = 0
    STATUS = auto()
    CATEGORY = auto()
    CONFIDENCE = auto()
    SECOND = auto()
    COLOUR = auto()
    PATTERN = auto()
    FABRIC = auto()
    OCCASION = auto()
    SEASON = auto()
    AUDIENCE = auto()


ATTRIBUTE_OF: dict[int, str] = {Column[name.upper()]: name for name in ATTRIBUTES}
HEADERS = {column: column.name.capitalize() for column in Column} | {Column.SECOND: "Second choice"}
SORT_OF = {int(column): "name" if column == Column.PHOTO else column.name.lower() for column in Column}
"""What :attr:`fashionlens_gui.catalogue.query.Query.sort` calls each column."""
TAG_ROLE = int(Qt.ItemDataRole.UserRole) + 1
SIMILARITY_ROLE = TAG_ROLE + 1
"""How similar a photo is to the one whose similar photos are listed, [0, 1]; None in other lists."""


def cell_text(tag: Tag, column: int) -> str:
    """A cell as text."""
    if column == Column.PHOTO:
        return tag.file
    if column == Column.CATEGORY:
        category = shown(CATEGORY, tag.category)
        return category if tag.choice is None else "{} ({})".format(*group_and_choice(**tag.choice.parameters))
    if column == Column.CONFIDENCE:
        return whole_percent(tag.confidence)
    if column == Column.SECOND:
        return (
            f"{shown(CATEGORY, tag.second_category)} {whole_percent(tag.second_confidence)}"
            if tag.second_category
            else ""
        )
    if column in ATTRIBUTE_OF:
        attribute = tag.attributes.named(ATTRIBUTE_OF[column])
        if attribute is None or not attribute.unsure:
            return "" if attribute is None else shown(attribute.name, attribute.value)
        choice = family_and_choice(attribute)
        return f"{shown(attribute.name, attribute.value)}?" if choice is None else "{} ({})".format(*choice)
    return STATUS_WORDS[tag.status]


def cell_tooltip(tag: Tag, column: int, reason: Callable[[Tag, AttributeTag], UnsureReason | None]) -> str | None:
    """The tooltip of a cell, None for none. ``reason`` says why an attribute is unsure."""
    if column == Column.PHOTO:
        return f"{tag.path}\n{row_message(tag.notes)}" if tag.notes else str(tag.path)
    if (column == Column.STATUS and tag.notes) or (column == Column.CATEGORY and tag.choice is not None):
        return row_message(tag.notes)
    if column == Column.CATEGORY and tag.source == "user":
        return _set_by_user(CATEGORY, tag.ranking)
    about = _about_attribute(tag, ATTRIBUTE_OF[column], reason) if column in ATTRIBUTE_OF else None
    return row_message(tag.notes) if about is None and tag.status == Status.ERROR else about


def cell_colour(tag: Tag) -> QColor | None:
    """The colour as measured in the photo, else the usual look of the colour's name."""
    attribute = tag.attributes.named("colour")
    if attribute is None or not attribute.value:
        return None
    measured = next((each.srgb for each in tag.colours if each.name == attribute.value), None)
    srgb = measured or srgb_of(attribute.value)
    return QColor(*srgb) if srgb else None


def _about_attribute(tag: Tag, name: str, reason_of: Callable[[Tag, AttributeTag], UnsureReason | None]) -> str | None:
    attribute = tag.attributes.named(name)
    if attribute is None:
        return None
    if attribute.source == "user":
        lines = [_set_by_user(name, attribute.ranking)]
    elif reason := reason_of(tag, attribute):
        export = "" if attribute.exported else " Exported files leave it empty until you confirm it."
        lines = [f"{reason.explanation}{export}"]
    else:
        lines = [f"{shown(name, attribute.value)} ({whole_percent(attribute.confidence)})"]
    if name == "colour" and tag.colours:
        shares = ", ".join(f"{shown('colour', each.name).lower()} {whole_percent(each.share)}" for each in tag.colours)
        lines.append(f"Colours in the photo: {shares}")
    return "\n".join(lines)


def _set_by_user(name: str, ranking: Ranking | None) -> str:
    predicted = (
        f" The model predicted {shown(name, ranking.label)} ({whole_percent(ranking.confidence)})." if ranking else ""
    )
    return f"You chose this.{predicted}"
