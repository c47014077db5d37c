"""Tables from the shop as they are joined: by SKU to products, by the name of the file to photos."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fashionlens_gui.catalogue.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class ShopTable:
    """A table that is joined.

    Attributes:
        id: In the catalogue.
        name: Of the table.
        path: Of its file, absolute.
        joined_on: ``sku`` or ``file``.
        key_column: The column with it.
        columns: Names of all columns.
        digest: Of the file when it was read.
        read_at: When that was, ISO 8601, UTC.
        encoding: That a person chose, or empty.
        rows: Their number.
    """

    id: int
    name: str
    path: Path
    joined_on: str
    key_column: str
    columns: tuple[str, ...]
    digest: str
    read_at: str
    encoding: str
    rows: int


@dataclass(frozen=True, slots=True)
class Unmatched:
    """What a table does not join.

    Attributes:
        rows: Line in the file and SKU or name of the file, of rows without product or photo.
        without_row: SKUs of products, or names of photos, without a row.
    """

    rows: tuple[tuple[int, str], ...]
    without_row: tuple[str, ...]


def shop_tables(database: sqlite3.Connection) -> list[ShopTable]:
    """The tables, in the order in which they were joined."""
    return [
        ShopTable(id_, name, Path(os.fsdecode(path)), on, key, tuple(json.loads(columns)), *rest)
        for id_, name, path, on, key, columns, *rest in database.execute(
            "SELECT id, name, path, joined_on, key_column, columns, digest, read_at, encoding, "
            "(SELECT count(*) FROM shop_rows WHERE shop_table = id) FROM shop_tables WHERE removed_by IS NULL "
            "ORDER BY id"
        )
    ]


def unmatched(catalogue: Catalogue, table: ShopTable) -> Unmatched:
    """The rows of a table without product or photo, in the order of the file, and what has no row, in natural order."""
    with_photos = "EXISTS (SELECT 1 FROM photos WHERE product = products.id AND hidden_by IS NULL)"
    if table.joined_on == "sku":
        found = f"SELECT 1 FROM products WHERE key = r.key AND {with_photos}"
        rest = f"SELECT sku FROM products WHERE {with_photos} AND key NOT IN {{keys}} ORDER BY name_key"
    else:
        found = "SELECT 1 FROM photos WHERE stem = r.key AND hidden_by IS NULL"
        rest = "SELECT file FROM photos WHERE hidden_by IS NULL AND stem NOT IN {keys} ORDER BY name_key, id"
    place = table.columns.index(table.key_column)
    with catalogue.database.read() as database:
        rows = database.execute(
            f"SELECT line, cells FROM shop_rows r WHERE shop_table = ? AND NOT EXISTS ({found}) ORDER BY line",
            (table.id,),
        ).fetchall()
        without = database.execute(rest.format(keys="(SELECT key FROM shop_rows WHERE shop_table = ?)"), (table.id,))
        return Unmatched(
            tuple((line, json.loads(cells)[place]) for line, cells in rows), tuple(name for (name,) in without)
        )


def fields_of(database: sqlite3.Connection, photos_of: Mapping[int, Sequence[int]]) -> dict[int, dict[str, str]]:
    """What the tables say of products, by the product's id and the name of the column; columns without name and empty
    cells are left out.

    Of two tables with a column of the same name, the later one's is called ``TABLE: COLUMN``. Of several rows of a
    product, the first with a filled cell counts: in the order of the table, or of the photos.
    """
    found: dict[int, dict[str, str]] = {}
    taken: dict[str, int] = {}
    marks = ", ".join("?" * len(photos_of))
    for table in shop_tables(database):
        titles = [
            column if taken.setdefault(column.casefold(), table.id) == table.id else f"{table.name}: {column}"
            for column in table.columns
        ]
        if table.joined_on == "sku":
            rows = f"products p ON p.key = r.key WHERE shop_table = ? AND p.id IN ({marks})"
            select = f"SELECT p.id, cells FROM shop_rows r JOIN {rows} ORDER BY line"
        else:
            rows = f"photos f ON f.stem = r.key WHERE shop_table = ? AND f.product IN ({marks})"
            select = (
                f"SELECT f.product, cells FROM shop_rows r JOIN {rows} AND hidden_by IS NULL "
                "ORDER BY product_position, f.id, line"
            )
        for product, cells in database.execute(select, [table.id, *photos_of]).fetchall():
            fields = found.setdefault(product, {})
            for title, cell in zip(titles, json.loads(cells), strict=True):
                if cell and title and not fields.get(title):
                    fields[title] = cell
    return found
