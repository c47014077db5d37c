"""Tagging photos without a window: finding them, predicting, exporting. No Qt."""
