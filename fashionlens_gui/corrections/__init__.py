"""What people said of photos, kept for good: lists of photos come and go, human work stays."""
