"""Watched folders in the window: their list, their rules, the tray icon."""
