"""Reads the tables of users, CSV and Excel, as text. openpyxl is imported only for Excel.

All cells become text as a shop would write it: a whole number has no decimals, a date is ``2026-12-01``, a formula is
the value that the spreadsheet saved for it. Apostrophes that :func:`trainer.data.csv_table.guarded` puts in front of
what looks like a formula are removed.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

from trainer.data.csv_table import lines_of, unguarded
from trainer.errors import DataError, os_reason

EXCEL_SUFFIXES = frozenset({".xlsx", ".xlsm"})

_LARGEST_EXCEL = 64 * 2**20  # bytes
_LARGEST_UNPACKED = 1024 * 2**20  # bytes; more is a decompression bomb


@dataclass(frozen=True, slots=True)
class TableFile:
    """A table that was read.

    Attributes:
        file: Where it is.
        columns: Names in its first row, as they are.
        rows: Line or row number in the file, and a cell for each column, without spaces around them.
    """

    file: Path
    columns: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def read_table(file: Path, names: Iterable[str] = ()) -> TableFile:
    """Read a CSV or an Excel file (its first sheet); blank rows are left out.

    Args:
        file: The table; Excel by its suffix.
        names: Columns of a CSV that are read, lower-case letters and digits only: their encoding must be sure.

    Raises:
        DataError: It cannot be read, is damaged, is empty or has no columns.
    """
    lines = _excel_lines(file) if file.suffix.casefold() in EXCEL_SUFFIXES else lines_of(file, names)
    header: tuple[str, ...] = ()
    rows = []
    for number, cells in lines:
        if not header:
            header = tuple(cell.strip() for cell in cells)
            continue
        row = [unguarded(cell.strip()) for cell in cells[: len(header)]]
        rows.append((number, (*row, *("",) * (len(header) - len(row)))))
    if not header:
        raise DataError("table_empty", file=str(file))
    return TableFile(file, header, tuple(rows))


def _excel_lines(file: Path) -> Iterable[tuple[int, Sequence[str]]]:
    from openpyxl import load_workbook

    try:
        with file.open("rb") as opened:
            if file.stat().st_size > _LARGEST_EXCEL:
                raise DataError("csv_too_large", file=str(file))
            with zipfile.ZipFile(opened) as parts:
                if sum(part.file_size for part in parts.infolist()) > _LARGEST_UNPACKED:
                    raise DataError("csv_too_large", file=str(file))
            book = load_workbook(opened, read_only=True, data_only=True, keep_links=False)
            try:
                sheet = book.worksheets[0]
                sheet.reset_dimensions()  # other programs write wrong ones
                found = []
                for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
                    texts = [_text(cell) for cell in cells]
                    if any(texts):
                        found.append((number, texts))
            finally:
                book.close()
    except OSError as error:
        raise DataError("file_unreadable", repr(error), file=str(file), reason=os_reason(error)) from error
    except DataError:
        raise
    except Exception as error:  # openpyxl raises whatever a damaged file leads to, also KeyError and ParseError
        raise DataError("excel_damaged", repr(error), file=str(file)) from error
    return found


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ", "minutes")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell).strip()
