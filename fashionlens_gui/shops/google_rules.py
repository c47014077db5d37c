"""What Google Merchant Center refuses or changes in a feed, by its published specification."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fashionlens_gui.shops.export_table import ExportTable
from fashionlens_gui.shops.google_taxonomy import APPAREL_AND_ACCESSORIES, CLOTHING, SHOES, google_id, is_below
from fashionlens_gui.shops.problem import Line, Problem, Severity, lines, repeated
from fashionlens_gui.shops.profile import Mode

_NAMES = """
    id title description link image_link additional_image_link mobile_link availability availability_date
    expiration_date cost_of_goods_sold price sale_price sale_price_effective_date unit_pricing_measure brand gtin mpn
    identifier_exists condition adult multipack is_bundle age_group color gender material pattern size size_type
    size_system item_group_id product_type google_product_category product_highlight product_detail shipping
    shipping_label shipping_weight tax custom_label_0 custom_label_1 custom_label_2 custom_label_3 custom_label_4
    lifestyle_image_link canonical_link ads_redirect excluded_destination included_destination promotion_id
    """
COLUMNS = frozenset(_NAMES.split())
GENDERS = ("male", "female", "unisex")
AGE_GROUPS = ("newborn", "infant", "toddler", "kids", "adult")

_REQUIRED = ("id", "title", "description", "link", "image_link", "availability", "price")
_MOST = {"id": 50, "title": 150, "description": 5000, "brand": 70, "color": 100, "material": 200, "pattern": 100}
_MORE = {"size": 100, "item_group_id": 50, "product_type": 750, "link": 2000, "image_link": 2000}
_PRICE = re.compile(r"\d+(\.\d{1,4})? [A-Z]{3}")
_WEB = re.compile(r"""(?!.*["<>\\^`{|}])https?://[^\s/]+[!-~]*""")  # without what RFC 3986 allows in no address
_MOST_IMAGES, _MOST_JOINED = 10, 3


def problems(table: ExportTable, mode: Mode) -> Iterator[Problem]:
    """What is wrong with the rows."""
    for name in table.columns:
        if name.casefold().replace(" ", "_").removeprefix("g:") not in COLUMNS:
            yield Problem("unknown_column", Severity.WARNING, 1, name, "", {"platform": "google"})
    ids: dict[str, int] = {}
    for line in lines(table, mode):
        yield from line.missing(*(("id",) if mode == "update" else _REQUIRED))
        yield from repeated(line, "id", ids)
        for key, most in (_MOST | _MORE).items():
            yield from line.too_long(key, most)
        yield from _values(line)
        yield from _addresses(line)
        yield from _of_category(line)
        if table.profile.file == "tsv":
            for key in table.keys:
                if line.text(key).startswith('"'):
                    yield line.warning("begins_with_quote", key, text=line.text(key)[:20])


def _values(line: Line) -> Iterator[Problem]:
    yield from line.one_of("availability", "in_stock", "out_of_stock", "preorder", "backorder")
    yield from line.one_of("condition", "new", "refurbished", "used")
    yield from line.one_of("gender", *GENDERS)
    yield from line.one_of("age_group", *AGE_GROUPS)
    for key in ("price", "sale_price"):
        if line.text(key) and not _PRICE.fullmatch(line.text(key)):
            yield line.error("price_invalid", key, text=line.text(key))
    if line.mode == "new" and not line.text("brand"):
        yield line.warning("brand_missing", "brand")
    for key in ("color", "material"):
        if len(line.text(key).split("/")) > _MOST_JOINED:
            yield line.error("too_many_items", key, most=_MOST_JOINED)
    if re.search(r"[#\d]", line.text("color")):
        yield line.error("colour_invalid", "color", text=line.text("color"))


def _addresses(line: Line) -> Iterator[Problem]:
    for key in ("link", "image_link", "additional_image_link"):
        for address in line.items(key):
            if not _WEB.fullmatch(address):
                yield line.error("address_invalid", key, text=address)
    if len(line.items("additional_image_link")) > _MOST_IMAGES:
        yield line.warning("images_left_out", "additional_image_link", most=_MOST_IMAGES)


def _of_category(line: Line) -> Iterator[Problem]:
    text = line.text("google_product_category")
    if not text:
        if line.mode == "new":
            yield line.warning("google_category_missing", "google_product_category")
        return
    id_ = google_id(text)
    if id_ is None:
        yield line.warning("google_category_unknown", "google_product_category", text=text)
        return
    if line.mode == "update":
        return
    if is_below(id_, APPAREL_AND_ACCESSORIES):
        yield from _required(line, "color", "gender", "age_group")
    if is_below(id_, CLOTHING) or is_below(id_, SHOES):
        yield from _required(line, "size")


def _required(line: Line, *keys: str) -> Iterator[Problem]:
    for key in keys:
        if not line.text(key):
            yield line.error("required_for_apparel", key)
