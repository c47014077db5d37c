"""The table of photos that a person said are not duplicates of each other."""

DUPLICATE_TABLES = """
CREATE TABLE not_duplicates (
    operation INTEGER NOT NULL REFERENCES operations,  -- that said so; it counts unless it is undone
    photo INTEGER NOT NULL REFERENCES photos ON DELETE CASCADE,
    PRIMARY KEY (operation, photo)
) WITHOUT ROWID;
CREATE INDEX not_duplicates_by_photo ON not_duplicates (photo);
"""
