"""The sidebar of the Tag tab: lists, saved searches and imports to choose, and filters with counts."""
