"""Columns of the shop's tables, by photo."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

_BY_FILE = (
    "SELECT f.id, f.id, cells FROM shop_rows r JOIN photos f ON f.stem = r.key "
    "WHERE shop_table = ? AND hidden_by IS NULL ORDER BY f.id, line"
)
_BY_SKU = (
    "SELECT f.id, -p.id, cells FROM shop_rows r JOIN products p ON p.key = r.key JOIN photos f ON f.product = p.id "
    "WHERE shop_table = ? AND hidden_by IS NULL ORDER BY f.id, line"
)


def column_names(database: sqlite3.Connection) -> list[str]:
    """The names of all columns of the tables that are joined, each once, in the order of the tables."""
    rows = database.execute("SELECT columns FROM shop_tables WHERE removed_by IS NULL ORDER BY id")
    return list(dict.fromkeys(name for (text,) in rows for name in json.loads(text)))


@dataclass(frozen=True, slots=True)
class ShopCells:
    """What a table of the shop says of a photo.

    Attributes:
        shared: A number that all photos of one product have where the table is joined by SKU, so that what is known of
            a product can be counted once.
        rows: The cells of the columns that were asked for, of each row in its order.
    """

    shared: int
    rows: list[tuple[str, ...]]


def cells_of(database: sqlite3.Connection, columns: Sequence[str]) -> dict[int, ShopCells] | None:
    """What the first table with all of these columns says, by photo; None when no table has them."""
    for table, joined_on, text in database.execute(
        "SELECT id, joined_on, columns FROM shop_tables WHERE removed_by IS NULL ORDER BY id"
    ).fetchall():
        names = json.loads(text)
        if set(columns) <= set(names):
            places = [names.index(column) for column in columns]
            found: dict[int, ShopCells] = {}
            for photo, shared, cells in database.execute(_BY_SKU if joined_on == "sku" else _BY_FILE, (table,)):
                row = json.loads(cells)
                of_photo = found.setdefault(photo, ShopCells(shared, []))
                of_photo.rows.append(tuple(str(row[place]).strip() for place in places))
            return found
    return None
