"""The catalogue: all photos that were tagged, their predictions and corrections, in one SQLite file."""
