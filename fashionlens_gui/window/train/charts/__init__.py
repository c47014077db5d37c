"""The live charts of a training."""
