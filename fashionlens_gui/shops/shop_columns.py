"""Names of columns: those of profiles, and what a shop's own file calls them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from fashionlens_gui import paths
from fashionlens_gui.shops import google_rules, woocommerce_rules
from fashionlens_gui.shops.export_table import ExportRow, ExportTable
from fashionlens_gui.shops.profile import Platform
from fashionlens_gui.shops.shopify_rules import shopify_columns
from trainer.spelling import spelling_key
from trainer.taxonomy import CATEGORY

_WORDS = {
    CATEGORY: ("category", "kategorie", "catégorie", "categoría"),
    "colour": ("colour", "color", "farbe", "couleur"),
    "pattern": ("pattern", "muster", "motif", "estampado"),
    "fabric": ("fabric", "material", "stoff", "matière", "tejido"),
    "occasion": ("occasion", "anlass", "ocasión"),
    "season": ("season", "saison", "temporada"),
    "audience": ("audience", "zielgruppe", "public", "público"),
}
_ATTRIBUTE_OF = {spelling_key(word): name for name, words in _WORDS.items() for word in words}

_NUMBER = re.compile(r"\d+")


def column_key(platform: Platform, name: str) -> str:
    """The name that profiles and rules have for a column of a shop's file; the name itself where it is another one.

    Of Shopify both the long-established and the newer names are known, of WooCommerce English names in any case and
    the German ones, of Google names with spaces, capitals or the prefix ``g:``.
    """
    name = name.strip()
    if platform == "shopify":
        return _shopify_keys().get(name, name)
    if platform == "woocommerce":
        return _woocommerce_key(name)
    if platform == "google":
        key = name.casefold().removeprefix("g:").replace(" ", "_")
        return key if key in google_rules.COLUMNS else name
    return name


def attribute_of(name: str) -> str:
    """``category`` or the attribute that a shop calls so, in English, German, French or Spanish; empty for none."""
    return _ATTRIBUTE_OF.get(spelling_key(name), "")


@lru_cache(maxsize=1)
def _shopify_keys() -> dict[str, str]:
    return {newer: name for name, newer in shopify_columns().items()}


@lru_cache(maxsize=1)
def _woocommerce_names() -> dict[str, str]:
    german = json.loads((paths.shops_dir() / "woocommerce-columns.json").read_text(encoding="utf-8"))
    found = {name.casefold(): key for name, key in german.items()}
    return found | {name.casefold(): name for name in woocommerce_rules.COLUMNS}


def _woocommerce_key(name: str) -> str:
    found = _woocommerce_names().get(name.casefold())
    if found is not None:
        return found
    for pattern in ("Attribute # name", "Attribute # value(s)", "Attribute # visible", "Attribute # global"):
        if _NUMBER.sub("#", name, count=1).casefold() == pattern.casefold():
            return pattern.replace("#", _NUMBER.findall(name)[0])
    numbered = _woocommerce_names().get(_NUMBER.sub("#", name, count=1).casefold())
    return name if numbered is None else numbered.replace("#", _NUMBER.findall(name)[0])


def with_header(table: ExportTable, header: Sequence[str], all_columns: bool) -> ExportTable:
    """A table with the names and the order of a shop's own file.

    Args:
        table: With the names of its profile.
        header: Names in the shop's file.
        all_columns: Also those of the shop's file of which the table has nothing, as empty columns. In an update file
            these would delete what the shop has.

    Columns of the table that the shop's file lacks follow at the end; for Shopify with its newer names where the file
    has such names.
    """
    platform = table.profile.platform
    keys = {column_key(platform, name): name for name in reversed(header)}
    wanted = [key for key in keys if all_columns or key in table.keys]
    order = sorted(wanted, key=lambda key: header.index(keys[key]))
    order += [key for key in table.keys if key not in keys]
    newer = platform == "shopify" and "URL handle" in header
    names = {key: shopify_columns().get(key, key) if newer else key for key in table.keys} | keys
    places = [table.keys.index(key) if key in table.keys else None for key in order]
    rows = tuple(
        ExportRow(row.product, tuple("" if place is None else row.cells[place] for place in places), row.image)
        for row in table.rows
    )
    return replace(table, columns=tuple(names[key] for key in order), keys=tuple(order), rows=rows)
