"""Full text of the photos: FTS5 indexes of their names, of notes and of the shop's tables, kept in step by triggers.

The values of attributes are in no index of words: there are few different ones, and each has its column in ``photos``
with an index. So correcting a hundred thousand photos writes no word, and no search is out of step.
"""

from __future__ import annotations

import sqlite3

from fashionlens_gui.catalogue.id_sets import IdSet, read_ids
from fashionlens_gui.catalogue.own_columns import attribute_columns
from fashionlens_gui.catalogue.search_words import SearchWord

_TOKENS = "tokenize = 'unicode61 remove_diacritics 2', columnsize = 0"


def _in_step(index: str, table: str, rowid: str, column: str, text: str) -> str:
    """An index of one column, and the triggers that keep it in step with the table.

    Args:
        index: Its name.
        table: What it is of.
        rowid: The number of a row, with ``{row}`` for the row.
        column: What the index reads.
        text: The words of it, with ``{row}``.
    """
    old, new = ((rowid.format(row=row), text.format(row=row)) for row in ("old", "new"))
    remove = f"INSERT INTO {index}({index}, rowid, {column}) VALUES ('delete', {old[0]}, {old[1]});"
    add = f"INSERT INTO {index}(rowid, {column}) VALUES ({new[0]}, {new[1]});"
    return (
        f"CREATE TRIGGER {index}_added AFTER INSERT ON {table} BEGIN {add} END;\n"
        f"CREATE TRIGGER {index}_deleted AFTER DELETE ON {table} BEGIN {remove} END;\n"
        f"CREATE TRIGGER {index}_changed AFTER UPDATE OF {column} ON {table} "
        f"WHEN old.{column} IS NOT new.{column} BEGIN {remove} {add} END;\n"
    )


_OF_SHOP = "{row}.shop_table << 32 | {row}.line", "(SELECT group_concat(value, ' ') FROM json_each({row}.cells))"

SEARCH_TABLES = (
    f"""
CREATE TABLE notes (
    photo INTEGER PRIMARY KEY REFERENCES photos ON DELETE CASCADE,
    text TEXT NOT NULL                     -- a person's own words
);
CREATE TABLE note_changes (
    operation INTEGER NOT NULL REFERENCES operations,
    photo INTEGER NOT NULL REFERENCES photos ON DELETE CASCADE,
    text_before TEXT NOT NULL,             -- '': there was none
    text_after TEXT NOT NULL,
    PRIMARY KEY (operation, photo)
) WITHOUT ROWID;
CREATE INDEX note_changes_by_photo ON note_changes (photo);
CREATE INDEX photos_by_folded ON photos (folded) WHERE hidden_by IS NULL;
CREATE INDEX photos_by_added_at ON photos (added_at) WHERE hidden_by IS NULL;
CREATE VIRTUAL TABLE name_words USING fts5 (file, content = 'photos', content_rowid = 'id', {_TOKENS});
CREATE VIRTUAL TABLE note_words USING fts5 (text, content = 'notes', content_rowid = 'photo', {_TOKENS});
CREATE VIRTUAL TABLE shop_words USING fts5 (cells, content = '', {_TOKENS});
"""
    + _in_step("name_words", "photos", "{row}.id", "file", "{row}.file")
    + _in_step("note_words", "notes", "{row}.photo", "text", "{row}.text")
    + _in_step("shop_words", "shop_rows", _OF_SHOP[0], "cells", _OF_SHOP[1])
    + "INSERT INTO name_words(name_words) VALUES ('rebuild');\n"
    f"INSERT INTO shop_words(rowid, cells) SELECT {', '.join(_OF_SHOP).format(row='r')} FROM shop_rows r;\n"
)
"""The migration that adds notes and the indexes, and fills these."""

_MATCHING_ROWS = (
    "shop_words JOIN shop_rows r ON r.shop_table = shop_words.rowid >> 32 AND r.line = shop_words.rowid & 4294967295 "
    "JOIN shop_tables t ON t.id = r.shop_table AND removed_by IS NULL"
)
_MATCHING = (
    "SELECT rowid AS id FROM name_words WHERE name_words MATCH ?",
    "SELECT rowid AS id FROM note_words WHERE note_words MATCH ?",
    f"SELECT f.id AS id FROM {_MATCHING_ROWS} AND joined_on = 'sku' JOIN products p ON p.key = r.key "
    "JOIN photos f ON f.product = p.id WHERE shop_words MATCH ?",
    f"SELECT f.id AS id FROM {_MATCHING_ROWS} AND joined_on = 'file' JOIN photos f ON f.stem = r.key "
    "WHERE shop_words MATCH ?",
)
_CONTAINING = (
    "SELECT id FROM photos WHERE hidden_by IS NULL AND instr(folded, ?)",
    "SELECT f.id AS id FROM products p JOIN photos f ON f.product = p.id WHERE instr(p.key, ?)",
)


def photos_with(database: sqlite3.Connection, word: SearchWord) -> IdSet:
    """The photos with a word in their name, a note, their SKU, a table of the shop, their category or an attribute.

    Photos that are forgotten may be among them.
    """
    found = IdSet.of(())
    for select in _MATCHING:
        found |= IdSet.of(read_ids(database, select, [word.expression()]))
    for select in _CONTAINING if word.anywhere else ():
        found |= IdSet.of(read_ids(database, select, [word.typed]))
    for name in attribute_columns(database):
        if having := [value for value in values_of(database, name) if word.is_in(value)]:
            select = f"SELECT id FROM photos WHERE hidden_by IS NULL AND {name} IN ({', '.join('?' * len(having))})"
            found |= IdSet.of(read_ids(database, select, having))
    return found


def values_of(database: sqlite3.Connection, name: str) -> list[str]:
    """The values of an attribute that photos have; one step in its index for each, however many photos there are."""
    first = f"SELECT min({name}) FROM photos WHERE hidden_by IS NULL"
    each = f"WITH RECURSIVE each(value) AS ({first} UNION ALL SELECT ({first} AND {name} > value) FROM each "
    return [value for (value,) in database.execute(f"{each} WHERE value IS NOT NULL) SELECT value FROM each") if value]
