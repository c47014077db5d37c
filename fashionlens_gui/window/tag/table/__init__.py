"""The table of photos: model, delegates, sorting, filters."""
