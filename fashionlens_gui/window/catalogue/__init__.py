"""The catalogue as a whole: its figures, backups, merging, and what to do when it cannot be used."""
