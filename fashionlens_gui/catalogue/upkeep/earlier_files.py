"""The tables of sessions, in which FashionLens kept the list of the Tag tab before there was a catalogue."""

from __future__ import annotations

SESSION = 0x464C_5331  # "FLS1"
SESSION_VERSION = 3
CORRECTIONS = 0x464C_4331  # "FLC1"

# photos: the model's prediction, its status by the model's own threshold; user_category is the user's, NULL for none.
# user_attributes: the user's other labels. No row: the model's stands; an empty value: the photo has none.
# steps and corrections: the history of corrections; one undo reverts a step. Never deleted, only marked.
# choices: settings of this list: which rows need review.
_TABLES = """
CREATE TABLE label_sets (
    id INTEGER PRIMARY KEY,
    labels TEXT NOT NULL UNIQUE            -- JSON list
);
CREATE TABLE photos (
    id INTEGER PRIMARY KEY,                -- order of the rows
    path BLOB NOT NULL UNIQUE,             -- the system's bytes: a name need not be valid Unicode
    file TEXT NOT NULL,                    -- name for people
    digest TEXT NOT NULL,                  -- of the file's bytes, '' when unreadable
    category TEXT NOT NULL,
    confidence REAL,
    second_category TEXT NOT NULL,
    second_confidence REAL,
    status TEXT NOT NULL CHECK (status IN ('ok', 'needs review', 'error')),
    message TEXT NOT NULL,                 -- notes, see stored_notes.py
    label_set INTEGER REFERENCES label_sets,
    ranking BLOB,                          -- K uint16 numbers of labels, then K float32 probabilities, little-endian
    model TEXT NOT NULL,
    tagged_at TEXT NOT NULL,               -- ISO 8601, UTC, as all times here
    user_category TEXT,
    doubted INTEGER NOT NULL DEFAULT 0,    -- what the model was sure of in spite of a doubt, see rows.py
    attribute_set INTEGER REFERENCES attribute_sets,
    attributes BLOB,                       -- see packed_attributes.py
    colours TEXT                           -- JSON list of [name, red, green, blue, share]; NULL: not measured
);
CREATE TABLE steps (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    value TEXT NOT NULL,                   -- the value that was set
    who TEXT NOT NULL,
    made_at TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('done', 'undone', 'superseded')),
    changed_at TEXT,                       -- when it was last undone or redone
    attribute TEXT NOT NULL DEFAULT 'category'
);
CREATE TABLE corrections (
    step INTEGER NOT NULL REFERENCES steps,
    photo INTEGER NOT NULL REFERENCES photos,
    said_before TEXT NOT NULL,             -- the row's value before, the user's or the model's
    user_before TEXT,                      -- NULL: the model's value stood
    PRIMARY KEY (step, photo)
) WITHOUT ROWID;
CREATE INDEX corrections_by_photo ON corrections (photo);
CREATE TABLE drops (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    paths BLOB NOT NULL,                   -- the system's bytes, separated by NUL
    begun TEXT NOT NULL,
    finished TEXT
);
"""

_TABLES_SINCE_2 = """
CREATE TABLE attribute_sets (
    id INTEGER PRIMARY KEY,
    labels TEXT NOT NULL UNIQUE            -- JSON list of [attribute, list of its labels]
);
CREATE TABLE user_attributes (
    photo INTEGER NOT NULL REFERENCES photos,
    attribute TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (photo, attribute)
) WITHOUT ROWID;
CREATE TABLE choices (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL                    -- JSON
) WITHOUT ROWID;
"""

_TABLES_SINCE_3 = """
CREATE TABLE embeddings (
    photo INTEGER PRIMARY KEY REFERENCES photos,
    vector BLOB NOT NULL                   -- D float16, little-endian, of the model in photos.model
);
"""

# Version 1 had categories alone.
_FROM_1_TO_2 = (
    _TABLES_SINCE_2
    + """
ALTER TABLE photos ADD COLUMN doubted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE photos ADD COLUMN attribute_set INTEGER REFERENCES attribute_sets;
ALTER TABLE photos ADD COLUMN attributes BLOB;
ALTER TABLE photos ADD COLUMN colours TEXT;
ALTER TABLE steps RENAME COLUMN category TO value;
ALTER TABLE steps ADD COLUMN attribute TEXT NOT NULL DEFAULT 'category';
ALTER TABLE corrections RENAME COLUMN user_category_before TO user_before;
"""
)

SESSION_TABLES = _TABLES + _TABLES_SINCE_2 + _TABLES_SINCE_3
SESSION_MIGRATIONS = {1: _FROM_1_TO_2, 2: _TABLES_SINCE_3}
