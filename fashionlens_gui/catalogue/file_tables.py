"""The tables of what is done with files: sorted into folders, watched, and written with keywords."""

FILE_TABLES = """
CREATE TABLE file_runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    moves INTEGER NOT NULL,                -- 1: files are moved, 0: copied
    undoable INTEGER NOT NULL,             -- 0: a rule of a watched folder asked for it
    who TEXT NOT NULL,
    made_at TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('running', 'done', 'settled', 'undoing', 'undone'))
);
CREATE TABLE file_steps (
    run INTEGER NOT NULL REFERENCES file_runs,
    number INTEGER NOT NULL,
    photo INTEGER,                         -- NULL: a file that goes along with a photo, such as its sidecar
    source BLOB NOT NULL,                  -- paths are the system's bytes
    target BLOB NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('planned', 'done', 'failed', 'undone')),
    PRIMARY KEY (run, number)
) WITHOUT ROWID;
CREATE TABLE file_run_folders (
    run INTEGER NOT NULL REFERENCES file_runs,
    path BLOB NOT NULL,                    -- of a folder that the run makes
    PRIMARY KEY (run, path)
) WITHOUT ROWID;
CREATE TABLE watched_folders (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    path BLOB NOT NULL UNIQUE,             -- the system's bytes, as all paths here
    model TEXT NOT NULL,                   -- name or file; '': the default model
    csv BLOB,                              -- the table that is kept current; NULL: none
    move_into BLOB,                        -- where photos go after tagging; NULL: they stay
    pattern TEXT NOT NULL                  -- folders below it
);
CREATE TABLE watched_photos (
    folder INTEGER NOT NULL REFERENCES watched_folders ON DELETE CASCADE,
    photo INTEGER NOT NULL REFERENCES photos ON DELETE CASCADE,
    to_move INTEGER NOT NULL,              -- 1: it is tagged and not yet moved
    PRIMARY KEY (folder, photo)
) WITHOUT ROWID;
CREATE INDEX watched_photos_by_photo ON watched_photos (photo);
CREATE TABLE watched_files (
    path BLOB PRIMARY KEY,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('reading', 'unreadable'))
) WITHOUT ROWID;
CREATE TABLE written_metadata (
    digest TEXT NOT NULL,                  -- of the file as it was written: it is found wherever it is
    path BLOB NOT NULL,                    -- where that was
    original BLOB,                         -- how to restore it; NULL: there was no file
    made_at TEXT NOT NULL,
    PRIMARY KEY (digest, path)
) WITHOUT ROWID;
"""
