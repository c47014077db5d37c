"""Evaluated photos: as cards in a grid or a strip, and one at a time."""
