"""A whole training run: job, lock, record, model file."""
