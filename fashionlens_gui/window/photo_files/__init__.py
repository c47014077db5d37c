"""What is done with the files of photos: keywords are written and read, files are sorted into folders."""
