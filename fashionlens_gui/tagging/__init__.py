"""Tagging photos without a window: finding them, naming them, keeping what was said, exporting it. No Qt."""
