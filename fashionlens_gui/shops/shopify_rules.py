"""What Shopify's product import refuses or changes, by its published rules."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache

from fashionlens_gui import paths
from fashionlens_gui.shops.export_table import ExportTable
from fashionlens_gui.shops.google_rules import AGE_GROUPS, GENDERS
from fashionlens_gui.shops.problem import Line, Problem, Severity, lines, repeated
from fashionlens_gui.shops.profile import Mode
from fashionlens_gui.shops.writers import csv_bytes

_HANDLE = re.compile("[a-z0-9]+(-+[a-z0-9]+)*")
_WEB = re.compile(r"https?://[^\s/]+/\S*")
_METAFIELD = re.compile(r".+\((product|variant)\.metafields\.[\w-]+\.[\w-]+\)|.*/ .*|Option[123] Linked To")
_MOST = {"Title": 255, "Vendor": 255, "Type": 255, "Handle": 255, "Variant SKU": 255}
_SHOWN = {"SEO Title": 70, "SEO Description": 320}
_MOST_TAGS, _LONGEST_TAG, _MOST_IMAGES = 250, 255, 250
_LARGEST_FILE = 15_000_000  # bytes


@lru_cache(maxsize=1)
def shopify_columns() -> dict[str, str]:
    """The newer name of each column by its long-established one."""
    return dict(json.loads((paths.shops_dir() / "shopify-columns.json").read_text(encoding="utf-8")))


def problems(table: ExportTable, mode: Mode) -> Iterator[Problem]:
    """What is wrong with the rows."""
    known = {*shopify_columns(), *shopify_columns().values()}
    for name in table.columns:
        if name not in known and not _METAFIELD.fullmatch(name):
            yield Problem("unknown_column", Severity.WARNING, 1, name, "", {"platform": "shopify"})
    if len(csv_bytes(table)) > _LARGEST_FILE:
        yield Problem("file_too_large", Severity.ERROR, 1, "", "", {"most": _LARGEST_FILE // 10**6})
    handles: dict[str, int] = {}
    skus: dict[str, int] = {}
    for line in lines(table, mode):
        yield from line.missing("Handle")
        if line.text("Handle") and not _HANDLE.fullmatch(line.text("Handle")):
            yield line.error("handle_invalid", "Handle", text=line.text("Handle"))
        yield from _image(line)
        if line.is_main:
            yield from repeated(line, "Handle", handles)
            yield from repeated(line, "Variant SKU", skus)
            yield from _main(line)
        elif line.row.image == _MOST_IMAGES + 1:
            yield line.error("too_many_images", "Image Src", most=_MOST_IMAGES)


def _main(line: Line) -> Iterator[Problem]:
    yield from line.missing("Title")
    for key, most in _MOST.items():
        yield from line.too_long(key, most)
    for key, most in _SHOWN.items():
        if len(line.text(key)) > most:
            yield line.warning("cut_by_shop", key, most=most, length=len(line.text(key)))
    for tag in line.items("Tags"):
        if "," in tag and isinstance(line.cell("Tags"), tuple):
            yield line.warning("tag_split", "Tags", text=tag)
        if len(tag) > _LONGEST_TAG:
            yield line.error("too_long", "Tags", most=_LONGEST_TAG, length=len(tag))
    if len(line.items("Tags")) > _MOST_TAGS:
        yield line.error("too_many_items", "Tags", most=_MOST_TAGS)
    yield from line.number_in("Variant Price", "Variant Compare At Price", "Cost per item", "Variant Grams")
    if line.mode == "new" and line.has("Variant Price") and not line.text("Variant Price"):
        yield line.warning("price_missing", "Variant Price")
    yield from line.one_of("Published", "TRUE", "FALSE", "true", "false")
    yield from line.one_of("Gift Card", "TRUE", "FALSE", "true", "false")
    yield from line.one_of("Status", "active", "draft", "archived")
    yield from line.one_of("Google Shopping / Gender", *GENDERS, *map(str.capitalize, GENDERS))
    yield from line.one_of("Google Shopping / Age Group", *AGE_GROUPS, *map(str.capitalize, AGE_GROUPS))
    for number in (1, 2, 3):
        name, value = f"Option{number} Name", f"Option{number} Value"
        if line.text(name) and not line.text(value):
            yield line.error("missing", value)
        if line.text(value) and not line.text(name):
            yield line.error("missing", name)


def _image(line: Line) -> Iterator[Problem]:
    source = line.text("Image Src")
    if source and not _WEB.fullmatch(source):
        yield line.error("image_not_on_the_web", "Image Src", text=source)
    position = line.text("Image Position")
    if position and not re.fullmatch("[1-9][0-9]*", position):
        yield line.error("not_a_number", "Image Position", text=position)
    if line.is_main and line.mode == "new" and line.has("Image Src") and not source:
        yield line.warning("image_missing", "Image Src")
    if len(line.text("Image Alt Text")) > 512:
        yield line.error("too_long", "Image Alt Text", most=512, length=len(line.text("Image Alt Text")))
