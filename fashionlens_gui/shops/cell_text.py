"""How cells are written for each platform: lists, escapes, what its importer would change silently."""

from __future__ import annotations

import re

from fashionlens_gui.shops.export_table import Cell
from fashionlens_gui.shops.profile import Profile
from trainer.data.csv_table import guarded

_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_WOOCOMMERCE_UNGUARDED = re.compile(r"Tags|Attribute \d+ value\(s\)")
"""Columns of which WooCommerce's importer takes off an apostrophe before = + - @ (``parse_comma_field``,
``parse_tags_field``); in others it would stay.
"""


def cell_text(cell: Cell, key: str, profile: Profile) -> str:
    """The text of a cell in the file.

    Args:
        cell: Its text or items.
        key: The profile's name of its column.
        profile: Whose platform's rules hold.
    """
    text = _list_text(cell, profile) if isinstance(cell, tuple) else cell
    text = without_control_characters(text).replace("\r\n", "\n").replace("\r", "\n")
    if profile.platform == "google" and profile.file == "tsv":
        return re.sub(r"[\t\n]+", " ", text)
    if profile.platform == "woocommerce" and _WOOCOMMERCE_UNGUARDED.fullmatch(key) and text[:1] in ("=", "+", "-", "@"):
        return f"'{text}"
    return guarded(text) if profile.platform == "plain" and profile.file in ("csv", "tsv") else text


def without_control_characters(text: str) -> str:
    """Without those that XML cannot hold and importers drop; ends of lines and tabs stay."""
    return _NO_XML.sub("", text)


def _list_text(items: tuple[str, ...], profile: Profile) -> str:
    if profile.platform == "woocommerce":
        return ", ".join(item.replace(",", "\\,") for item in items)
    if profile.platform == "google":
        return ",".join(item.replace(",", "%2C") if "://" in item else item for item in items)
    return ", ".join(items)
