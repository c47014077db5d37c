"""Evaluated photos as cards, one large, and in a strip."""
