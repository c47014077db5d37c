"""Tables from the shop, joined to products by SKU or to photos by the name of the file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence


def fields_of(database: sqlite3.Connection, photos_of: Mapping[int, Sequence[int]]) -> dict[int, dict[str, str]]:
    """What the tables say of products, by the product's id and the name of the column.

    Of two tables with a column of the same name, the later one's is called ``TABLE: COLUMN``. Where a table is joined
    by file, the first photo with a filled cell counts.
    """
    found: dict[int, dict[str, str]] = {}
    taken: dict[str, int] = {}
    marks = ", ".join("?" * len(photos_of))
    for table, name, joined_on, text in database.execute(
        "SELECT id, name, joined_on, columns FROM shop_tables WHERE removed_by IS NULL ORDER BY id"
    ).fetchall():
        titles = [
            column if taken.setdefault(column, table) == table else f"{name}: {column}" for column in json.loads(text)
        ]
        if joined_on == "sku":
            rows = f"products p ON p.key = r.key WHERE shop_table = ? AND p.id IN ({marks})"
            select = f"SELECT p.id, cells FROM shop_rows r JOIN {rows} ORDER BY line"
        else:
            rows = f"photos f ON f.stem = r.key WHERE shop_table = ? AND f.product IN ({marks})"
            select = (
                f"SELECT f.product, cells FROM shop_rows r JOIN {rows} AND hidden_by IS NULL "
                "ORDER BY product_position, f.id"
            )
        for product, cells in database.execute(select, [table, *photos_of]).fetchall():
            fields = found.setdefault(product, {})
            for title, cell in zip(titles, json.loads(cells), strict=True):
                if cell and not fields.get(title):
                    fields[title] = cell
    return found
