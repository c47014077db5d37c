"""Folders whose new photos are tagged as they come."""
