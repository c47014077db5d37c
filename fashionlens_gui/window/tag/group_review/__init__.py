"""Review of doubtful photos in groups: a grid of photos that would get the same answer."""
