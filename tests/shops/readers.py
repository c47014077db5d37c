"""Small readers of exported files, by the rules of each platform and independent of the writers.

WooCommerce: what ``class-wc-product-csv-importer.php`` (commit 0379e4e) and ``abstract-wc-product-importer.php``
(commit 01ea6f1) do, in Python. Shopify and Google: their published rules.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from xml.etree import ElementTree


@dataclass
class Read:
    """A product as a shop has it after the import."""

    key: str
    fields: dict[str, str] = field(default_factory=dict)
    images: list[str] = field(default_factory=list)
    lists: dict[str, list[str]] = field(default_factory=dict)
    attributes: dict[str, list[str]] = field(default_factory=dict)


def shopify(data: bytes) -> list[Read]:
    """Rows of one handle are one product; the first has the title, each may have an image with a position."""
    text = data.decode("utf-8")
    assert not text.startswith("\ufeff")
    found: dict[str, Read] = {}
    positions: dict[str, list[tuple[int, str]]] = {}
    for row in csv.DictReader(io.StringIO(text, newline=""), strict=True):
        handle = row.get("Handle") or row.get("URL handle") or ""
        assert re.fullmatch("[a-z0-9-]+", handle), handle
        if handle not in found:
            assert row["Title"], "the first row of a product needs a title"
            found[handle] = Read(handle, {name: text for name, text in row.items() if text})
            found[handle].lists["Tags"] = [tag.strip() for tag in row.get("Tags", "").split(",") if tag.strip()]
        source = row.get("Image Src") or row.get("Product image URL")
        if source:
            assert source.startswith(("http://", "https://")), "local files cannot be imported"
            number = int(row.get("Image Position") or row.get("Image position") or 0)
            positions.setdefault(handle, []).append((number, source))
    for handle, images in positions.items():
        found[handle].images = [source for _, source in sorted(images)]
    return list(found.values())


@dataclass
class WooCommerce:
    """A shop with products by SKU."""

    products: dict[str, Read] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def load(self, data: bytes, update_existing: bool) -> None:
        """What the importer does with a file."""
        text = data.decode("utf-8").removeprefix("\ufeff")
        header, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
        keys = [name.strip().casefold() for name in header]
        for row in rows:
            if not any(cell and cell != "0" for cell in row):
                continue  # array_filter takes "0" for empty
            cells = dict(zip(keys, row, strict=True))
            sku = _clean(cells.get("sku", ""))
            there = sku in self.products
            if (there and not update_existing) or (update_existing and "sku" in cells and not there):
                self.skipped.append(sku)
            else:
                self._store(sku, cells)

    def _store(self, sku: str, cells: dict[str, str]) -> None:
        product = self.products.setdefault(sku, Read(sku))
        for name, cell in cells.items():
            if name in ("tags", "categories", "images"):
                values = _explode(_unescape(cell) if name == "tags" else cell) if cell else []
                if name == "categories":
                    values = [">".join(part.strip() for part in path.split(">")) for path in values]
                    assert all(all(path.split(">")) for path in values)
                if name == "images":
                    product.images = values
                product.lists[name] = values
            elif name in ("description", "short description"):
                product.fields[name] = cell.replace("\\n", "\n")
            elif name == "published":
                product.fields[name] = {"1": "publish", "0": "private", "-1": "draft"}.get(_unescape(cell), "draft")
            elif name == "name":
                product.fields[name] = cell
            elif not name.startswith("attribute "):
                product.fields[name] = _clean(cell)
        named = {}
        for number in range(1, 20):
            name = _clean(cells.get(f"attribute {number} name", ""))
            if name and name != "0":
                cell = cells.get(f"attribute {number} value(s)", "")
                named[name] = [_clean(each) for each in _explode(_unescape(cell))] if cell else []
        if named:  # set_attributes replaces all of them; global ones without values are dropped
            product.attributes = {name: values for name, values in named.items() if any(values)}


def _unescape(text: str) -> str:
    return text[1:] if text[:2] in ("'=", "'+", "'-", "'@") else text


def _explode(text: str) -> list[str]:
    return [each.replace("\0", ",").strip() for each in text.replace("\\,", "\0").split(",")]


def _clean(text: str) -> str:
    """``wc_clean``: tags removed, white space as single spaces."""
    return re.sub(r"\s+", " ", re.sub(r"<[^<>]*>", "", text)).strip()


def google_tsv(data: bytes) -> list[Read]:
    """Tabs and ends of lines separate; nothing is quoted."""
    header, *rows = [line.split("\t") for line in data.decode("utf-8").rstrip("\n").split("\n")]
    found = []
    for row in rows:
        assert len(row) == len(header)
        cells = dict(zip(header, row, strict=True))
        more = [url.replace("%2C", ",") for url in cells["additional_image_link"].split(",") if url]
        found.append(Read(cells["id"], cells, [url for url in (cells["image_link"].replace("%2C", ","), *more) if url]))
    return found


def google_xml(data: bytes) -> list[Read]:
    """RSS with Google's namespace; further images are repeated elements."""
    name = "{http://base.google.com/ns/1.0}"
    found = []
    for item in ElementTree.fromstring(data).iter("item"):
        cells = {each.tag.removeprefix(name): each.text or "" for each in item}
        images = [each.text or "" for each in item if each.tag in (f"{name}image_link", f"{name}additional_image_link")]
        found.append(Read(cells["id"], cells, images))
    return found
