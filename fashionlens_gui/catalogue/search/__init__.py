"""Questions to the catalogue: similar photos, trends, counts of values, saved searches."""
