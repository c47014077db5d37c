"""What people do with tables from the shop: join, refresh, remove; each is one transaction and one undo.

The table's text is stored in the catalogue, so that it is there when the file is not. Refreshing reads the file again;
a file that has not changed is not stored again.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fashionlens_gui.catalogue import operation_log
from fashionlens_gui.catalogue.catalogue import Catalogue, Changes, Kind
from fashionlens_gui.catalogue.database import now
from fashionlens_gui.catalogue.operation_log import OperationKind
from fashionlens_gui.product_groups.arranging import sku_key
from fashionlens_gui.product_groups.shop_tables import ShopTable, shop_tables
from fashionlens_gui.table_file import EXCEL_SUFFIXES, TableFile, read_table
from fashionlens_gui.tagging.tag import printable
from trainer.data import csv_encoding
from trainer.data.csv_table import FILE_COLUMNS
from trainer.errors import DataError, FashionLensError, os_reason
from trainer.preprocessing.photo import PHOTO_SUFFIXES
from trainer.spelling import normal_form, spelling_key

SKU_COLUMNS = (
    *("sku", "variantsku", "articlenumber", "itemnumber", "productnumber", "stylenumber", "style", "itemno"),
    *("artikelnummer", "reference", "ref", "referenz", "codice", "referencia", "handle", "id"),
)
"""What a table may call its column of SKUs, likeliest first; capitals, spaces and signs do not count."""
_VERSIONS_KEPT = 5
_LARGEST_HEADER = 64 * 2**10


@dataclass(frozen=True, slots=True)
class Joined:
    """The result of joining or refreshing a table.

    Attributes:
        changes: None when the file had not changed.
        table: As it is now.
        repeated: Lines whose SKU or file an earlier line has, too; of each column the first filled cell counts.
        without_key: Lines without a SKU or file, which join nothing.
    """

    changes: Changes
    table: ShopTable
    repeated: tuple[int, ...] = ()
    without_key: tuple[int, ...] = ()


def join(
    catalogue: Catalogue, file: Path, on: str = "sku", column: str = "", name: str = "", encoding: str = ""
) -> Joined:
    """Join a table; one of the same name is replaced.

    Args:
        catalogue: Open for writing.
        file: CSV or Excel.
        on: ``sku`` or ``file``.
        column: Name of the column with it; found by its usual names when empty.
        name: Of the table; by default that of the file.
        encoding: Of a CSV, where it cannot be found out.

    Raises:
        DataError: The file cannot be read, has no such column, two columns of one name, or no rows. Nothing changed.
    """
    if on not in ("sku", "file"):
        raise ValueError(f"no table is joined on “{on}”")
    file = Path(os.path.abspath(file))
    name = printable(name.strip() or file.stem)
    digest = _digest(file)
    found = read_shop_table(file, encoding)
    place = key_column(found, on, column)
    with catalogue.database.transaction(durable=True) as database:
        keys = [row_key(cells[place], on) for _, cells in found.rows]
        keys = with_zeros(database, keys) if on == "sku" else keys
        operation = operation_log.add(database, OperationKind.JOIN_TABLE, catalogue.who, now(), value=name)
        added = database.execute(
            "INSERT INTO shop_tables (name, path, sheet, joined_on, key_column, columns, digest, read_at, added_by, "
            "removed_by, encoding) VALUES (?, ?, '', ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(name, os.fsencode(file), on, found.columns[place], json.dumps(found.columns), digest, now()),
                *(operation, operation, encoding),
            ),
        )
        database.executemany(
            "INSERT INTO shop_rows VALUES (?, ?, ?, ?)",
            (
                (added.lastrowid, line, key, json.dumps(cells, ensure_ascii=False))
                for (line, cells), key in zip(found.rows, keys, strict=True)
            ),
        )
        operation_log.carry_out(database, operation)
        _delete_old(database, name)
        (table,) = (each for each in shop_tables(database) if each.name == name)
    seen: Counter[str] = Counter()
    repeated = []
    for (line, _), key in zip(found.rows, keys, strict=True):
        seen[key] += bool(key)
        repeated += [line] if seen[key] > 1 else []
    without = tuple(line for (line, _), key in zip(found.rows, keys, strict=True) if not key)
    return Joined(Changes.of(Kind.TABLES), table, tuple(repeated), without)


def refresh(catalogue: Catalogue) -> tuple[list[Joined], list[FashionLensError]]:
    """Read the files of all tables again that have changed; returns them, and the errors of those that cannot be
    read, which stay as they are.
    """
    with catalogue.database.read() as database:
        tables = shop_tables(database)
    done: list[Joined] = []
    errors: list[FashionLensError] = []
    for table in tables:
        try:
            if _digest(table.path) == table.digest:
                done.append(Joined(Changes.none(), table))
            else:
                done.append(join(catalogue, table.path, table.joined_on, table.key_column, table.name, table.encoding))
        except DataError as error:
            errors.append(error)
    return done, errors


def remove(catalogue: Catalogue, name: str) -> Changes:
    """Remove a table; its file stays. Nothing when there is none of this name."""
    with catalogue.database.transaction(durable=True) as database:
        if not any(each.name == name for each in shop_tables(database)):
            return Changes.none()
        operation = operation_log.add(database, OperationKind.REMOVE_TABLE, catalogue.who, now(), value=name)
        operation_log.carry_out(database, operation)
    return Changes.of(Kind.TABLES)


def file_skus(file: Path, file_column: str = "", sku_column: str = "", encoding: str = "") -> dict[str, str]:
    """The SKU of each file that a table names, by the name of the file without folders, suffix and case.

    Raises:
        DataError: As :func:`join`; ``table_file_twice``: a file has two SKUs.
    """
    file = Path(os.path.abspath(file))
    found = read_shop_table(file, encoding)
    of_file, of_sku = key_column(found, "file", file_column), key_column(found, "sku", sku_column)
    skus: dict[str, str] = {}
    line_of: dict[str, int] = {}
    for line, cells in found.rows:
        key, sku = row_key(cells[of_file], "file"), cells[of_sku].strip()
        if not key or not sku:
            continue
        if sku_key(skus.setdefault(key, sku)) != sku_key(sku):
            raise DataError(
                "table_file_twice",
                file=str(file), name=cells[of_file], line=line, first=line_of[key], skus=(skus[key], sku),
            )  # fmt: skip
        line_of.setdefault(key, line)
    return skus


def read_shop_table(file: Path, encoding: str) -> TableFile:
    """A table of a shop; raises DataError where :func:`join` does."""
    if file.suffix.casefold() not in EXCEL_SUFFIXES:
        csv_encoding.choose_encoding(encoding, file)
    found = read_table(file, _header_keys(file))
    counts = Counter(spelling_key(column) or column for column in found.columns if column)
    twice = [column for column in found.columns if column and counts[spelling_key(column) or column] > 1]
    if twice:
        raise DataError("table_column_twice", file=str(file), columns=tuple(twice))
    if not found.rows:
        raise DataError("table_without_rows", file=str(file), columns=found.columns)
    return found


def _header_keys(file: Path) -> list[str]:
    """The names of a CSV's columns, of which the encoding must be sure; those that are not ASCII are left out."""
    if file.suffix.casefold() in EXCEL_SUFFIXES:
        return []
    try:
        with file.open("rb") as opened:
            text = opened.read(_LARGEST_HEADER).replace(b"\0", b"").decode("ascii", "replace")
    except OSError as error:
        raise DataError("file_unreadable", repr(error), file=str(file), reason=os_reason(error)) from error
    for sign in ";\t":
        text = text.replace(sign, ",")
    first = next((line for line in text.splitlines() if line.strip(" ,") and not line.startswith("sep=")), "")
    return [spelling_key(cell) for cell in first.split(",") if "\ufffd" not in cell]


def key_column(found: TableFile, on: str, column: str) -> int:
    """The place of the column with the SKU or the file, by its name or by the usual ones; raises DataError."""
    known = (column,) if column else SKU_COLUMNS if on == "sku" else FILE_COLUMNS
    by_key = {spelling_key(name): place for place, name in enumerate(found.columns)}
    for name in known:
        if (place := by_key.get(spelling_key(name))) is not None:
            return place
    raise DataError(
        "table_without_key",
        file=str(found.file), on=on, names=known[:3], columns=tuple(filter(None, found.columns)), chosen=bool(column),
    )  # fmt: skip


def row_key(cell: str, on: str) -> str:
    """How a row is found: the SKU, or the name of the file without folders and suffix, without case."""
    if on == "sku":
        return sku_key(cell)
    name = normal_form(cell.strip()).replace("\\", "/").rpartition("/")[2].casefold()
    stem, dot, suffix = name.rpartition(".")
    return stem if dot and f".{suffix}" in PHOTO_SUFFIXES else name


def with_zeros(database: sqlite3.Connection, keys: Sequence[str]) -> list[str]:
    """Keys with the zeros in front that a spreadsheet removed: 00123 is 123 in Excel. Only where one product fits."""
    known = {key for (key,) in database.execute("SELECT key FROM products")}
    without: dict[str, list[str]] = {}
    for key in known:
        if key.startswith("0") and key.isdecimal():
            without.setdefault(key.lstrip("0"), []).append(key)
    return [key if key in known or len(without.get(key, ())) != 1 else without[key][0] for key in keys]


def _digest(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
    except OSError as error:
        raise DataError("file_unreadable", repr(error), file=str(file), reason=os_reason(error)) from error


def _delete_old(database: sqlite3.Connection, name: str) -> None:
    """Delete the versions of a table before the last five; what joined and removed them can no longer be undone."""
    old = database.execute(
        "SELECT id, added_by, removed_by FROM shop_tables WHERE name = ? AND removed_by IS NOT NULL "
        "ORDER BY id DESC LIMIT -1 OFFSET ?",
        (name, _VERSIONS_KEPT),
    ).fetchall()
    for table, added_by, removed_by in old:
        database.execute("DELETE FROM shop_tables WHERE id = ?", (table,))
        database.execute(
            "UPDATE operations SET state = iif(state = 'done', 'settled', 'superseded') WHERE id IN (?, ?)",
            (added_by, removed_by),
        )
