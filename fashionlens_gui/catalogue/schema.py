"""The tables of a catalogue.

``photos`` has a row for each photo, with what lists are sorted and filtered by: the values that people see. What a
model predicted is in ``predictions``, what people set in ``user_values``; see
:mod:`fashionlens_gui.catalogue.visible_values`. ``operations`` and ``changes`` are the log of what people did, from
which undo follows.
"""

from __future__ import annotations

from fashionlens_gui.catalogue.colour_search import SWATCH_TABLES
from fashionlens_gui.catalogue.duplicate_tables import DUPLICATE_TABLES
from fashionlens_gui.catalogue.export_tables import EXPORT_TABLES
from fashionlens_gui.catalogue.file_tables import FILE_TABLES
from fashionlens_gui.catalogue.own_columns import OWN_TABLES
from fashionlens_gui.catalogue.product_tables import PRODUCT_TABLES, TABLE_ENCODINGS
from fashionlens_gui.catalogue.search_index import SEARCH_TABLES
from fashionlens_gui.database_file import Format
from trainer.errors import FashionLensError
from trainer.taxonomy import ATTRIBUTES, CATEGORY_AND_ATTRIBUTES

MOST_EMBEDDING_NUMBERS = 384

_VALUES = ",\n    ".join(f"{name} TEXT NOT NULL DEFAULT ''" for name in CATEGORY_AND_ATTRIBUTES)
_SEEN_VALUES = _VALUES.replace("DEFAULT ''", "DEFAULT '' COLLATE NOCASE")
_SORTED = ("name_key", "category", "second_category", "confidence", "status", "corrected", *ATTRIBUTES)

TABLES = f"""
CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL                    -- JSON
) WITHOUT ROWID;
CREATE TABLE models (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    fingerprint TEXT NOT NULL,             -- BLAKE2b of the model file, '' when unknown, as the next three
    version TEXT NOT NULL,                 -- of FashionLens that tagged with it
    runtime TEXT NOT NULL,
    precision TEXT NOT NULL,
    UNIQUE (name, fingerprint, version, runtime, precision)
);
CREATE TABLE label_sets (
    id INTEGER PRIMARY KEY,
    labels TEXT NOT NULL UNIQUE            -- JSON list of [attribute, list of its labels]
);
CREATE TABLE operations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,                    -- see operation_log.py
    attribute TEXT NOT NULL DEFAULT '',    -- when all changes are of one
    value TEXT NOT NULL DEFAULT '',        -- when all changes set one
    photos INTEGER NOT NULL DEFAULT 0,     -- number of photos
    file TEXT NOT NULL DEFAULT '',         -- name of the first
    who TEXT NOT NULL,
    made_at TEXT NOT NULL,                 -- ISO 8601, UTC, as all times here
    state TEXT NOT NULL CHECK (state IN ('done', 'undone', 'superseded', 'settled')),
    changed_at TEXT                        -- when it was last undone or redone
);
CREATE TABLE photos (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    path BLOB NOT NULL UNIQUE,             -- the system's bytes: a name need not be valid Unicode
    file TEXT NOT NULL,                    -- name for people
    digest TEXT NOT NULL,                  -- of the file's bytes, '' when unreadable
    size INTEGER,                          -- of the file in bytes when it was read; NULL: read it again
    mtime_ns INTEGER,
    added_at TEXT NOT NULL,
    added_by INTEGER REFERENCES operations,
    gone_since TEXT,                       -- NULL: the file is there
    hidden_by INTEGER REFERENCES operations,  -- that forgot it; NULL: it is in lists
    name_key TEXT NOT NULL,                -- orders names as people do
    folded TEXT NOT NULL,                  -- the name without case, for searching
    {_SEEN_VALUES},
    second_category TEXT NOT NULL DEFAULT '' COLLATE NOCASE,
    confidence REAL,                       -- of the category; 2 when a person set it, NULL for none
    status TEXT NOT NULL DEFAULT '',
    corrected INTEGER                      -- 1: a person changed a value, 0: confirmed all they set, NULL: neither
);
CREATE INDEX photos_by_digest ON photos (digest);
CREATE INDEX photos_by_operation ON photos (added_by);
CREATE INDEX photos_hidden ON photos (hidden_by) WHERE hidden_by IS NOT NULL;
CREATE TABLE predictions (
    photo INTEGER PRIMARY KEY REFERENCES photos ON DELETE CASCADE,
    model INTEGER REFERENCES models,       -- NULL for a photo that could not be read
    made_at TEXT NOT NULL,
    {_VALUES},
    confidence REAL,
    google_confidence REAL,                -- of the Google product category of the first label, NULL where it has none
    group_confidence REAL,
    second_category TEXT NOT NULL,
    second_confidence REAL,
    failed INTEGER NOT NULL,               -- 1: the photo could not be read
    doubtful INTEGER NOT NULL,             -- 1: needs review however high the confidence is
    low INTEGER NOT NULL,                  -- not 0: the category is in doubt, see prediction_columns.py
    notes TEXT NOT NULL,                   -- see stored_notes.py
    label_set INTEGER REFERENCES label_sets,
    rankings BLOB,                         -- see packed_attributes.py
    colours TEXT                           -- JSON list of [name, red, green, blue, share]; NULL: not measured
);
CREATE TABLE embeddings (
    photo INTEGER PRIMARY KEY REFERENCES photos ON DELETE CASCADE,
    vector BLOB NOT NULL                   -- at most {MOST_EMBEDDING_NUMBERS} float16, little-endian
);
CREATE TABLE user_values (
    photo INTEGER NOT NULL REFERENCES photos ON DELETE CASCADE,
    attribute TEXT NOT NULL,
    value TEXT NOT NULL,                   -- '': a person set that it has none
    PRIMARY KEY (photo, attribute)
) WITHOUT ROWID;
CREATE TABLE changes (
    operation INTEGER NOT NULL REFERENCES operations,
    photo INTEGER NOT NULL REFERENCES photos ON DELETE CASCADE,
    attribute TEXT NOT NULL,               -- '': the photo itself
    seen_before TEXT NOT NULL,             -- the value in lists, a person's or the model's
    user_before TEXT,                      -- NULL: no person had set one
    user_after TEXT,
    digest TEXT NOT NULL,                  -- of the photo at that time
    model INTEGER REFERENCES models,
    model_value TEXT NOT NULL,
    model_confidence REAL,
    who TEXT,                              -- NULL: as in operations
    made_at TEXT,
    PRIMARY KEY (operation, photo, attribute)
) WITHOUT ROWID;
CREATE INDEX changes_by_photo ON changes (photo);
CREATE TABLE imports (
    operation INTEGER PRIMARY KEY REFERENCES operations,
    paths BLOB NOT NULL,                   -- the system's bytes, separated by NUL
    finished_at TEXT
);
CREATE TABLE import_photos (
    import INTEGER NOT NULL REFERENCES imports,
    photo INTEGER NOT NULL REFERENCES photos ON DELETE CASCADE,
    PRIMARY KEY (import, photo)
) WITHOUT ROWID;
CREATE INDEX import_photos_by_photo ON import_photos (photo);
CREATE TABLE vocabulary (
    attribute TEXT NOT NULL,
    value TEXT NOT NULL,
    added_by INTEGER NOT NULL REFERENCES operations,
    PRIMARY KEY (attribute, value)
) WITHOUT ROWID;
""" + "".join(f"CREATE INDEX photos_by_{name} ON photos ({name}) WHERE hidden_by IS NULL;\n" for name in _SORTED)


_SAVED_SEARCH_TABLES = """
CREATE TABLE saved_searches (
    name TEXT PRIMARY KEY COLLATE NOCASE,
    query TEXT NOT NULL                    -- JSON of query.Query
) WITHOUT ROWID;
CREATE TABLE search_changes (
    operation INTEGER PRIMARY KEY REFERENCES operations,
    name_before TEXT,                      -- NULL, with the query: there was none
    query_before TEXT,
    name_after TEXT,                       -- NULL, with the query: it is deleted
    query_after TEXT
);
"""

# From these, similar.py knows what is new since it read last.
_EMBEDDING_VERSIONS = """
CREATE TABLE embedding_versions (
    version INTEGER PRIMARY KEY AUTOINCREMENT,  -- grows whenever an embedding is stored
    photo INTEGER NOT NULL UNIQUE REFERENCES photos ON DELETE CASCADE
);
CREATE TRIGGER embedding_stored AFTER INSERT ON embeddings BEGIN INSERT OR REPLACE INTO embedding_versions (photo) \
VALUES (new.photo); END;
INSERT INTO embedding_versions (photo) SELECT photo FROM embeddings;
"""

_DATES_TAKEN = """
ALTER TABLE photos ADD COLUMN taken_at TEXT;
CREATE INDEX photos_by_taken_at ON photos (taken_at) WHERE hidden_by IS NULL;
"""
"""By the camera's clock, ISO 8601 without a time zone; '' for a photo without a date, NULL: not read yet."""

MIGRATIONS: tuple[str, ...] = (
    PRODUCT_TABLES,
    SEARCH_TABLES + SWATCH_TABLES + _SAVED_SEARCH_TABLES,
    TABLE_ENCODINGS,
    EXPORT_TABLES,
    _EMBEDDING_VERSIONS,
    OWN_TABLES,
    FILE_TABLES,
    _DATES_TAKEN,
    DUPLICATE_TABLES,
)
"""What each later version adds, in order: statements for a file of the version before, also run for a new file."""


class CatalogueError(FashionLensError):
    """The catalogue cannot be used: somebody else writes it, a newer version wrote it, or it is damaged."""


FORMAT = Format(
    application_id=0x464C_4731,  # "FLG1"
    version=1 + len(MIGRATIONS),
    tables=TABLES + "".join(MIGRATIONS),
    too_new=lambda detail: CatalogueError("catalogue_too_new", detail),
    migrations=dict(enumerate(MIGRATIONS, start=1)),
)
