"""The history of exports: what is new or has changed since the last one, and how one is repeated."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.database import now
from fashionlens_gui.shops.cell_text import cell_text
from fashionlens_gui.shops.export_table import Cell, ExportRow, ExportTable
from fashionlens_gui.shops.product_row import ProductRow
from fashionlens_gui.shops.profile import Mode, Profile, decode_profile
from fashionlens_gui.tagging.tag import printable
from trainer.data.csv_table import unguarded
from trainer.errors import DataError

Cells = dict[str, Cell]
"""The cells of a product's first row, by the profile's name of the column."""


@dataclass(frozen=True, slots=True)
class Export:
    """An export of the past.

    Attributes:
        id: Later ones have higher numbers.
        profile: Its name.
        mode: New products, or an update file.
        file: The file that was written.
        products: How many products are in it.
        who: Name on the computer.
        when: ISO 8601, UTC.
    """

    id: int
    profile: str
    mode: Mode
    file: str
    products: int
    who: str
    when: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What has come since the last export with a profile.

    Attributes:
        new: Indices of products that were never in one.
        changed: Indices of products that were, with the columns whose cells have changed.
    """

    new: tuple[int, ...]
    changed: dict[int, tuple[str, ...]]


def exports(catalogue: Catalogue) -> list[Export]:
    """All exports, the latest first."""
    with catalogue.database.read() as database:
        rows = database.execute(
            "SELECT id, profile, mode, file, products, who, made_at FROM exports ORDER BY id DESC"
        ).fetchall()
    return [Export(*row) for row in rows]


def last_cells(catalogue: Catalogue, profile: str) -> dict[str, Cells]:
    """The cells of each product in its last export with a profile, by SKU."""
    with catalogue.database.read() as database:
        rows = database.execute(
            "SELECT sku, max(export), main FROM exported_products JOIN exports ON exports.id = export "
            "WHERE profile = ? GROUP BY sku",
            (profile,),
        ).fetchall()
    return {sku: _cells(_unpacked(main)) for sku, _, main in rows}


def exported_texts(catalogue: Catalogue, columns: Collection[str]) -> dict[str, dict[str, str]]:
    """The texts of each product in the last export with these columns, in any order, by SKU and column.

    Empty when there was none.
    """
    with catalogue.database.read() as database:
        rows = database.execute("SELECT id, settings, columns FROM exports ORDER BY id DESC").fetchall()
        same = ((number, settings, *json.loads(stored)) for number, settings, stored in rows)
        found = next((each for each in same if set(each[2]) == set(columns)), None)
        if found is None:
            return {}
        number, settings, names, keys = found
        packed = database.execute("SELECT sku, main FROM exported_products WHERE export = ?", (number,)).fetchall()
    profile = decode_profile(settings, f"export {number}")
    name_of = dict(zip(keys, names, strict=True))
    texts = {}
    for sku, main in packed:
        cells = _cells(_unpacked(main))
        texts[sku] = {name_of[key]: unguarded(cell_text(cells[key], key, profile)) for key in cells if key in name_of}
    return texts


def difference(table: ExportTable, last: dict[str, Cells]) -> Difference:
    """What of a table, with all columns of its profile, is new or has changed.

    A column that the profile has got since counts as changed where its cell is not empty.
    """
    new, changed = [], {}
    for number, (product, cells) in enumerate(zip(table.products, table.main_cells(), strict=True)):
        before = last.get(product.sku)
        if before is None:
            new.append(number)
            continue
        columns = tuple(key for key in cells if (cells[key] or "") != (before.get(key) or ""))
        if columns:
            changed[number] = columns
    return Difference(tuple(new), changed)


def record(
    catalogue: Catalogue,
    full: ExportTable,
    written: ExportTable,
    mode: Mode,
    file: Path,
    without: Collection[str] = (),
) -> int:
    """Store an export that was written; returns its number.

    Args:
        catalogue: Open for writing.
        full: The same products as in ``written``, with all columns of the profile.
        written: What is in the file.
        mode: Of the export.
        file: That was written.
        without: SKUs that the shop would refuse: they count as not exported.
    """
    rows_of: dict[int, list[tuple[Cell, ...]]] = {}
    for row in written.rows:
        rows_of.setdefault(row.product, []).append(row.cells)
    settings = msgspec.json.encode(full.profile).decode()
    name = printable(str(file))
    with catalogue.database.transaction(durable=True) as database:
        added = database.execute(
            "INSERT INTO exports (profile, settings, mode, columns, file, products, who, made_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(full.profile.name, settings, mode, json.dumps([written.columns, written.keys]), name),
                *(len(written.products), catalogue.who, now()),
            ),
        )
        number = int(added.lastrowid or 0)
        database.executemany(
            "INSERT INTO exported_products VALUES (?, ?, ?, ?, ?, ?)",
            (
                (number, place, product.sku, digest(cells), _packed(cells), _packed(rows_of.get(place, [])))
                for place, (product, cells) in enumerate(zip(full.products, full.main_cells(), strict=True))
                if product.sku not in without
            ),
        )
    return number


def repeated(catalogue: Catalogue, number: int) -> tuple[ExportTable, Mode]:
    """The rows of an export as they were written then, and its mode.

    Raises:
        DataError: ``export_missing``: there is none of this number.
    """
    with catalogue.database.read() as database:
        found = database.execute("SELECT settings, mode, columns FROM exports WHERE id = ?", (number,)).fetchone()
        if found is None:
            raise DataError("export_missing", number=number)
        stored = database.execute(
            "SELECT sku, rows FROM exported_products WHERE export = ? ORDER BY position", (number,)
        ).fetchall()
    profile: Profile = decode_profile(found[0], f"export {number}")
    columns, keys = json.loads(found[2])
    products = tuple(ProductRow(sku, (), {}, {}) for sku, _ in stored)
    rows = [
        ExportRow(place, tuple(_cell(cell) for cell in cells), image)
        for place, (_, packed) in enumerate(stored)
        for image, cells in enumerate(_unpacked(packed), 1)
    ]
    return ExportTable(profile, tuple(columns), tuple(keys), products, tuple(rows)), found[1]


def digest(cells: Cells) -> str:
    """BLAKE2b of a product's cells, 16 bytes as hex: the same when all cells are."""
    text = json.dumps(cells, ensure_ascii=False, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _packed(value: Cells | Iterable[tuple[Cell, ...]]) -> bytes:
    return zlib.compress(json.dumps(value, ensure_ascii=False).encode(), 6)


def _unpacked(data: bytes) -> Any:
    return json.loads(zlib.decompress(data))


def _cells(stored: dict[str, Any]) -> Cells:
    return {key: _cell(cell) for key, cell in stored.items()}


def _cell(stored: str | list[str]) -> Cell:
    return tuple(stored) if isinstance(stored, list) else stored
