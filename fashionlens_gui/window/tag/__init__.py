"""The Tag panel: drop photos, watch them being tagged, review and correct, export. ``panel.TagPanel`` is its door."""
