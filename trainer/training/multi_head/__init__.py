"""Training of networks with a category head and attribute heads on product photos."""
