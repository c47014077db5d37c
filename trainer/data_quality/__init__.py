"""Finds problems in photos before training: duplicates, unreadable photos, label issues."""
