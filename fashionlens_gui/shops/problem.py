"""What is wrong with the rows of an export, and what all platforms have in common."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from fashionlens_gui.shops.cell_text import cell_text
from fashionlens_gui.shops.export_table import Cell, ExportRow, ExportTable
from fashionlens_gui.shops.profile import Mode
from fashionlens_gui.shops.writers import MOST_EXCEL_CHARACTERS, MOST_EXCEL_ROWS

DECIMAL = re.compile(r"\d+(\.\d+)?")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_FORMULA = re.compile(r"[=@]|[+-](?!\d+(\.\d+)?$)")


class Severity(StrEnum):
    """``error``: the importer refuses the row or the file; ``warning``: it changes something silently."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """A row or a column that an importer would refuse, or change silently.

    Attributes:
        code: The rule; its sentence is in :data:`fashionlens_gui.messages.shops.RULES`.
        severity: What the importer does.
        row: Number in the file; the header is row 1, where the whole column or file is meant.
        column: As in the header; empty for the whole row.
        sku: Of the product; empty for the whole file.
        parameters: What the sentence names.
    """

    code: str
    severity: Severity
    row: int
    column: str = ""
    sku: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Line:
    """A row as rules read it.

    Attributes:
        number: In the file.
        row: Its cells.
        sku: Of its product.
        mode: Of the export.
    """

    number: int
    row: ExportRow
    sku: str
    mode: Mode
    _table: ExportTable

    @property
    def is_main(self) -> bool:
        """Whether it is the first row of a product, not one of a further image."""
        return self.row.image == 1

    def has(self, key: str) -> bool:
        """Whether the file has a column, by the profile's name."""
        return key in self._table.keys

    def cell(self, key: str) -> Cell:
        """A cell by the profile's name of its column; empty where there is none."""
        return self.row.cells[self._table.keys.index(key)] if self.has(key) else ""

    def text(self, key: str) -> str:
        """Its text as the file has it."""
        return cell_text(self.cell(key), key, self._table.profile)

    def items(self, key: str) -> tuple[str, ...]:
        """Its items; a text is one item, an empty one none."""
        cell = self.cell(key)
        return cell if isinstance(cell, tuple) else (cell,) if cell else ()

    def error(self, code: str, key: str = "", **parameters: object) -> Problem:
        return self._problem(code, Severity.ERROR, key, parameters)

    def warning(self, code: str, key: str = "", **parameters: object) -> Problem:
        return self._problem(code, Severity.WARNING, key, parameters)

    def _problem(self, code: str, severity: Severity, key: str, parameters: Mapping[str, object]) -> Problem:
        names = dict(zip(self._table.keys, self._table.columns, strict=True))
        return Problem(code, severity, self.number, names.get(key, key), self.sku, parameters)

    def missing(self, *keys: str) -> Iterator[Problem]:
        """An error for each of these columns that is empty or not there."""
        for key in keys:
            if not self.text(key).strip():
                yield self.error("missing", key)

    def too_long(self, key: str, most: int) -> Iterator[Problem]:
        """An error where a text has more characters."""
        if len(self.text(key)) > most:
            yield self.error("too_long", key, most=most, length=len(self.text(key)))

    def one_of(self, key: str, *values: str) -> Iterator[Problem]:
        """An error where a filled cell has another text."""
        if self.text(key) and self.text(key) not in values:
            yield self.error("not_one_of", key, text=self.text(key), values=values)

    def number_in(self, *keys: str) -> Iterator[Problem]:
        """An error where a filled cell is no number with a point."""
        for key in keys:
            if self.text(key) and not DECIMAL.fullmatch(self.text(key)):
                yield self.error("not_a_number", key, text=self.text(key))


def lines(table: ExportTable, mode: Mode) -> list[Line]:
    """All rows."""
    return [Line(number, row, table.products[row.product].sku, mode, table) for number, row in enumerate(table.rows, 2)]


def common_problems(table: ExportTable, mode: Mode) -> Iterator[Problem]:
    """What holds for each platform."""
    names = dict(zip(table.keys, table.columns, strict=True))
    filled = {key for cells in table.main_cells() for key, cell in cells.items() if cell}
    for column in table.profile.columns:
        unknown = {name for template in column.templates for name in template.facts} & set(table.unknown_facts)
        if unknown and column.name in names and column.name not in filled:
            facts = ", ".join(sorted(unknown))
            yield Problem("unknown_fact", Severity.WARNING, 1, names[column.name], "", {"fact": facts})
    if table.profile.file == "xlsx" and len(table.rows) + 1 > MOST_EXCEL_ROWS:
        yield Problem("too_many_rows", Severity.ERROR, 1, "", "", {"most": MOST_EXCEL_ROWS})
    for line in lines(table, mode):
        if line.is_main and table.products[line.row.product].needs_review:
            yield line.warning("needs_review")
        for key in table.keys:
            parts = line.items(key)
            if any(_CONTROL.search(part) for part in parts):
                yield line.warning("control_characters", key)
            text = line.text(key)
            if table.profile.file == "xlsx" and len(text) > MOST_EXCEL_CHARACTERS:
                yield line.error("too_long", key, most=MOST_EXCEL_CHARACTERS, length=len(text))
            if table.profile.platform != "plain" and table.profile.file == "csv" and _FORMULA.match(text):
                yield line.warning("formula", key, text=text[:20])


def repeated(line: Line, key: str, seen: dict[str, int], folded: bool = False) -> Iterator[Problem]:
    """An error where a filled cell has the text of an earlier row; ``seen`` has the rows so far."""
    text = line.text(key).casefold() if folded else line.text(key)
    if text and seen.setdefault(text, line.number) != line.number:
        yield line.error("repeated", key, text=line.text(key), first=seen[text])
