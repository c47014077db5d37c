"""The list of the Tag tab, in a database."""
