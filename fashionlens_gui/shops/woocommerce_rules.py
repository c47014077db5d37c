"""What WooCommerce's product import refuses or changes.

By its code: ``includes/import/class-wc-product-csv-importer.php``, ``abstract-wc-product-importer.php`` and
``includes/admin/importers/class-wc-product-csv-importer-controller.php``, commit 0379e4e.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from fashionlens_gui.shops.export_table import ExportTable
from fashionlens_gui.shops.problem import Line, Problem, Severity, lines, repeated
from fashionlens_gui.shops.profile import Mode

COLUMNS = (
    *("ID", "Type", "SKU", "GTIN, UPC, EAN, or ISBN", "Name", "Published", "Is featured?", "Visibility in catalog"),
    *("Short description", "Description", "Date sale price starts", "Date sale price ends", "Tax status", "Tax class"),
    *("In stock?", "Stock", "Low stock amount", "Backorders allowed?", "Sold individually?", "Weight (kg)"),
    *("Length (cm)", "Width (cm)", "Height (cm)", "Allow customer reviews?", "Purchase note", "Sale price"),
    *("Regular price", "Categories", "Tags", "Shipping class", "Images", "Download limit", "Download expiry days"),
    *("Parent", "Grouped products", "Upsells", "Cross-sells", "External URL", "Button text", "Position", "Brands"),
)
"""English names that its mapping knows; units of weight and length are those of the shop."""

_BOOLEANS = ("Is featured?", "Sold individually?", "Allow customer reviews?")
_TYPES = {"simple", "variable", "variation", "grouped", "external", "virtual", "downloadable"}
_PATTERNS = re.compile(
    r"Attribute \d+ (name|value\(s\)|visible|global|default)|Meta: .+|Download \d+ (ID|name|URL)|"
    r"(Weight|Length|Width|Height) \(.+\)",
    re.IGNORECASE,
)
_DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])([ 01-9:]*)")
_TAGS = re.compile(r"<[^<>]*>")
_WORDED = re.compile(r"Attribute \d+ (name|value\(s\))|SKU|Tags|Visibility in catalog")
_AS_WRITTEN = ("Images", "Categories", "Name", "Short description", "Description")


def problems(table: ExportTable, mode: Mode) -> Iterator[Problem]:
    """What is wrong with the rows."""
    known = {name.casefold() for name in COLUMNS}
    for name in table.columns:
        if name.casefold() not in known and not _PATTERNS.fullmatch(name):
            yield Problem("unknown_column", Severity.WARNING, 1, name, "", {"platform": "woocommerce"})
    if mode == "update" and any(is_attribute_column(key) for key in table.keys):
        yield Problem("attributes_replaced", Severity.WARNING, 1)
    skus: dict[str, int] = {}
    for line in lines(table, mode):
        yield from repeated(line, "SKU", skus, folded=True)
        if mode == "new":
            yield from line.missing("Name")
        elif not line.text("SKU") and not line.text("ID"):
            yield line.error("no_key_to_update", "SKU")
        yield from _plain_cells(line)
        yield from _lists(line)
        for key in table.keys:
            yield from _changed_silently(line, key)


def _plain_cells(line: Line) -> Iterator[Problem]:
    if line.text("ID") and not re.fullmatch("[1-9][0-9]*", line.text("ID")):
        yield line.error("not_a_number", "ID", text=line.text("ID"))
    if line.has("Published") and line.text("Published").lower() not in ("", "1", "0", "-1", "true", "false"):
        yield line.warning("becomes_draft", "Published", text=line.text("Published"))
    for key in _BOOLEANS:
        yield from line.one_of(key, "1", "0")
    yield from line.one_of("In stock?", "1", "0", "backorder")
    yield from line.one_of("Backorders allowed?", "1", "0", "notify")
    yield from line.one_of("Visibility in catalog", "visible", "catalog", "search", "hidden")
    yield from line.number_in("Regular price", "Sale price", "Weight (kg)", "Length (cm)", "Width (cm)", "Height (cm)")
    for key in ("Date sale price starts", "Date sale price ends"):
        if line.text(key) and not _DATE.fullmatch(line.text(key)):
            yield line.warning("date_ignored", key, text=line.text(key))
    unknown = {each.strip().lower() for each in line.text("Type").split(",") if each.strip()} - _TYPES
    if unknown:
        yield line.error("not_one_of", "Type", text=", ".join(sorted(unknown)), values=tuple(sorted(_TYPES)))


def _lists(line: Line) -> Iterator[Problem]:
    for path in line.items("Categories"):
        if any(not part.strip() for part in path.split(">")):
            yield line.error("category_path_broken", "Categories", text=path)
    for image in line.items("Images"):
        if "://" in image and re.search(r"\s", image):
            yield line.error("address_invalid", "Images", text=image)
        elif "://" not in image and not sanitized_file_name(image):
            yield line.error("image_name_empty", "Images", text=image)
    number = 1
    while line.has(f"Attribute {number} value(s)"):
        if line.text(f"Attribute {number} value(s)") and not line.text(f"Attribute {number} name"):
            yield line.warning("attribute_dropped", f"Attribute {number} name")
        number += 1


def _changed_silently(line: Line, key: str) -> Iterator[Problem]:
    text = line.text(key)
    if key in ("Description", "Short description") and "\\n" in text:
        yield line.warning("becomes_line_break", key)
    if any(item.endswith("\\") for item in line.items(key)[:-1]) and isinstance(line.cell(key), tuple):
        yield line.error("ends_in_backslash", key, text=text)
    if _WORDED.fullmatch(key):
        if _TAGS.search(text):
            yield line.warning("tags_removed", key, text=text)
        if text.startswith(("'=", "'+", "'-", "'@")) and line.items(key)[0].startswith("'"):
            yield line.warning("apostrophe_removed", key, text=text)
    nameless = key.startswith("Attribute ") and not line.text(f"Attribute {key.split()[1]} name")
    if line.mode == "update" and not text and key not in ("SKU", "ID") and not nameless:
        yield line.warning("empty_overwrites", key)


def is_attribute_column(key: str) -> bool:
    """Whether a column is one of the four of an attribute."""
    return key.startswith("Attribute ")


def sanitized_file_name(name: str) -> str:
    """The name under which WordPress keeps an uploaded file, as ``sanitize_file_name`` makes it."""
    name = re.sub("[?\\[\\]/\\\\=<>:;,'\"&$#*()|~`!{}%+’«»”“\\x00]", "", name)
    name = re.sub(r"[\r\n\t -]+", "-", name.replace("%20", "-").replace("\u00a0", " "))
    return name.strip(".-_")
