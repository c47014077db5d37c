"""The check of photos before training."""
