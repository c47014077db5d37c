"""The window. Everything here may use Qt; nothing outside this package does."""
