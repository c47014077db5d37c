"""Writes the rows of an export as CSV, tab-separated text, XML or Excel, in one step."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from fashionlens_gui import paths
from fashionlens_gui.shops.cell_text import cell_text, without_control_characters
from fashionlens_gui.shops.export_table import ExportRow, ExportTable
from trainer.atomic_write import write_or_rescue
from trainer.control import ProgressEvent
from trainer.errors import PhotoError, SaveError

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

GOOGLE_NAMESPACE = "http://base.google.com/ns/1.0"
MOST_EXCEL_CHARACTERS = 32767
MOST_EXCEL_ROWS = 1_048_576

_LINE_END = {"shopify": "\n", "woocommerce": "\n", "google": "\n", "plain": "\r\n"}
_THUMBNAIL_SIDE, _THUMBNAIL_COLUMN = 96, 14  # pixels of the longer side; width in characters


def write_table(table: ExportTable, target: Path) -> Generator[ProgressEvent, None, tuple[Path, SaveError | None]]:
    """Replace a file by the rows of an export, in one step.

    Yields:
        ``thumbnails``, where an Excel file shows them.

    Returns:
        The file that was written; ``saved_elsewhere`` when it is not ``target``.

    Raises:
        SaveError: It cannot be written anywhere; ``target`` is as it was.
    """
    pictures = (yield from _thumbnails(table)) if table.profile.thumbnails and table.profile.file == "xlsx" else {}
    writers: dict[str, Callable[[ExportTable], bytes]] = {
        "csv": csv_bytes,
        "tsv": tsv_bytes,
        "xml": xml_bytes,
        "xlsx": lambda table: xlsx_bytes(table, pictures),
    }
    data = writers[table.profile.file](table)
    return write_or_rescue(target, lambda place: place.write_bytes(data), paths.rescued_dir())


def texts(table: ExportTable, row: ExportRow) -> list[str]:
    """The cells of a row as the file has them."""
    return [cell_text(cell, key, table.profile) for cell, key in zip(row.cells, table.keys, strict=True)]


def csv_bytes(table: ExportTable) -> bytes:
    """CSV in UTF-8 (RFC 4180), a line for each row and the header."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator=_LINE_END[table.profile.platform])
    writer.writerow(table.columns)
    writer.writerows(texts(table, row) for row in table.rows)
    return text.getvalue().encode("utf-8")


def tsv_bytes(table: ExportTable) -> bytes:
    """Tab-separated text in UTF-8 without quotes; tabs and ends of lines in cells are spaces."""
    rows = [list(table.columns), *(texts(table, row) for row in table.rows)]
    return "".join("\t".join(" ".join(cell.split("\t")) for cell in row) + "\n" for row in rows).encode("utf-8")


def xml_bytes(table: ExportTable) -> bytes:
    """RSS 2.0 with Google's namespace; empty cells are left out, lists are repeated elements."""
    ElementTree.register_namespace("g", GOOGLE_NAMESPACE)
    rss = ElementTree.Element("rss", version="2.0")
    channel = ElementTree.SubElement(rss, "channel")
    for name, text in (("title", table.profile.name), ("link", ""), ("description", "")):
        ElementTree.SubElement(channel, name).text = text
    for row in table.rows:
        item = ElementTree.SubElement(channel, "item")
        for name, cell in zip(table.columns, row.cells, strict=True):
            for text in cell if isinstance(cell, tuple) else (cell,):
                if text:
                    element = ElementTree.SubElement(item, f"{{{GOOGLE_NAMESPACE}}}{name}")
                    element.text = without_control_characters(text)
    ElementTree.indent(rss)
    return bytes(ElementTree.tostring(rss, encoding="utf-8", xml_declaration=True))


def xlsx_bytes(table: ExportTable, pictures: dict[int, bytes]) -> bytes:
    """An Excel workbook; all cells are text, so that 00123 stays and nothing is a formula.

    Args:
        table: What is written.
        pictures: JPEG of the main photo by the index of the product; in a first column, where there are any.
    """
    import xlsxwriter

    data = io.BytesIO()
    with xlsxwriter.Workbook(data, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        head, text = book.add_format({"bold": True}), book.add_format({"num_format": "@", "valign": "top"})
        first = 1 if pictures else 0
        sheet.freeze_panes(1, 0)
        for place, name in enumerate(table.columns, first):
            sheet.write_string(0, place, name, head)
            sheet.set_column(place, place, min(max(len(name) + 2, 12), 40), text)
        if pictures:
            sheet.set_column(0, 0, _THUMBNAIL_COLUMN)
        for number, row in enumerate(table.rows, 1):
            for place, cell in enumerate(texts(table, row), first):
                sheet.write_string(number, place, cell[:MOST_EXCEL_CHARACTERS], text)
            if row.image == 1 and row.product in pictures:
                _insert(sheet, number, pictures[row.product])
        sheet.autofilter(0, first, max(len(table.rows), 1), first + len(table.columns) - 1)
    return data.getvalue()


def _insert(sheet: Worksheet, row: int, picture: bytes) -> None:
    """A picture over its cell, which all spreadsheets show; pictures in cells are new, and few do."""
    sheet.set_row_pixels(row, _THUMBNAIL_SIDE + 4)
    options = {"image_data": io.BytesIO(picture), "object_position": 1, "x_offset": 2, "y_offset": 2}
    sheet.insert_image(row, 0, "photo.jpg", options)


def _thumbnails(table: ExportTable) -> Generator[ProgressEvent, None, dict[int, bytes]]:
    """JPEG of each product's main photo, by its index; those that cannot be read have none."""
    from PIL import Image

    from trainer.preprocessing.photo import load_photo

    found = {}
    for number, product in enumerate(table.products):
        yield ProgressEvent("thumbnails", number, len(table.products))
        for photo in product.photos[:1]:
            try:
                pixels_HWC = load_photo(photo.path, short_side=_THUMBNAIL_SIDE).pixels_HWC
            except PhotoError:
                continue  # the check of the images lists it
            picture, data = Image.fromarray(pixels_HWC), io.BytesIO()
            picture.thumbnail((_THUMBNAIL_SIDE, _THUMBNAIL_SIDE))
            picture.save(data, "JPEG", quality=80)
            found[number] = data.getvalue()
    return found
