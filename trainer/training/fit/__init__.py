"""The training loop: optimizer, learning-rate schedule, EMA, checkpoints, divergence monitor."""
