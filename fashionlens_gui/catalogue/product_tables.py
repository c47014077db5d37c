"""The tables of products, and how their operations are carried out and reverted.

A product is a SKU with its photos in order; ``photos.product`` and ``photos.product_position`` say which and where. A
product without photos is in no list: its row stays for undo. Tables from the shop have a row for each version that was
joined, of which the one without ``removed_by`` holds.

What is stored of a product's tag set follows from its photos. Triggers mark it as stale whenever their predictions,
values or places change, so that whoever changes photos need not know products.
"""

from __future__ import annotations

from trainer.taxonomy import CATEGORY_AND_ATTRIBUTES

_VALUES = ",\n    ".join(f"{name} TEXT NOT NULL DEFAULT '' COLLATE NOCASE" for name in CATEGORY_AND_ATTRIBUTES)
_STALE = "UPDATE products SET stale = 1 WHERE stale = 0 AND id"


def _trigger(name: str, event: str, row: str) -> str:
    """A trigger of a table whose rows have the column ``photo``."""
    product = f"(SELECT product FROM photos WHERE id = {row}.photo)"
    return f"CREATE TRIGGER product_stale_{name} AFTER {event} BEGIN {_STALE} = {product}; END;\n"


_NAME = "replace(folded, rtrim(folded, replace(folded, '/', '')), '')"  # what is behind the last slash
_STEM = f"iif(instr({_NAME}, '.'), rtrim(rtrim({_NAME}, replace({_NAME}, '.', '')), '.'), {_NAME})"

PRODUCT_TABLES = (
    f"""
CREATE TABLE products (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    sku TEXT NOT NULL,
    key TEXT NOT NULL UNIQUE,              -- the SKU without case
    name_key TEXT NOT NULL,                -- orders SKUs as people do
    stale INTEGER NOT NULL DEFAULT 1,      -- 1: the columns below do not follow from its photos yet
    {_VALUES},
    confidence REAL,                       -- of the category; NULL: a person set it, or there is none
    status TEXT NOT NULL DEFAULT '',
    tag_set TEXT NOT NULL DEFAULT ''       -- JSON, see product_groups/stored_tag_set.py
);
CREATE TABLE product_changes (
    operation INTEGER NOT NULL REFERENCES operations,
    photo INTEGER NOT NULL REFERENCES photos ON DELETE CASCADE,
    product_before INTEGER REFERENCES products,
    position_before INTEGER NOT NULL,
    placed_before INTEGER NOT NULL,
    product_after INTEGER REFERENCES products,
    position_after INTEGER NOT NULL,
    placed_after INTEGER NOT NULL,
    PRIMARY KEY (operation, photo)
) WITHOUT ROWID;
CREATE INDEX product_changes_by_photo ON product_changes (photo);
CREATE TABLE shop_tables (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    path BLOB NOT NULL,                    -- the system's bytes
    sheet TEXT NOT NULL,                   -- of a workbook, '' for a CSV
    joined_on TEXT NOT NULL CHECK (joined_on IN ('sku', 'file')),
    key_column TEXT NOT NULL,
    columns TEXT NOT NULL,                 -- JSON list of names
    digest TEXT NOT NULL,                  -- BLAKE2b of the file
    read_at TEXT NOT NULL,
    added_by INTEGER REFERENCES operations,
    removed_by INTEGER REFERENCES operations  -- NULL: it holds
);
CREATE UNIQUE INDEX shop_tables_by_name ON shop_tables (name) WHERE removed_by IS NULL;
CREATE TABLE shop_rows (
    shop_table INTEGER NOT NULL REFERENCES shop_tables ON DELETE CASCADE,
    line INTEGER NOT NULL,                 -- in the file, from 1
    key TEXT NOT NULL,                     -- the SKU or the name of the file without suffix, without case
    cells TEXT NOT NULL,                   -- JSON list, one for each column
    PRIMARY KEY (shop_table, line)
) WITHOUT ROWID;
CREATE INDEX shop_rows_by_key ON shop_rows (shop_table, key);
ALTER TABLE photos ADD COLUMN product INTEGER REFERENCES products;
ALTER TABLE photos ADD COLUMN product_position INTEGER NOT NULL DEFAULT 0;
ALTER TABLE photos ADD COLUMN product_placed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE photos ADD COLUMN stem TEXT GENERATED ALWAYS AS ({_STEM}) VIRTUAL;
CREATE INDEX photos_by_stem ON photos (stem);
CREATE INDEX photos_by_product ON photos (product, product_position, id) WHERE product IS NOT NULL;
CREATE TRIGGER product_stale_photos AFTER UPDATE OF product, product_position, hidden_by, status ON photos """
    "WHEN (OLD.product IS NOT NULL OR NEW.product IS NOT NULL) AND (OLD.product IS NOT NEW.product OR "
    "OLD.product_position IS NOT NEW.product_position OR OLD.hidden_by IS NOT NEW.hidden_by OR "
    f"OLD.status IS NOT NEW.status) BEGIN {_STALE} IN (OLD.product, NEW.product); END;\n"
    f"CREATE TRIGGER product_stale_deleted AFTER DELETE ON photos WHEN OLD.product IS NOT NULL "
    f"BEGIN {_STALE} = OLD.product; END;\n"
    + _trigger("predicted", "INSERT ON predictions", "NEW")
    + _trigger("set", "INSERT ON user_values", "NEW")
    + _trigger("reset", "UPDATE ON user_values", "NEW")
    + _trigger("unset", "DELETE ON user_values", "OLD")
)
"""``product_placed``: 1 where a person put the photo, which rules leave there then; ``stem``: the name of the file,
without folders, suffix and case."""

TABLE_ENCODINGS = "ALTER TABLE shop_tables ADD COLUMN encoding TEXT NOT NULL DEFAULT '';\n"
"""The encoding that a person chose for a CSV, or empty."""

_PLACE = (
    "UPDATE photos SET (product, product_position, product_placed) = (c.product_{0}, c.position_{0}, c.placed_{0}) "
    "FROM product_changes c WHERE c.operation = :id AND c.photo = photos.id"
)
PLACE_AFTER, PLACE_BEFORE = (_PLACE.format(when) for when in ("after", "before"))
"""Carry out an operation that arranges photos, and revert it; ``:id`` is its number."""

_OF_THE_SAME_NAME = "name IN (SELECT name FROM shop_tables WHERE added_by = :id)"
_ALL_STALE = "UPDATE products SET stale = 1"  # a table may name categories
TABLE_AFTER = (
    f"UPDATE shop_tables SET removed_by = :id WHERE removed_by IS NULL AND {_OF_THE_SAME_NAME} AND added_by <> :id",
    "UPDATE shop_tables SET removed_by = NULL WHERE added_by = :id",
    _ALL_STALE,
)
TABLE_BEFORE = (
    "UPDATE shop_tables SET removed_by = :id WHERE added_by = :id",
    "UPDATE shop_tables SET removed_by = NULL WHERE removed_by = :id AND added_by <> :id",
    _ALL_STALE,
)
"""The same for an operation that joins a table, or another version of one."""

REMOVED_AFTER = ("UPDATE shop_tables SET removed_by = :id WHERE removed_by IS NULL AND name = :value", _ALL_STALE)
REMOVED_BEFORE = ("UPDATE shop_tables SET removed_by = NULL WHERE removed_by = :id", _ALL_STALE)
"""The same for an operation that removes the table whose name is ``:value``."""
