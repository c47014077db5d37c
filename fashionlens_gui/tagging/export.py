"""Rows as CSV for shops and spreadsheets, and as tab-separated text for the clipboard.

CSV as RFC 4180 describes it: UTF-8 without a mark, commas, CRLF, quotes where needed, a header line. Numbers have a
point, whatever the computer's language. Corrections win: a label set by hand has the status ``ok`` and, since a person
gives no probability, empty confidences; ``message`` says what the model had said.

A spreadsheet takes a cell that begins with ``=``, ``+``, ``-`` or ``@`` for a formula, and a file may be named
``=HYPERLINK(…)``. Such text gets an apostrophe in front (OWASP, CSV injection). Text that already begins with
apostrophes before such a character gets one more, so that taking one away always gives back the original.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TextIO

from fashionlens_gui.tagging.tag import Tag, printable
from trainer.durable import replacing

# Later columns may be appended; these and their order stay.
COLUMNS = ("file", "category", "confidence", "second_category", "second_confidence", "status", "message")

# The last four are the full-width forms that Excel takes for the same signs in East Asian settings.
_FORMULA = re.compile("'*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


def write_csv(tags: Iterable[Tag], target: Path) -> int:
    """Replace ``target`` by a CSV of ``tags`` in one step and return the number of rows.

    ``tags`` may be a generator that does its work as it goes; if it raises, ``target`` stays as it was.

    Raises:
        SaveError: No permission, no room; ``target`` is as it was.
    """
    with replacing(target) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        return write_rows(tags, file)


def write_rows(tags: Iterable[Tag], file: TextIO, delimiter: str = ",", end: str = "\r\n") -> int:
    """Write the header and a line for each tag to an open text file; returns the number of rows."""
    writer = csv.writer(file, delimiter=delimiter, lineterminator=end)
    writer.writerow(COLUMNS)
    count = 0
    for tag in tags:
        writer.writerow(_cells(tag))
        count += 1
    return count


def csv_text(tags: Iterable[Tag]) -> str:
    """Rows for the clipboard: tab-separated with a header, which spreadsheets paste into cells."""
    text = io.StringIO(newline="")
    write_rows(tags, text, delimiter="\t", end="\n")
    return text.getvalue()


def record(tag: Tag) -> dict[str, Any]:
    """A tag as JSON values under the same names: numbers stay numbers, what is empty in the CSV is null or ''."""
    return {
        "file": printable(tag.file),
        "category": tag.category,
        "confidence": _rounded(tag.confidence),
        "second_category": tag.second_category,
        "second_confidence": _rounded(tag.second_confidence),
        "status": tag.status,
        "message": printable(tag.message),
    }


def _cells(tag: Tag) -> list[str]:
    return [
        _text(tag.file),
        _text(tag.category),
        _number(tag.confidence),
        _text(tag.second_category),
        _number(tag.second_confidence),
        _text(tag.status),
        _text(tag.message),
    ]


def _text(text: str) -> str:
    text = printable(text)
    return f"'{text}" if _FORMULA.match(text) else text


def _rounded(probability: float | None) -> float | None:
    return None if probability is None else round(probability, 4)


def _number(probability: float | None) -> str:
    return "" if probability is None else f"{probability:.4f}"
