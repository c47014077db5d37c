"""FashionLens, the application: tagging, review, exports, the window and the command line."""
