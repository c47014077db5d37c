"""Widgets that show one photo, and the list of categories."""
