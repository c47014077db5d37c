"""Two models compared on the same photos."""
