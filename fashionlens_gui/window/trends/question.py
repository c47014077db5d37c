"""What is counted on the page of trends, what can be chosen there, and the answer of the catalogue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fashionlens_gui.catalogue.files.folders import folders
from fashionlens_gui.catalogue.lists.list_sources import last_imports, place_name
from fashionlens_gui.catalogue.own_columns import own_titles
from fashionlens_gui.catalogue.query import Query
from fashionlens_gui.catalogue.search.dates_taken import unread
from fashionlens_gui.catalogue.search.trends import ADDED, TAKEN, Over, Trend, trend
from fashionlens_gui.catalogue.shop_columns import column_names
from fashionlens_gui.tagging.tag import printable
from trainer.errors import FashionLensError
from trainer.number_format import day_of

if TYPE_CHECKING:
    from fashionlens_gui.catalogue.catalogue import Catalogue

_MOST_PLACES = 20


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be chosen besides what is always there.

    Attributes:
        attributes: Name by code of the attributes that people defined.
        columns: Of the shop's tables.
        places: Text and query of the last imports and of the folders with most photos.
    """

    attributes: dict[str, str]
    columns: tuple[str, ...]
    places: tuple[tuple[str, Query], ...]


@dataclass(frozen=True, slots=True)
class TrendQuestion:
    """What to count.

    Attributes:
        by: The attribute.
        over: The periods.
        dates: :data:`ADDED`, :data:`TAKEN` or a column.
        sums: A column; empty for photos.
        query: Gives the list.
    """

    by: str = "category"
    over: Over = Over.MONTH
    dates: str = ADDED
    sums: str = ""
    query: Callable[[Catalogue], Query] = lambda _catalogue: Query()


@dataclass(frozen=True, slots=True)
class TrendAnswer:
    """What the catalogue answers.

    Attributes:
        question: That was asked.
        choices: What else can be asked.
        trend: None where it cannot be counted.
        problem: Why it cannot be counted; None where it can.
        unread: Photos whose date was not read yet; 0 where no date of the camera is asked for.
    """

    question: TrendQuestion
    choices: Choices
    trend: Trend | None
    problem: FashionLensError | None
    unread: int


def answer(catalogue: Catalogue, question: TrendQuestion) -> TrendAnswer:
    """Count, in a worker."""
    choices = _choices(catalogue)
    found, problem = None, None
    try:
        query = question.query(catalogue)
        found = trend(catalogue, query, question.by, question.over, question.dates, question.sums)
    except FashionLensError as error:
        problem = error
    missing = unread(catalogue) if question.dates == TAKEN else 0
    return TrendAnswer(question, choices, found, problem, missing)


def _choices(catalogue: Catalogue) -> Choices:
    with catalogue.database.read() as database:
        attributes, columns = own_titles(database), tuple(column_names(database))
    places = [
        (f"Import of {day_of(each.begun)}: {place_name(each.paths)}", Query(batch=each.batch))
        for each in last_imports(catalogue, _MOST_PLACES)
    ]
    largest = list(folders(catalogue, Query()))[:_MOST_PLACES]
    places += [(f"Folder {_short(folder)}", Query(below=(folder,))) for folder in largest]
    return Choices(attributes, columns, tuple(places))


def _short(folder: Path) -> str:
    return printable("/".join(folder.parts[-2:]))
