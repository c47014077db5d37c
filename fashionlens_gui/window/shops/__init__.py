"""Exports to shops, own names, and tables and files that come back from shops, as dialogs."""
