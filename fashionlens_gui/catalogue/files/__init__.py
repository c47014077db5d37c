"""What happened to the files of photos: moved, sorted, written into, watched; thumbnails."""
