"""The list of the Tag tab, kept on disk."""
