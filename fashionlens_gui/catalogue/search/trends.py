"""Trends: how many photos of a list have each value of an attribute, or what they sold, period by period."""

from __future__ import annotations

import math
import os
import re
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path

import numpy as np

from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.id_sets import IdSet
from fashionlens_gui.catalogue.own_columns import column_of
from fashionlens_gui.catalogue.query import Query, find
from fashionlens_gui.catalogue.schema import CatalogueError
from fashionlens_gui.catalogue.search.facets import FACETS
from fashionlens_gui.catalogue.shop_columns import ShopCells, cells_of, column_names
from fashionlens_gui.catalogue.visible_values import natural_key

_DATES = (
    re.compile(r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?!\d)"),
    re.compile(r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})(?!\d)"),
)
_MOST_PERIODS = 5_000  # between the first and the last day that are counted


class Over(StrEnum):
    """What is counted period by period: calendar months, ISO weeks, days, folders or imports."""

    MONTH = "month"
    WEEK = "week"
    DAY = "day"
    FOLDER = "folder"
    IMPORT = "import"


_LENGTHS = {Over.DAY: 1, Over.WEEK: 7, Over.MONTH: 28}  # days: at least one day of each period is reached

ADDED, TAKEN = "added", "taken"
"""Dates of photos: when they came into the catalogue (this computer's clock), when they were taken (the camera's)."""


@dataclass(frozen=True, slots=True, eq=False)
class Trend:
    """The amounts of each value in each period.

    Attributes:
        periods: P names in their order: ``2026-03``, ``2026-W09``, ``2026-03-01``, a folder, or the number of an import
            with its day. Between the first and the last month, week or day none is missing.
        values: V values, the largest total first; an empty one: photos that have none.
        amounts_PV: float64, photos, or sums of the column.
        undated: Photos, or rows of the table, that are in no period.
        unread: Rows whose cell of the column is no number; they are in no sum.
        ids_N: int64, the photos that are counted; one with several rows more than once.
        period_N: int64, the period of each.
        value_N: int64, the value of each.
    """

    periods: tuple[str, ...]
    values: tuple[str, ...]
    amounts_PV: np.ndarray
    undated: int
    unread: int
    ids_N: np.ndarray
    period_N: np.ndarray
    value_N: np.ndarray

    @property
    def shares_PV(self) -> np.ndarray:
        """float64 [0, 1]: of what is counted in the period; nan in one without anything."""
        with np.errstate(invalid="ignore", divide="ignore"):
            shares: np.ndarray = self.amounts_PV / self.amounts_PV.sum(1, keepdims=True)
        return shares

    @property
    def changes_PV(self) -> np.ndarray:
        """float64: against the period before, 0.5 for half as much again; nan where that had nothing."""
        changes_PV = np.full_like(self.amounts_PV, np.nan)
        with np.errstate(invalid="ignore", divide="ignore"):
            changes_PV[1:] = self.amounts_PV[1:] / self.amounts_PV[:-1] - 1
        changes_PV[~np.isfinite(changes_PV)] = np.nan
        return changes_PV

    def photos(self, period: str, value: str) -> np.ndarray:
        """The photos behind one amount, int64 (n,)."""
        chosen_N = self.period_N == self.periods.index(period)
        return np.unique(self.ids_N[chosen_N & (self.value_N == self.values.index(value))])


def trend(
    catalogue: Catalogue,
    query: Query,
    by: str = "category",
    over: Over = Over.MONTH,
    dates: str = ADDED,
    sums: str = "",
) -> Trend:
    """Count the photos of a list, or add up what the shop's tables say of them.

    Args:
        catalogue: Open.
        query: The list.
        by: One of :data:`fashionlens_gui.catalogue.search.facets.FACETS`, or an attribute that people defined.
        over: The periods.
        dates: :data:`ADDED`, :data:`TAKEN`, or a column of the shop's tables; of no matter for folders and imports.
        sums: A column of the shop's tables with numbers; empty: photos are counted. All rows of a product are added,
            once, for the first of its photos in the list. Where the table also has the column ``dates``, each row is
            added to the period of its own date.

    Raises:
        ValueError: There is no such facet.
        CatalogueError: No table has the column (``no_shop_column``), or the dates are too far apart
            (``trend_too_long``).
    """
    is_found, parameter = IdSet.of(find(catalogue, query)).condition()
    counted = _Counted()
    with catalogue.database.read() as database:
        column = by if by in FACETS else column_of(database, by)
        rows = database.execute(
            f"SELECT id, {column}, added_at, taken_at, path FROM photos WHERE {is_found} "
            "ORDER BY product, product_position, id",
            [parameter],
        ).fetchall()
        joined = dates not in (ADDED, TAKEN) and over in _LENGTHS
        sold_on = cells_of(database, [sums, dates]) if sums and joined else None
        sold = sold_on or (_cells(database, sums) if sums else None)
        imports = _imports(database) if over == Over.IMPORT else {}
        days = _cells(database, dates) if joined else {}
    seen: set[int] = set()
    for id_, value, added_at, taken_at, path in rows:
        if over == Over.FOLDER:
            period = str(Path(os.fsdecode(path)).parent)
        elif over == Over.IMPORT:
            period = imports.get(id_, "")
        elif joined:
            period = _name(_day(days[id_].rows[0][0]), over) if id_ in days else ""
        else:
            period = _name(_local_day(added_at) if dates == ADDED else _day(taken_at or ""), over)
        if sold is None:
            counted.add(id_, value, period, 1.0)
        elif id_ in sold and sold[id_].shared not in seen:
            seen.add(sold[id_].shared)
            for cell, *day in sold[id_].rows:
                counted.add(id_, value, _name(_day(day[0]), over) if day else period, _number(cell))
    return counted.trend(over)


class _Counted:
    """What is counted, one entry for each photo or row."""

    def __init__(self) -> None:
        self._ids: list[int] = []
        self._periods: list[str] = []
        self._values: list[str] = []
        self._amounts: list[float] = []
        self._undated = self._unread = 0

    def add(self, id_: int, value: str, period: str, amount: float | None) -> None:
        """An empty period, or no amount: it is in no sum."""
        if not period:
            self._undated += 1
        elif amount is None:
            self._unread += 1
        else:
            self._ids.append(id_)
            self._values.append(value)
            self._periods.append(period)
            self._amounts.append(amount)

    def trend(self, over: Over) -> Trend:
        totals: dict[str, float] = {}
        for value, amount in zip(self._values, self._amounts, strict=True):
            totals[value] = totals.get(value, 0.0) + amount
        values = sorted(totals, key=lambda value: (-totals[value], value))
        periods = _without_gaps(sorted(set(self._periods), key=natural_key), over)
        place_of, column_of = ({name: place for place, name in enumerate(all_)} for all_ in (periods, values))
        period_N = np.array([place_of[name] for name in self._periods], np.int64)
        value_N = np.array([column_of[value] for value in self._values], np.int64)
        amounts_PV = np.zeros((len(periods), len(values)))
        np.add.at(amounts_PV, (period_N, value_N), np.array(self._amounts))
        ids_N = np.array(self._ids, np.int64)
        return Trend(tuple(periods), tuple(values), amounts_PV, self._undated, self._unread, ids_N, period_N, value_N)


def _imports(database: sqlite3.Connection) -> dict[int, str]:
    """The last import of each photo: its number and its day."""
    found = database.execute(
        "SELECT photo, import, made_at FROM import_photos JOIN operations ON operations.id = import ORDER BY import"
    )
    return {photo: f"{number} ({_local_day(made_at)})" for photo, number, made_at in found}


def _cells(database: sqlite3.Connection, column: str) -> dict[int, ShopCells]:
    found = cells_of(database, [column])
    if found is None:
        raise CatalogueError("no_shop_column", name=column, columns=tuple(column_names(database)))
    return found


def _local_day(text: str) -> date:
    return datetime.fromisoformat(text).astimezone().date()


def _day(text: str) -> date | None:
    """A day that begins with the year, or with the day and points between; None for any other text."""
    for pattern in _DATES:
        if match := pattern.match(text.strip()):
            try:
                return date(*(int(match[part]) for part in ("year", "month", "day")))
            except ValueError:
                return None
    return None


def _number(text: str) -> float | None:
    """A number of a table, with a decimal point or a decimal comma; None for any other text."""
    try:
        number = float(text.replace(",", ".") if text.count(",") == 1 and "." not in text else text.replace(",", ""))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _name(day: date | None, over: Over) -> str:
    """The period of a day; empty for none."""
    if day is None:
        return ""
    if over == Over.WEEK:
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02}"
    return day.isoformat() if over == Over.DAY else f"{day.year:04}-{day.month:02}"


def _without_gaps(periods: list[str], over: Over) -> list[str]:
    if len(periods) < 2 or over not in _LENGTHS:
        return periods
    first, last = (_first_day(period, over) for period in (periods[0], periods[-1]))
    step = _LENGTHS[over]
    if (last - first).days > _MOST_PERIODS * step:
        raise CatalogueError("trend_too_long", first=periods[0], last=periods[-1])
    every: Iterable[date] = (first + timedelta(days=step * number) for number in range((last - first).days // step + 1))
    return sorted({*(_name(day, over) for day in every), *periods})


def _first_day(period: str, over: Over) -> date:
    if over == Over.WEEK:
        return date.fromisocalendar(int(period[:4]), int(period[-2:]), 1)
    return date.fromisoformat(period if over == Over.DAY else f"{period}-01")
