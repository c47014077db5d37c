"""What joining a table would do, before anything changes."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.product_groups.table_joins import key_column, read_shop_table, row_key, with_zeros


@dataclass(frozen=True, slots=True)
class JoinPreview:
    """What a table would join.

    Attributes:
        columns: Names of its columns.
        key_column: The one with the SKU or the file.
        rows: Its number of rows.
        rows_without: Line and key of the rows that match no product, or no photo.
        matched: Number of products, or photos, with a row.
        without_row: SKUs, or names of photos, without a row, in natural order.
        example: Cells of the first row that matches, by column; empty if none does.
    """

    columns: tuple[str, ...]
    key_column: str
    rows: int
    rows_without: tuple[tuple[int, str], ...]
    matched: int
    without_row: tuple[str, ...]
    example: tuple[tuple[str, str], ...]


def columns_of(file: Path, encoding: str = "") -> tuple[str, ...]:
    """The names of a table's columns; raises DataError where the table cannot be read."""
    return read_shop_table(Path(os.path.abspath(file)), encoding).columns


def preview_join(
    catalogue: Catalogue, file: Path, on: str = "sku", column: str = "", encoding: str = ""
) -> JoinPreview:
    """What :func:`fashionlens_gui.product_groups.table_joins.join` would do; arguments and errors as there."""
    found = read_shop_table(Path(os.path.abspath(file)), encoding)
    place = key_column(found, on, column)
    keys = [row_key(cells[place], on) for _, cells in found.rows]
    with catalogue.database.read() as database:
        if on == "sku":
            keys = with_zeros(database, keys)
            known = database.execute(
                "SELECT key, sku FROM products p WHERE EXISTS "
                "(SELECT 1 FROM photos WHERE product = p.id AND hidden_by IS NULL) ORDER BY name_key"
            ).fetchall()
        else:
            known = database.execute(
                "SELECT stem, file FROM photos WHERE hidden_by IS NULL ORDER BY name_key, id"
            ).fetchall()
    there, named = {key for key, _ in known}, set(keys)
    pairs = list(zip(found.rows, keys, strict=True))
    first = next((cells for (_, cells), key in pairs if key in there), None)
    return JoinPreview(
        found.columns,
        found.columns[place],
        len(found.rows),
        tuple((line, cells[place]) for (line, cells), key in pairs if key not in there),
        sum(key in named for key, _ in known),
        tuple(name for key, name in known if key not in named),
        () if first is None else tuple((c, cell) for c, cell in zip(found.columns, first, strict=True) if c and cell),
    )
