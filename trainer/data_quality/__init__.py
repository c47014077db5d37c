"""Finds what should be looked at before training: duplicates, unreadable photos, label issues."""
