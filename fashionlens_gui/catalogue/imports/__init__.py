"""Tagging photos into the catalogue."""
