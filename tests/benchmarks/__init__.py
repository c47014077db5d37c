"""Measurements; run by hand or by ``dev.py bench``, not by pytest."""
