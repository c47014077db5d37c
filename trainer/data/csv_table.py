"""CSV tables of users: with commas, semicolons or tabs, in the encoding of their program.

Excel puts semicolons where commas are for decimals, writes plain CSV in the system's own code page, and its “Unicode
text” as UTF-16.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from trainer.errors import DataError, os_reason

FILE_COLUMNS = ("file", "filename", "photo", "path", "image")
"""What a CSV may call its column of files; capitals, spaces and signs do not count."""

CATEGORY_COLUMNS = ("category", "label", "class")
"""Likewise its column of categories."""

_SEPARATORS = ",;\t"
_LARGEST_CSV = 256 * 2**20  # bytes; more is no list of photos


def lines_of(source: Path) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of each line that is not blank; the first one names the columns, and none has fewer cells.
    Raises :class:`DataError`: it cannot be read.
    """
    text = _text(source)
    header = text.lstrip().partition("\n")[0]
    try:
        separator = csv.Sniffer().sniff(header, _SEPARATORS).delimiter
    except csv.Error:
        separator = ","  # a single column; the caller reports the missing ones
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    columns = 0
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells):
                columns = columns or len(cells)
                yield reader.line_num, cells + [""] * (columns - len(cells))
    except csv.Error as error:
        raise DataError(
            "csv_malformed", repr(error), file=str(source), line=reader.line_num, problem=str(error)
        ) from error


def column_of(header: Sequence[str], known: Sequence[str]) -> int | None:
    """Which column has the first of these names that is there; capitals, spaces and signs do not count."""
    names = ["".join(letter for letter in name.casefold() if letter.isalnum()) for name in header]
    return next((names.index(name) for name in known if name in names), None)


def located(folder: Path, file: str) -> Path:
    """The file that a table in ``folder`` names."""
    path = folder / file
    if "\\" in file and os.sep != "\\" and not os.path.exists(path):
        return folder / file.replace("\\", "/")  # the list was made on Windows
    return path


def _text(source: Path) -> str:
    try:
        if source.stat().st_size > _LARGEST_CSV:
            raise DataError("csv_too_large", file=str(source))
        data = source.read_bytes()
    except OSError as error:
        raise DataError("file_unreadable", repr(error), file=str(source), reason=os_reason(error)) from error
    encodings = ("utf-16",) if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise DataError("not_csv", file=str(source))
