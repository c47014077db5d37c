"""The tables of own names and of exports, and how an operation on names is carried out and reverted.

``own_names`` has what the user calls categories and values, in which shop and Google category they belong, and what own
values mean. ``exports`` is the history of exports with the row of each product, so that one can be repeated, and so
that it is known what is new or has changed since.
"""

from __future__ import annotations

EXPORT_TABLES = """
CREATE TABLE own_names (
    attribute TEXT NOT NULL,               -- or 'category'
    value TEXT NOT NULL,
    field TEXT NOT NULL,                   -- see own_names.py
    text TEXT NOT NULL,
    PRIMARY KEY (attribute, value, field)
) WITHOUT ROWID;
CREATE TABLE own_name_changes (
    operation INTEGER NOT NULL REFERENCES operations,
    attribute TEXT NOT NULL,
    value TEXT NOT NULL,
    field TEXT NOT NULL,
    before TEXT NOT NULL,                  -- '' for none, as after
    after TEXT NOT NULL,
    PRIMARY KEY (operation, attribute, value, field)
) WITHOUT ROWID;
CREATE TABLE exports (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    profile TEXT NOT NULL,                 -- its name
    settings TEXT NOT NULL,                -- JSON: the profile as it was
    mode TEXT NOT NULL,                    -- 'new' or 'update'
    columns TEXT NOT NULL,                 -- JSON list of the names written
    file TEXT NOT NULL,
    products INTEGER NOT NULL,
    who TEXT NOT NULL,
    made_at TEXT NOT NULL
);
CREATE TABLE exported_products (
    export INTEGER NOT NULL REFERENCES exports ON DELETE CASCADE,
    position INTEGER NOT NULL,             -- in the file, from 0
    sku TEXT NOT NULL,
    digest TEXT NOT NULL,                  -- of all that the profile says of the product
    main BLOB NOT NULL,                    -- zlib, JSON object: column -> cell, all columns of the profile
    rows BLOB NOT NULL,                    -- zlib, JSON list of the rows written
    PRIMARY KEY (export, position)
) WITHOUT ROWID;
CREATE INDEX exported_products_by_sku ON exported_products (sku, export);
"""

_OF_OPERATION = "FROM own_name_changes WHERE operation = :id"
_FORGET = f"DELETE FROM own_names WHERE (attribute, value, field) IN (SELECT attribute, value, field {_OF_OPERATION})"
_SET = f"INSERT INTO own_names SELECT attribute, value, field, {{0}} {_OF_OPERATION} AND {{0}} <> ''"
NAMES_AFTER, NAMES_BEFORE = ((_FORGET, _SET.format(when)) for when in ("after", "before"))
"""Carry out an operation on names, and revert it; ``:id`` is its number."""
