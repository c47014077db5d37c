"""Rows as CSV for shops and spreadsheets, and as tab-separated text for the clipboard.

CSV as RFC 4180 describes it: UTF-8 without a mark, commas, CRLF, quotes where needed, a header line. Numbers have a
point, whatever the computer's language; :func:`excel_layout` is for Excel. Corrections win: a label set by hand has the
status ``ok`` and, since a person gives no probability, empty confidences; ``message`` names the model's category.

Attributes that are unsure are named in ``message``; their values are empty, except the colour's, see
:attr:`fashionlens_gui.tagging.attributes.AttributeTag.exported`. ``group`` and ``google_product_category`` come from
the taxonomy by the category's name or an alias; they are empty for a name that the taxonomy does not know. ``sure_of``
is the finest of ``category``, ``google`` and ``group`` that is sure, so that a shop can use the group of a photo whose
category is in doubt; ``colour_sure_of`` is ``colour``, ``family`` or empty.

A spreadsheet takes a cell that begins with ``=`` or the like for a formula, and a file may be named ``=HYPERLINK(…)``:
see :func:`trainer.data.csv_table.guarded`.
"""

from __future__ import annotations

import contextlib
import csv
import io
import locale
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from fashionlens_gui import paths
from fashionlens_gui.messages import photos
from fashionlens_gui.tagging.attributes import AttributeTag
from fashionlens_gui.tagging.sku import sku_of
from fashionlens_gui.tagging.tag import Tag, printable
from trainer import taxonomy
from trainer.atomic_write import write_or_rescue
from trainer.data.csv_table import guarded
from trainer.errors import SaveError
from trainer.inference import levels
from trainer.inference.prediction import Swatch
from trainer.preprocessing.photo import PhotoNote
from trainer.taxonomy import ATTRIBUTES, CATEGORY, Level, Taxonomy

# Later columns may be appended; these and their order stay.
COLUMNS = (
    "file",
    "category",
    "confidence",
    "second_category",
    "second_confidence",
    "status",
    "message",
    "colour",
    "colours",
    "pattern",
    "fabric",
    "occasion",
    "season",
    "audience",
    "group",
    "google_product_category",
    "sure_of",
    "google_confidence",
    "group_confidence",
    "colour_sure_of",
    "colour_family",
    "colour_family_confidence",
)
PATH_COLUMNS = ("path", "name")
CONFIDENCE_COLUMNS = tuple(f"{name}_confidence" for name in ATTRIBUTES)

_VALUE_COLUMNS = {CATEGORY: CATEGORY, "second_category": CATEGORY, "group": "group", "colour_family": "colour_family"}
_VALUE_COLUMNS |= {name: name for name in ATTRIBUTES}
"""What the cells of a column are values of."""

_IN_MEMORY = 256 * 2**20  # characters, about a million rows; more wait on the disk


@dataclass(frozen=True, slots=True)
class Layout:
    """How a table is written: by default for shops and other programs, as the module says.

    Attributes:
        delimiter: Between cells.
        decimal: Of numbers, a point or a comma.
        for_excel: With the mark by which Excel knows UTF-8, and SKUs in a form that it takes for text: it reads 00123
            as 123.
    """

    delimiter: str = ","
    decimal: str = "."
    for_excel: bool = False


@dataclass(frozen=True, slots=True)
class Options:
    """What the user wants in files.

    Attributes:
        attributes: Those of ATTRIBUTES that are switched on; the cells of the others are empty. Columns never move.
        with_confidence: Append a column with the confidence of each attribute.
        with_path: Append the columns ``path`` and ``name``, the same however the photos were added; ``file`` is
            relative to what was added.
        sku: The pattern of a column ``sku``, see :mod:`fashionlens_gui.tagging.sku`; empty for no such column.
        layout: Of the file.
        own: The name of each attribute that people defined, by its code in the catalogue: a column each, at the end.
        shown: What a value is called, by ``category`` or attribute and value; None: as it is stored.
    """

    attributes: Sequence[str] = ATTRIBUTES
    with_confidence: bool = False
    with_path: bool = False
    sku: str = ""
    layout: Layout = Layout()
    own: Mapping[str, str] = field(default_factory=dict)
    shown: Callable[[str, str], str] | None = None

    def columns(self) -> tuple[str, ...]:
        """The columns; those that are asked for follow the others."""
        keys = (*PATH_COLUMNS * self.with_path, *("sku",) * bool(self.sku))
        own = (*self.own.values(), *(f"{name}_confidence" for name in self.own.values() if self.with_confidence))
        return COLUMNS + keys + CONFIDENCE_COLUMNS * self.with_confidence + own


EVERYTHING = Options()


def excel_layout(decimal: str = "") -> Layout:
    """The layout in which Excel opens a table by a double click: with the separators of the user's region.

    Args:
        decimal: The decimal separator, where the caller knows it. Else that of Windows, or of the locale.
    """
    delimiter = ""
    if sys.platform == "win32":
        import winreg

        with winreg.OpenKey(winreg.HKEY_CURRENT_USER, r"Control Panel\International") as region:
            delimiter, decimal = (winreg.QueryValueEx(region, name)[0] for name in ("sList", "sDecimal"))
    elif not decimal:
        before = locale.setlocale(locale.LC_NUMERIC)
        with contextlib.suppress(locale.Error):
            locale.setlocale(locale.LC_NUMERIC, "")
            decimal = str(locale.localeconv()["decimal_point"])
        locale.setlocale(locale.LC_NUMERIC, before)
    comma = decimal == ","
    if delimiter not in (",", ";", "\t") or (comma and delimiter == ","):
        delimiter = ";" if comma else ","
    return Layout(delimiter, "," if comma else ".", for_excel=True)


@dataclass(frozen=True, slots=True)
class Written:
    """A CSV that was written.

    Attributes:
        rows: Their number.
        file: Where it is.
        problem: ``saved_elsewhere``, with the reason, when that is not where it was asked for; else None.
    """

    rows: int
    file: Path
    problem: SaveError | None


def write_csv(
    tags: Iterable[Tag],
    target: Path,
    options: Options = EVERYTHING,
    last_resort: Callable[[IO[str]], object] | None = None,
) -> Written:
    """Replace ``target`` by a CSV of ``tags`` in one step. When it cannot be replaced, because Excel has it open for
    example, the rows go to another file, see :func:`trainer.atomic_write.write_or_rescue`.

    ``tags`` may be a generator that does its work as it goes: nothing is written to the disk before it ends. If it
    raises, ``target`` stays as it was. ``last_resort`` gets the rows when no file can be written.

    Raises:
        SaveError: No permission, no room, nowhere; ``target`` is as it was.
        DataError: The taxonomy that came with the program is damaged.
    """
    return write_table(lambda text: write_rows(tags, text, options), target, last_resort)


def write_table(
    write: Callable[[IO[str]], int], target: Path, last_resort: Callable[[IO[str]], object] | None = None
) -> Written:
    """Replace ``target`` by what ``write`` writes, which returns the number of rows; see :func:`write_csv`."""
    with tempfile.SpooledTemporaryFile(_IN_MEMORY, "w+", encoding="utf-8", newline="") as text:
        count = write(text)

        def copy(place: Path) -> None:
            text.seek(0)
            with place.open("w", encoding="utf-8", newline="") as file:
                shutil.copyfileobj(text, file)

        try:
            return Written(count, *write_or_rescue(target, copy, paths.rescued_dir()))
        except SaveError:
            if last_resort is not None:
                text.seek(0)
                last_resort(text)
            raise


def write_rows(tags: Iterable[Tag], file: IO[str], options: Options = EVERYTHING, end: str = "\r\n") -> int:
    """Write the header and a line for each tag to an open text file; returns the number of rows."""
    layout = options.layout
    if layout.for_excel:
        file.write("\ufeff")
    writer = csv.writer(file, delimiter=layout.delimiter, lineterminator=end)
    writer.writerow(options.columns())
    count = 0
    for tag in tags:
        writer.writerow(cell_text(name, value, layout) for name, value in record(tag, options).items())
        count += 1
    return count


def csv_text(tags: Iterable[Tag], options: Options = EVERYTHING) -> str:
    """Rows for the clipboard: tab-separated with a header, which spreadsheets paste into cells."""
    text = io.StringIO(newline="")
    write_rows(tags, text, replace(options, layout=Layout("\t", options.layout.decimal)), end="\n")
    return text.getvalue()


def record(tag: Tag, options: Options = EVERYTHING) -> dict[str, Any]:
    """A tag as JSON values under the names of the columns, in their order.

    Numbers stay numbers; what is empty in the CSV is null or ''; ``colours`` is the CSV's text.
    """
    attributes = {each.name: each for each in tag.attributes if each.name in options.attributes}
    values_of = {name: printable(attributes[name].exported) if name in attributes else "" for name in ATTRIBUTES}
    known = taxonomy.load(paths.taxonomy_dir())
    unsure = [each.name for each in attributes.values() if each.unsure]
    notes = (*tag.notes, PhotoNote("attributes_unsure", {"names": unsure})) if unsure else tag.notes
    values: dict[str, Any] = {
        "file": printable(tag.file),
        "category": tag.category,
        "confidence": _rounded(tag.confidence),
        "second_category": tag.second_category,
        "second_confidence": _rounded(tag.second_confidence),
        "status": tag.status,
        "message": printable(photos.row_message(notes)),
        **values_of,
        "colours": colours_text(tag.colours) if "colour" in options.attributes else "",
        **_place_values(tag, known),
        **_family_values(attributes.get("colour"), known),
        "path": printable(str(tag.path)),
        "name": printable(tag.path.name),
        "sku": sku_of(tag.path, options.sku) if options.sku else "",
    }
    if options.with_confidence:
        for name, column in zip(ATTRIBUTES, CONFIDENCE_COLUMNS, strict=True):
            values[column] = _rounded(attributes[name].exported_confidence) if name in attributes else None
    own = {each.name: each for each in tag.own}
    for code, column in options.own.items():
        values[column] = printable(own[code].exported) if code in own else ""
        values[f"{column}_confidence"] = _rounded(own[code].exported_confidence) if code in own else None
    if options.shown is not None:
        for column, name in _VALUE_COLUMNS.items():
            values[column] = printable(options.shown(name, values[column]))
    return {column: values[column] for column in options.columns()}


def colours_text(colours: Iterable[Swatch]) -> str:
    """What the pixels show, such as ``navy blue 71 %, white 18 %``."""
    return ", ".join(f"{printable(each.name).lower()} {round(each.share * 100)} %" for each in colours)


def _place_values(tag: Tag, known: Taxonomy) -> dict[str, Any]:
    """Group, Google product category and their confidences; nothing for a category that the taxonomy does not know."""
    place = known.place(tag.category)
    ranking = tag.ranking if tag.source == "model" else None
    google, group = (
        None if ranking is None else levels.confidence(ranking, levels.value_of(level, known))
        for level in (Level.GOOGLE, Level.GROUP)
    )
    return {
        "group": place.group,
        "google_product_category": place.google,
        "sure_of": tag.sure_of or "",
        "google_confidence": _rounded(google),
        "group_confidence": _rounded(group),
    }


def _family_values(colour: AttributeTag | None, known: Taxonomy) -> dict[str, Any]:
    """The colour's family, its confidence, and which of both is sure."""
    family = known.family(colour.value) if colour is not None else ""
    ranking = colour.ranking if colour is not None and colour.source == "model" else None
    sure_of = ""
    if colour is not None and colour.value:
        sure_of = "colour" if not colour.unsure else "family" if colour.family_sure else ""
    return {
        "colour_sure_of": sure_of,
        "colour_family": family,
        "colour_family_confidence": None if ranking is None else _rounded(levels.confidence(ranking, known.family)),
    }


def cell_text(column: str, value: object, layout: Layout) -> str:
    """Text safe for spreadsheets; probabilities with four digits; nothing for None."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4f}".replace(".", layout.decimal)
    text = printable(str(value))
    if column == "sku" and layout.for_excel and text:
        quoted = text.replace('"', '""')
        return f'="{quoted}"'
    return guarded(text)


def _rounded(probability: float | None) -> float | None:
    return None if probability is None else round(float(probability), 4)
