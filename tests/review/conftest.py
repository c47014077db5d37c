"""Fixtures of the tests of reviews: the same catalogue as in those of the catalogue."""

from tests.catalogue.conftest import catalogue, file

__all__ = ["catalogue", "file"]
