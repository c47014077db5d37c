"""CSV tables of users: with commas, semicolons or tabs, in the encoding of their program.

Excel puts semicolons where commas are for decimals, writes plain CSV in the system's own code page, and its “Unicode
text” as UTF-16; a first line ``sep=;`` tells it the separator. Tables that FashionLens wrote are read again after a
spreadsheet saved them: with the apostrophe before what it takes for a formula, and with spaces at the ends of names.
"""

from __future__ import annotations

import contextlib
import csv
import io
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from trainer.data import csv_encoding
from trainer.errors import DataError, os_reason
from trainer.spelling import normal_form

if TYPE_CHECKING:
    import _csv

FILE_COLUMNS = ("file", "filename", "photo", "path", "image")
"""What a CSV may call its column of files; capitals, spaces and signs do not count."""

CATEGORY_COLUMNS = ("category", "label", "class")
"""Likewise its column of categories."""

_SEPARATORS = ",;\t"
_LARGEST_CSV = 256 * 2**20  # bytes; more is no list of photos

NUMBER = re.compile(r"\d+([.,]\d+E\+\d+|E\+\d+)?", re.IGNORECASE)
"""A name that spreadsheets take for a number: of 00123 they save 123, of 123456789012 perhaps 1.23457E+11."""

LOST_LETTERS = re.compile(r"\?\?|\w\?\w|^\?|\ufffd")
"""Where a program put a ? for letters that its encoding does not have."""

# The last four are the full-width forms that Excel takes for the same signs in East Asian settings.
_FORMULA = re.compile("'*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


def lines_of(source: Path, names: Iterable[str] = FILE_COLUMNS + CATEGORY_COLUMNS) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of each line that is not blank; the first one names the columns, and none has fewer cells.

    Args:
        source: The file.
        names: Columns that are read, as for :func:`column_of`: what stands there must be in a sure encoding.

    Returns:
        Cells without the spaces around them, but in a column of :data:`FILE_COLUMNS` as they are, for
        :class:`ListedFiles`.

    Raises:
        DataError: It cannot be read, or nobody knows its encoding, see :func:`trainer.data.csv_encoding.decode`.
    """
    known = [key for name in names if (key := _key(name))]
    listed = ListedFiles(source.parent)
    text = csv_encoding.decode(
        source, _bytes(source), lambda text: _names(text, known), lambda file: os.path.exists(listed.path(file))
    )
    reader, columns, files = _reader(text), 0, set[int]()
    try:
        for row in reader:
            cells = [cell if number in files else cell.strip() for number, cell in enumerate(row)]
            if not any(map(str.strip, cells)) or (not columns and _is_separator_line(row)):
                continue
            if not columns:
                columns = len(cells)
                files = {number for number, name in enumerate(cells) if _key(name) in FILE_COLUMNS}
            yield reader.line_num, cells + [""] * (columns - len(cells))
    except csv.Error as error:
        raise DataError(
            "csv_malformed", repr(error), file=str(source), line=reader.line_num, problem=str(error)
        ) from error


def column_of(header: Sequence[str], known: Sequence[str]) -> int | None:
    """Which column has the first of these names that is there; capitals, spaces and signs do not count."""
    names = [_key(name) for name in header]
    return next((names.index(name) for name in known if name in names), None)


def guarded(text: str) -> str:
    """A cell that no spreadsheet takes for a formula: with an apostrophe in front, where it may be one (OWASP, CSV
    injection). Where there are apostrophes already, there is one more: :func:`unguarded` gives back the original.
    """
    return f"'{text}" if _FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """What :func:`guarded` was given."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


class ListedFiles:
    """Finds the files that a table names, whatever became of their names on the way.

    A name may have backslashes on other systems than Windows, an apostrophe as :func:`guarded` sets, spaces at its
    ends, and another Unicode normal form: macOS writes an é as two signs. Of a name that is a number, a spreadsheet
    removes the zeros in front; of letters that its encoding lacks, it makes question marks.

    Args:
        folder: Of the table; names are relative to it.

    Attributes:
        lost_numbers: Names without a file that are numbers, so that a spreadsheet may have changed them.
    """

    def __init__(self, folder: Path) -> None:
        self.lost_numbers: set[str] = set()
        self._folder = folder
        self._names: dict[str, dict[str, str]] = {}
        self._without_zeros: dict[str, list[str]] | None = None

    def path(self, file: str) -> Path:
        """The file; where it is missing, the place where it would be."""
        plain = file.strip()
        if NUMBER.fullmatch(plain) and not os.path.lexists(self._folder / plain):
            return self._with_zeros(plain)
        if file == plain and file.isascii() and not {"\\", "?"} & set(file) and file == unguarded(file):
            return self._folder / file
        spellings = dict.fromkeys((unguarded(file), file, unguarded(plain), plain))
        if os.sep != "\\":
            spellings |= dict.fromkeys(name.replace("\\", "/") for name in spellings)
        for name in spellings:
            if os.path.lexists(self._folder / name):
                return self._folder / name
        found = (look(name) for look in (self._in_other_form, self._with_letters) for name in spellings)
        return next((path for path in found if path), self._folder / unguarded(plain).replace("\\", os.sep))

    def _with_letters(self, name: str) -> Path | None:
        """The only file that the name may be, where each ? stands for a letter; or two of them for an emoji."""
        if "?" not in name:
            return None
        folder, name = os.path.split(self._folder / name)
        letters = re.sub(
            r"(?:\\\?)+", lambda lost: f"[^\0-\x7f]{{{-(-len(lost[0]) // 4)},{len(lost[0]) // 2}}}", re.escape(name)
        )
        names = [each for each in self._listing(folder).values() if re.fullmatch(letters, normal_form(each))]
        return Path(folder, names[0]) if len(names) == 1 else None

    def _with_zeros(self, number: str) -> Path:
        if self._without_zeros is None:
            self._without_zeros = {}
            for name in self._listing(str(self._folder)).values():
                if name.startswith("0"):
                    self._without_zeros.setdefault(name.lstrip("0"), []).append(name)
        names = self._without_zeros.get(number, [])
        if len(names) != 1:
            self.lost_numbers.add(number)
        return self._folder / (names[0] if len(names) == 1 else number)

    def _listing(self, folder: str) -> dict[str, str]:
        """Names in a folder by their normal form."""
        if folder not in self._names:
            with contextlib.suppress(OSError):
                self._names[folder] = {_disk_key(name): name for name in os.listdir(folder)}
        return self._names.setdefault(folder, {})

    def _in_other_form(self, name: str) -> Path | None:
        path = str(self._folder)
        for part in Path(name).parts:
            if not os.path.lexists(step := os.path.join(path, part)):
                actual = self._listing(path).get(_disk_key(part))
                if actual is None:
                    return None
                step = os.path.join(path, actual)
            path = step
        return Path(path)


def _disk_key(name: str) -> str:
    return os.path.normcase(normal_form(name))


def _key(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _names(text: str, known: Sequence[str]) -> csv_encoding.Names:
    """What stands in the columns that count; in all of them where none has a known name."""
    try:
        rows = [row for row in _reader(text) if any(map(str.strip, row)) and not _is_separator_line(row)]
    except csv.Error:
        rows = [[text]]
    header = rows[0] if rows else []
    columns = [number for number, name in enumerate(header) if _key(name) in known] or range(len(header))
    cells = [(_key(header[number]), row[number]) for row in rows for number in columns if number < len(row)]
    return csv_encoding.Names(
        tuple(cell for key, cell in cells if key in FILE_COLUMNS), tuple(cell for _, cell in cells)
    )


def _reader(text: str) -> _csv.Reader:
    header = re.split("[\r\n]", text.lstrip(), maxsplit=1)[0]
    if separator := re.match('"?sep=(.)', header, re.IGNORECASE):
        delimiter = separator[1]
    else:
        delimiter = max(_SEPARATORS, key=lambda sign: len(next(csv.reader([header], delimiter=sign), ())))
    # Spaces before a quotation mark; elsewhere they may belong to a name.
    spaced = re.search(f'{re.escape(delimiter)} +"[^"{re.escape(delimiter)}\r\n]', text) is not None
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=spaced)


def _is_separator_line(row: Sequence[str]) -> bool:
    return row[0].casefold().startswith("sep=") and len(row[0]) <= 5 and not any(row[1:])


def _bytes(source: Path) -> bytes:
    try:
        if source.stat().st_size > _LARGEST_CSV:
            raise DataError("csv_too_large", file=str(source))
        return source.read_bytes()
    except OSError as error:
        raise DataError("file_unreadable", repr(error), file=str(source), reason=os_reason(error)) from error
