"""The page of duplicates: groups of photos that are the same, which to keep, the trash."""
