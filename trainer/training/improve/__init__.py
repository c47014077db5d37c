"""Updates the heads of a model with corrections and a replay sample."""
